"""Who else has a conversation open now: told to colleagues at once, forgotten half a minute after their page went."""

from __future__ import annotations

import time

from django.core.cache import cache

from balcao.organization.models import Staff
from balcao.platform import rows
from balcao.platform.actors import Actor
from balcao.platform.stream import CHANNEL, tell

LASTS = 35  # seconds: two beats of a page and a breath


def look(actor: Actor, name: str, talk: int) -> list[str]:
    """The reader has it open; the names of the colleagues who have it open too. Whoever comes anew is told to them."""
    key, now = f"inbox.looking.{talk}", time.time()
    known: dict[str, tuple[str, float]] = cache.get(key) or {}
    here = {pk: one for pk, one in known.items() if one[1] > now}
    me = str(actor.id)  # the shared cache keeps JSON, whose names are words
    fresh = me not in here
    here[me] = (name, now + LASTS)
    cache.set(key, here, LASTS)
    if fresh:
        rows.run("SELECT pg_notify(%s, %s)", [CHANNEL, tell(kind="Looking", conversation_id=talk)])
    return sorted(other for pk, (other, _until) in here.items() if pk != me)


def name_of(staff: Staff) -> str:
    return staff.name or staff.email
