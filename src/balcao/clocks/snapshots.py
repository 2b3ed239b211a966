"""The calendar that a deadline keeps: pinned, and written once for all that begin by it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b

from django.db import connection

from balcao.organization.worktime import Calendar
from balcao.platform.settled import settled

PINNED = timedelta(days=120)
"""How far ahead the holidays are written into the snapshot: beyond the longest legal deadline with its extension."""


def pinned_for(calendar: Calendar, now: datetime) -> Calendar:
    """The calendar with its public holidays written in, for a clock that starts `now`."""
    return _pinned(calendar, calendar.local(now).year, calendar.local(now + PINNED).year)


@lru_cache(maxsize=256)
def _pinned(calendar: Calendar, first: int, last: int) -> Calendar:
    return calendar.pin(first, last)


def snapshot_of(pinned: Calendar) -> str:
    """The key under which this calendar stands in the database; it is written when it is not there."""
    key, text = _content(pinned)
    return settled(("snapshot", key), lambda: _stand(key, text))


@lru_cache(maxsize=256)
def _content(pinned: Calendar) -> tuple[str, str]:
    text = json.dumps(pinned.to_dict(), ensure_ascii=False, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest(), text


def _stand(key: str, text: str) -> str:
    """On a connection of its own: a calendar is true whether or not the deadline that brought it comes to be, and
    whoever remembers that it stands there must not be wrong when a transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM clocks_calendarsnapshot WHERE key = %s", [key])
        if cursor.fetchone():
            return key
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    try:
        with own.cursor() as cursor:
            cursor.execute(
                "INSERT INTO clocks_calendarsnapshot (key, data) VALUES (%s, %s::jsonb) ON CONFLICT DO NOTHING",
                [key, text],
            )
    finally:
        own.close()
    return key
