"""A delivery's life: sent once, tried again, given up, mended; its state only moves forward."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from balcao.inbox import jobs
from balcao.inbox.mending import end_delivery, redirect_delivery, retry_delivery
from balcao.inbox.models import Delivery, Message
from balcao.inbox.outbound import SENDERS, UNANSWERED, Rejected, TryLater
from balcao.inbox.sending import CLAIM, WAITS, deliver, possible_repeats
from balcao.inbox.states import RANK, DeliveryState, forward
from balcao.platform.errors import NotAllowed, Refusal
from balcao.platform.models import Event, Fault
from tests.world import make_world

from .conftest import send_an_answer

STATES = st.sampled_from(DeliveryState.values)


class Sender:
    """Says what it is told to say, and keeps what it took."""

    def __init__(self):
        self.error, self.taken = None, []

    def send(self, message):
        if self.error:
            raise self.error
        self.taken.append(message)


@pytest.fixture
def sender(monkeypatch):
    made = Sender()
    monkeypatch.setitem(SENDERS, "email", made)
    return made


@given(st.lists(STATES, max_size=12))
def test_whatever_is_reported_in_whatever_order_the_state_only_moves_forward(reports):
    state, seen = DeliveryState.QUEUED.value, [DeliveryState.QUEUED.value]
    for report in reports:
        after = forward(state, report)
        assert RANK[after] >= RANK[state] and after in (state, report)
        state = after
        seen.append(report)
    assert state == max(seen, key=RANK.__getitem__)


@given(STATES, STATES)
def test_the_order_of_two_reports_does_not_matter(first, second):
    queued = DeliveryState.QUEUED
    assert forward(forward(queued, first), second) == forward(forward(queued, second), first)


@pytest.mark.django_db
def test_sent_once_although_the_job_runs_twice(answered, sender):
    case, delivery = answered
    deliver(delivery.pk), deliver(delivery.pk)
    case.refresh_from_db(), delivery.refresh_from_db()
    assert len(sender.taken) == 1 and sender.taken[0].uid == delivery.uid
    assert (delivery.state, delivery.attempts, case.state) == ("sent", 1, "closed")


@pytest.mark.django_db
def test_tried_later_and_later_then_given_up_with_a_fault_and_triage_acts_next(answered, sender):
    case, delivery = answered
    sender.error = TryLater("the mail server answered 451")
    for n, wait in enumerate(WAITS, start=1):
        before = timezone.now()
        deliver(delivery.pk)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts) == ("queued", n)
        assert wait <= delivery.next_try_at - before < wait + timedelta(seconds=30)
        case.refresh_from_db()
        assert case.next_actor == "system"
    deliver(delivery.pk)
    delivery.refresh_from_db(), case.refresh_from_db()
    assert delivery.state == "given_up" and delivery.next_try_at is None
    assert (case.state, case.next_actor) == ("answering", "triage")
    fault = Fault.objects.get(kind="delivery")
    assert fault.case_id == case.pk and fault.reason == "the mail server answered 451"
    assert Event.objects.filter(case_id=case.pk, kind="AnswerUndelivered").count() == 1


@pytest.mark.django_db
def test_a_final_no_is_given_up_at_once(answered, sender):
    case, delivery = answered
    sender.error = Rejected("the mail server answered 550")
    deliver(delivery.pk)
    delivery.refresh_from_db(), case.refresh_from_db()
    assert (delivery.state, delivery.attempts, case.next_actor) == ("given_up", 1, "triage")


@pytest.mark.django_db
def test_a_worker_that_died_loses_its_claim_after_two_minutes(answered, sender):
    _case, delivery = answered
    Delivery.objects.update(claimed_at=timezone.now() - CLAIM / 2, attempts=1)
    deliver(delivery.pk)
    assert not sender.taken
    Delivery.objects.update(claimed_at=timezone.now() - CLAIM - timedelta(seconds=1))
    assert possible_repeats() == 0
    deliver(delivery.pk)
    assert len(sender.taken) == 1
    assert possible_repeats() == 1, "nobody knows whether the dead one had handed it over"


@pytest.mark.django_db
def test_a_server_that_never_said_whether_it_took_it_is_counted(answered, sender):
    _case, delivery = answered
    sender.error = TryLater("no last word", UNANSWERED)
    deliver(delivery.pk)
    sender.error = TryLater("not reached", "unreachable")
    deliver(delivery.pk)
    assert (possible_repeats(), Delivery.objects.get().attempts) == (1, 2)


@pytest.mark.django_db
def test_the_sweep_queues_what_is_due_and_leaves_what_is_not(answered, world):
    _case, delivery = answered
    old = timezone.now() - timedelta(minutes=10)

    def swept(**fields):
        Delivery.objects.filter(pk=delivery.pk).update(
            **{"state": "queued", "claimed_at": None, "attempts": 0, "queued_at": old, "next_try_at": old} | fields
        )
        return jobs.sweep_deliveries(0)

    assert swept() == 1
    assert swept(attempts=2) == 1
    assert swept(claimed_at=old) == 1
    assert swept(queued_at=timezone.now()) == 0, "its own first job is on its way"
    assert swept(claimed_at=timezone.now()) == 0, "somebody has it"
    assert swept(next_try_at=timezone.now() + timedelta(minutes=1)) == 0, "its wait is not over"
    assert swept(state="sent") == swept(state="given_up") == 0


@pytest.mark.django_db
def test_mended_by_trying_again_by_another_address_or_by_an_end(world, sender):
    operator = world.actor("supervisor")

    def lost(n):
        sender.error = Rejected("the mail server answered 550")
        case, delivery = send_an_answer(world)
        deliver(delivery.pk)
        sender.error = None
        return case, delivery, Fault.objects.get(kind="delivery", key=str(delivery.pk), ended_at=None)

    case, delivery, fault = lost(1)
    retry_delivery(fault, operator)
    deliver(delivery.pk)
    case.refresh_from_db(), fault.refresh_from_db()
    assert case.state == "closed" and fault.ended_reason == "mended"
    with pytest.raises(Refusal):
        retry_delivery(fault, operator)

    case, delivery, fault = lost(2)
    redirect_delivery(actor=operator, fault=fault, address="Maria@Nova.org")
    deliver(delivery.pk)
    case.refresh_from_db()
    assert case.state == "closed" and sender.taken[-1].address.lower() == "maria@nova.org"

    case, _delivery, fault = lost(3)
    end_delivery(actor=operator, fault=fault, reason="Não há outro endereço")
    case.refresh_from_db()
    assert case.state == "closed" and case.answers_given.get().attempted_at


@pytest.mark.django_db
def test_mending_is_for_those_who_may_and_for_their_own_agency(world, answered, sender):
    _case, delivery = answered
    sender.error = Rejected("550")
    deliver(delivery.pk)
    fault = Fault.objects.get(kind="delivery")
    stranger = make_world("outra", default=False, hostname="outra.test").actor("supervisor")
    for actor in (world.actor("attendant"), stranger):
        with pytest.raises(NotAllowed):
            redirect_delivery(actor=actor, fault=fault, address="eu@example.org")
        with pytest.raises(NotAllowed):
            end_delivery(actor=actor, fault=fault, reason="porque sim")
    assert Fault.objects.get(pk=fault.pk).ended_at is None


@pytest.mark.django_db
def test_the_same_fact_writes_one_letter(answered, world):
    from balcao.inbox.letters import send_answer
    from balcao.platform.events import Fact, Happened

    case, _delivery = answered
    event = Event.objects.get(case_id=case.pk, kind="AnswerSent")
    fact = Fact.registry["AnswerSent"](**event.data)
    send_answer(Happened(fact, world.citizen, case.agency_id, case.pk, event.at, event.pk))
    assert Message.objects.filter(purpose="answer").count() == Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_send_one_letter(sender):
    _case, delivery = send_an_answer(make_world())
    together = threading.Barrier(8)
    failed = []

    def work():
        try:
            together.wait()
            deliver(delivery.pk)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(8)]
    [w.start() for w in workers]
    [w.join() for w in workers]
    assert not failed and len(sender.taken) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 1)
