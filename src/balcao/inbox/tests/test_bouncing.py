"""A letter that was taken and came back: nobody received it, and nothing says that somebody did."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.actions import reopen_case
from balcao.clocks.sweep import sweep
from balcao.inbox.bouncing import StillSending, take_back
from balcao.inbox.correcting import answer_on_page, correct_contact
from balcao.inbox.mending import end_delivery, retry_delivery
from balcao.inbox.models import Delivery
from balcao.inbox.outbound import SENDERS
from balcao.inbox.sending import deliver
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed
from balcao.platform.models import Event, Fault

pytestmark = pytest.mark.django_db


class Takes:
    def send(self, message):
        pass


@pytest.fixture
def closed(answered, monkeypatch):
    """A case whose answer the mail server took, and its delivery."""
    monkeypatch.setitem(SENDERS, "email", Takes())
    case, delivery = answered
    deliver(delivery.pk)
    case.refresh_from_db(), delivery.refresh_from_db()
    assert (case.state, delivery.state, case.deadline.state) == ("closed", "sent", "stopped")
    return case, delivery


def bounce(delivery, **more):
    agency_id = delivery.message.agency_id
    return take_back(actor=Actor.system(agency_id), delivery=delivery, code="smtp:550", **more)


def test_the_case_is_open_again_with_its_old_date_and_triage_must_act(closed):
    case, delivery = closed
    due = case.deadline.original_due_at
    assert bounce(delivery)
    case.refresh_from_db(), delivery.refresh_from_db(), case.deadline.refresh_from_db()
    assert (case.state, case.next_actor, case.closed_at, case.outcome) == ("answering", "triage", None, "")
    assert case.undelivered and delivery.state == "given_up"
    assert (case.deadline.state, case.deadline.due_at, case.deadline.stopped_at) == ("running", due, None)
    assert case.answers_given.get().attempted_at is None  # what the figures count as an answer
    fault = Fault.objects.get(kind="delivery", ended_at=None)
    assert fault.case_id == case.pk and fault.data["code"] == "smtp:550" and fault.data["bounced"]
    kinds = list(Event.objects.filter(case_id=case.pk).order_by("id").values_list("kind", flat=True))
    assert kinds[-2:] == ["DeadlineRestarted", "AnswerUndelivered"]


def test_the_second_report_of_the_same_letter_changes_nothing(closed):
    case, delivery = closed
    assert bounce(delivery)
    assert not bounce(delivery)
    assert Fault.objects.get(kind="delivery").count == 1
    assert Event.objects.filter(case_id=case.pk, kind="AnswerUndelivered").count() == 1


def test_a_date_that_passed_while_we_believed_it_kept_is_broken(closed):
    case, delivery = closed
    later = case.deadline.original_due_at + timedelta(days=1)
    bounce(delivery, now=later)
    sweep(now=later)
    case.deadline.refresh_from_db()
    assert case.deadline.breached_at == case.deadline.due_at


def test_tried_again_and_taken_it_is_closed_once_more(closed, world):
    case, delivery = closed
    bounce(delivery)
    retry_delivery(Fault.objects.get(kind="delivery"), world.actor("supervisor"))
    deliver(delivery.pk)
    case.refresh_from_db()
    assert case.state == "closed" and case.answers_given.get().attempted_at
    assert not Fault.objects.filter(kind="delivery", ended_at=None).exists()


def test_ended_by_an_operator_it_stands_on_the_cases_page(closed, world):
    case, delivery = closed
    bounce(delivery)
    end_delivery(actor=world.actor("administrator"), fault=Fault.objects.get(kind="delivery"), reason="No way.")
    case.refresh_from_db()
    assert case.state == "closed"


def test_the_person_who_corrects_the_address_has_the_letter_sent_there(closed):
    case, delivery = closed
    bounce(delivery)
    correct_contact(actor=Actor.citizen(case.agency_id), case=case, email="nova@example.org")
    deliver(delivery.pk)
    case.refresh_from_db(), delivery.refresh_from_db()
    assert (case.state, delivery.address, delivery.state) == ("closed", "nova@example.org", "sent")


def test_a_case_that_was_reopened_since_is_left_alone(closed):
    case, delivery = closed
    reopen_case(actor=Actor.citizen(case.agency_id), case=case, reason="Não foi resolvido.")
    assert bounce(delivery)
    case.refresh_from_db()
    assert case.state == "working" and case.deadline.state == "running"
    assert case.answers_given.get(number=1).attempted_at and case.reopened == 1
    assert not Event.objects.filter(case_id=case.pk, kind="AnswerUndelivered").exists()


def test_whoever_reads_on_the_page_needs_no_other_way(closed):
    case, delivery = closed
    answer_on_page(actor=Actor.citizen(case.agency_id), case=case)
    assert bounce(delivery)
    case.refresh_from_db()
    assert case.state == "closed" and not Fault.objects.exists()


def test_what_a_worker_has_in_its_hands_is_asked_for_again(answered):
    _case, delivery = answered
    Delivery.objects.filter(pk=delivery.pk).update(claimed_at=timezone.now())
    with pytest.raises(StillSending):
        bounce(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(claimed_at=None)
    assert not bounce(delivery)  # it sets out anyhow


def test_another_agency_takes_nothing_back(closed):
    _case, delivery = closed
    with pytest.raises(NotAllowed):
        take_back(actor=Actor.system(delivery.message.agency_id + 1), delivery=delivery, code="smtp:550")
