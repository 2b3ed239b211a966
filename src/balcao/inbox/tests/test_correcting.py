"""An answer that does not arrive: the person corrects where we write, or says that the page is enough."""

import uuid

import pytest

from balcao.citizens.identifiers import InvalidIdentifier
from balcao.inbox.correcting import answer_on_page, correct_contact, unreached
from balcao.inbox.mending import redirect_delivery, retry_delivery
from balcao.inbox.models import Delivery
from balcao.inbox.outbound import SENDERS, Rejected
from balcao.inbox.sending import deliver
from balcao.inbox.way_back import send_way_back
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.models import Event, Fault

pytestmark = pytest.mark.django_db


class Mailbox:
    """Refuses one address, takes every other."""

    def __init__(self, refused):
        self.refused, self.taken = refused, []

    def send(self, message):
        if message.address == self.refused:
            raise Rejected("the mail server answered 550", "smtp:550")
        self.taken.append(message.address)


@pytest.fixture
def undelivered(answered, monkeypatch):
    case, delivery = answered
    mailbox = Mailbox("maria@example.org")
    monkeypatch.setitem(SENDERS, "email", mailbox)
    deliver(delivery.pk)
    case.refresh_from_db()
    assert case.undelivered and unreached(case)
    return case, delivery, mailbox


def test_a_corrected_address_gets_the_answer_at_once_and_the_case_closes(world, undelivered):
    case, delivery, mailbox = undelivered
    correct_contact(actor=world.citizen, case=case, email="maria.dores@example.org")
    case.refresh_from_db(), delivery.refresh_from_db()
    assert (case.state, case.next_actor, delivery.state) == ("answering", "system", "queued")
    assert not case.undelivered and not unreached(case) and not Fault.objects.filter(ended_at=None).exists()
    deliver(delivery.pk)
    case.refresh_from_db()
    assert case.state == "closed" and mailbox.taken == ["maria.dores@example.org"]
    kinds = ["AnswerUndelivered", "ContactCorrected", "AnswerRetried", "CaseClosed"]
    assert list(Event.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", flat=True)) == kinds


def test_an_address_that_fails_too_comes_back_to_triage(world, undelivered):
    case, delivery, mailbox = undelivered
    mailbox.refused = "wrong@example.org"
    correct_contact(actor=world.citizen, case=case, email="wrong@example.org")
    deliver(delivery.pk)
    case.refresh_from_db()
    assert case.undelivered and unreached(case) and Fault.objects.filter(ended_at=None).count() == 1


def test_who_reads_it_on_the_page_has_their_answer(world, undelivered):
    case, delivery, _mailbox = undelivered
    case = answer_on_page(actor=world.citizen, case=case)
    assert case.state == "closed" and case.contact is None and not Fault.objects.filter(ended_at=None).exists()
    assert answer_on_page(actor=world.citizen, case=case) == case
    deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "given_up"


def test_what_is_no_address_changes_nothing_and_nobody_has_none(world, undelivered):
    case, delivery, _mailbox = undelivered
    with pytest.raises(InvalidIdentifier):
        correct_contact(actor=world.citizen, case=case, email="maria@")
    delivery.refresh_from_db()
    assert delivery.state == "given_up"
    with pytest.raises(Refusal, match="anonymous"):
        correct_contact(actor=world.citizen, case=world.open(), email="a@example.org")


def test_staff_who_retry_it_leave_it_to_its_delivery(world, undelivered):
    case, _delivery, _mailbox = undelivered
    retry_delivery(Fault.objects.get(ended_at=None), world.actor("supervisor"))
    case.refresh_from_db()
    assert (case.state, case.next_actor) == ("answering", "system")


def test_a_secret_for_one_mailbox_goes_to_no_other(world, undelivered):
    case, _delivery, _mailbox = undelivered
    send_way_back(actor=Actor.system(world.agency.pk), case=case, asked=uuid.uuid4())
    secret = Delivery.objects.get(message__purpose="way_back")
    deliver(secret.pk)
    fault = Fault.objects.get(key=str(secret.pk), ended_at=None)
    with pytest.raises(Refusal):
        redirect_delivery(actor=world.actor("supervisor"), fault=fault, address="staff@example.org")
    correct_contact(actor=world.citizen, case=case, email="new@example.org")
    secret.refresh_from_db()
    assert secret.address == "maria@example.org" and secret.state == "given_up"
