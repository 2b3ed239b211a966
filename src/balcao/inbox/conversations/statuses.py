"""What a provider says of a message that we sent: only forward, in whatever order it comes."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from balcao.cases.actions import delivery_attempted
from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash
from balcao.platform.events import emit

from ..models import Account, Delivery, EarlyStatus, Message
from ..states import RANK, DeliveryState, forward
from .events import MessageMoved
from .models import Conversation
from .moving import NOTE
from .states import Direction

LOCK = "pg_advisory_xact_lock(225229, ('x' || %s::text)::bit(32)::integer)"  # 225228 is a person's address


@action
def move_status(*, actor: Actor, account: Account, provider_id: str, state: str, now: datetime | None = None) -> bool:
    """`state` is SENT, DELIVERED or READ, as the provider reports it of the message that it calls `provider_id`. A
    lower one than we know changes nothing. One that comes before we know the provider's name for the message is kept
    and applied as soon as we do. Whether something changed. (A failure is `bouncing.take_back`.)"""
    actor.same_agency(account.agency_id)
    now = now or timezone.now()
    alone(account.pk, provider_id)
    found = _delivery(account.pk, provider_id)
    if found is None:
        _keep(account, provider_id, state, now)
        return False
    return _move(found, state, actor=actor, now=now)


def alone(account_id: int, provider_id: str) -> None:
    """The report of a message and the naming of it wait for each other: neither misses what the other has done. Before
    the delivery's row: whoever locked the two the other way round would wait for ever."""
    mark = keyed_hash(f"{account_id}\0{provider_id}", "inbox.status")[:4].hex()
    rows.reserve(LOCK, values=[mark])


def _delivery(account_id: int, provider_id: str) -> Delivery | None:
    return (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("message")
        .filter(message__account_id=account_id, message__provider_id=provider_id)
        .first()
    )


def _keep(account: Account, provider_id: str, state: str, now: datetime) -> None:
    early, created = EarlyStatus.objects.select_for_update(no_key=True).get_or_create(
        account=account, provider_id=provider_id, defaults={"state": state, "at": now}
    )
    if not created and RANK[state] > RANK[early.state]:  # type: ignore[index]
        early.state = state
        early.save(update_fields=["state"])


def _move(delivery: Delivery, state: str, *, actor: Actor, now: datetime) -> bool:
    """A status of a message that still waits is the reply to its sending that was lost: it ends that try as the reply
    would have."""
    from .delivering import moved

    waited = delivery.state == DeliveryState.QUEUED
    after = forward(delivery.state, state)
    if after == delivery.state or delivery.state == DeliveryState.GIVEN_UP:
        return False
    delivery.state, delivery.sent_at = after, delivery.sent_at or now
    delivery.next_try_at = delivery.claimed_at = None
    delivery.save(update_fields=["state", "sent_at", "next_try_at", "claimed_at"])
    message = delivery.message
    if waited and message.answer is not None:
        delivery_attempted(actor=actor, answer=message.answer, now=now)
    if message.conversation_id is None:
        return True
    if after == DeliveryState.READ:
        _read(message.conversation_id, message)
    if waited:
        moved(delivery, message, now=now)  # the one behind it waits for this
        return True
    fact = MessageMoved(conversation_id=message.conversation_id, message_id=message.pk, level=after)
    emit(fact, actor=actor, agency_id=message.agency_id, at=now)
    return True


def _read(conversation_id: int, message: Message) -> None:
    """The person has seen this one, and so all that came before it."""
    later = Message.objects.filter(conversation_id=conversation_id, number__gt=message.number, direction=Direction.OUT)
    Conversation.objects.filter(pk=conversation_id, citizen_read__lt=message.number).update(
        citizen_read=message.number, citizen_unread=later.exclude(purpose=NOTE).count()
    )


def name_of_provider(delivery: Delivery, message: Message, provider_id: str, *, actor: Actor, now: datetime) -> None:
    """A channel has handed a message over and was told the provider's name for it: inside the action that notes it,
    which was `alone` with that name before it locked the delivery."""
    if message.account_id is None:
        return
    Message.objects.filter(pk=message.pk).update(provider_id=provider_id)
    early = EarlyStatus.objects.filter(account_id=message.account_id, provider_id=provider_id)
    kept = early.select_for_update().first()
    if kept is not None:
        _move(delivery, kept.state, actor=actor, now=now)
        kept.delete()
