"""A conversation's messages leave in their order: each sets out when the one before it has been taken or given up."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from balcao.platform.actors import Actor
from balcao.platform.events import emit

from ..models import Delivery, Message
from ..states import DeliveryState
from .events import MessageMoved
from .statuses import name_of_provider


def waits_its_turn(delivery_id: int) -> bool:
    """Whether an earlier message of the same conversation is still to leave."""
    earlier = Delivery.objects.filter(
        message__conversation_id=OuterRef("message__conversation_id"),
        message__number__lt=OuterRef("message__number"),
        channel=OuterRef("channel"),
        state=DeliveryState.QUEUED,
    )
    mine = Delivery.objects.filter(pk=delivery_id, message__conversation__isnull=False)
    return mine.filter(Exists(earlier)).exists()


def moved(delivery: Delivery, message: Message, *, provider_id: str | None = None, now: datetime) -> None:
    """A try of a conversation's message has ended for good, inside the action that notes it: tell who watches, apply
    what the provider said too early, and let the next one go."""
    from ..jobs import deliver_soon

    if message.conversation_id is None:
        return
    actor = Actor.system(message.agency_id)
    fact = MessageMoved(conversation_id=message.conversation_id, message_id=message.pk, level=delivery.state)
    emit(fact, actor=actor, agency_id=message.agency_id, at=now)
    if provider_id:
        name_of_provider(delivery, message, provider_id, actor=actor, now=now)
    following = Delivery.objects.filter(
        message__conversation_id=message.conversation_id, channel=delivery.channel, state=DeliveryState.QUEUED
    )
    first = following.order_by("message__number").values_list("pk", flat=True).first()
    if first is not None:
        deliver_soon(first, delivery.channel)
