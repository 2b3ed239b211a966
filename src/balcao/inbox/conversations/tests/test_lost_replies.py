"""A message that arrived although the reply to its sending was lost: the provider's status ends the try."""

from __future__ import annotations

import pytest

from balcao.cases.actions import refuse_case
from balcao.inbox.conversations.papers import open_case_from
from balcao.inbox.conversations.speaking import say
from balcao.inbox.conversations.statuses import move_status
from balcao.inbox.models import Delivery, Message
from balcao.inbox.outbound import UNANSWERED, Rejected, TryLater
from balcao.inbox.sending import deliver
from balcao.inbox.sweeps import send_answer_again
from balcao.platform.actors import Actor
from balcao.platform.models import Event, Fault

from .conftest import NOW, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(desk, world, phone):
    """A demand of a conversation whose answer is about to leave: the case, and the answer's delivery."""
    talk = desk.writes("a", address="+5527999990000").conversation
    person, contact = world.person()
    open_case_from(
        actor=desk.system, conversation=talk, client_id="1", contact=contact, now=NOW, service=world.service,
        kind="solicitacao", description="Árvore seca", reporter=person,
    )  # fmt: skip
    receipt = Delivery.objects.get()
    deliver(receipt.pk, NOW)
    case = receipt.message.case
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade.", now=later(days=1))
    return case, Delivery.objects.get(message__purpose="answer")


def told(delivery: Delivery, state: str) -> bool:
    """The provider's status, after it was matched by our own name for the message."""
    message = Message.objects.get(pk=delivery.message_id)
    Message.objects.filter(pk=message.pk).update(provider_id="wamid.lost")
    account = message.account
    return move_status(
        actor=message_system(message), account=account, provider_id="wamid.lost", state=state, now=later(days=1)
    )


def message_system(message: Message) -> Actor:
    return Actor.system(message.agency_id)


@pytest.mark.parametrize("state", ["sent", "delivered", "read"])
def test_the_status_of_an_answer_without_a_reply_closes_its_case(answered, phone, state):
    case, delivery = answered
    phone.fails = [TryLater("no reply", UNANSWERED)]
    deliver(delivery.pk, later(days=1))
    assert told(delivery, state)
    case.refresh_from_db(), delivery.refresh_from_db()
    assert (case.state, delivery.state, delivery.claimed_at, delivery.next_try_at) == ("closed", state, None, None)
    assert case.answers_given.get().attempted_at == later(days=1)
    deliver(delivery.pk, later(days=2))
    assert not told(delivery, state) and Event.objects.filter(kind="CaseClosed").count() == 1


def test_what_waited_behind_it_leaves(answered, desk, phone, monkeypatch):
    _case, delivery = answered
    behind = say(
        actor=desk.system,
        conversation=delivery.message.conversation,
        client_id="c2",
        text="Até logo",
        now=later(days=1),
    )
    phone.fails = [TryLater("no reply", UNANSWERED)]
    deliver(delivery.pk, later(days=1))
    queued = []
    monkeypatch.setattr("balcao.inbox.jobs.deliver_soon", lambda pk, channel: queued.append(pk))
    told(delivery, "delivered")
    assert queued == [behind.deliveries.get().pk]


@pytest.mark.parametrize("error", [Rejected("no", "whatsapp:1"), TryLater("no reply", UNANSWERED)])
def test_a_try_that_fails_after_the_status_has_come_changes_nothing(answered, phone, monkeypatch, error):
    case, delivery = answered

    def send(message):
        told(delivery, "delivered")  # it overtakes the reply
        raise error

    monkeypatch.setattr(phone, "send", send)
    deliver(delivery.pk, later(days=1))
    case.refresh_from_db(), delivery.refresh_from_db()
    assert (case.state, delivery.state, delivery.next_try_at) == ("closed", "delivered", None)
    assert not Fault.objects.exists()


def test_an_answer_that_was_read_and_never_closed_is_closed_by_the_operators_retry(answered, phone):
    case, delivery = answered
    Delivery.objects.filter(pk=delivery.pk).update(state="read")  # as an earlier release left it
    send_answer_again(case.pk, message_system(delivery.message))
    case.refresh_from_db()
    assert case.state == "closed" and len(phone.got) == 1
