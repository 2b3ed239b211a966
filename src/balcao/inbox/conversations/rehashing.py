"""After BALCAO_SECRET_KEY has changed: whoever writes again is found again, by the contact that is kept encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from balcao.citizens.rehashing import BATCH, Tally, renew

from .models import Conversation
from .moving import contact_hash


def hash_conversations_anew(batch: int = BATCH) -> Iterator[Tally]:
    """Yields the running tally after each batch. One that was forgotten has no contact to be found by."""
    tally, last = Tally(), 0
    while rows := list(Conversation.objects.filter(pk__gt=last).order_by("pk")[:batch]):
        for one in rows:
            if one.contact:
                renew(tally, one, "contact_hash", contact_hash(one.channel, one.contact))
        tally.seen, last = tally.seen + len(rows), rows[-1].pk
        yield tally
