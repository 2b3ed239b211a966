"""How long after the person's last word a channel lets us write freely; afterwards only what it approved before."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max
from django.db.models.functions import Coalesce

from ..models import Message
from .models import Conversation
from .states import Direction

#: WhatsApp's "customer service window": any message of the person opens it anew. Other channels know none.
FREE = {"whatsapp": timedelta(hours=24)}


def free_until(conversation: Conversation) -> datetime | None:
    """Until when we may write freely, by the provider's clock; None where the channel sets no limit. Somebody who never
    wrote: a moment in the past."""
    free = FREE.get(conversation.channel)
    if free is None:
        return None
    heard = Message.objects.filter(
        conversation__account_id=conversation.account_id,
        conversation__contact_hash=conversation.contact_hash,
        direction=Direction.IN,
    )
    last = heard.aggregate(last=Max(Coalesce("provider_at", "created_at")))["last"]
    return (last or conversation.opened_at - free) + free


def may_write(conversation: Conversation, now: datetime) -> bool:
    """Whether the channel would take words of ours now."""
    until = free_until(conversation)
    return until is None or until > now
