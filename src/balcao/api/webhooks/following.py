"""Reading the event table: each event once, in order, up to the oldest open transaction, as the live stream does.

The place moves in the transaction that writes what is to be told, so a process that is killed anywhere tells nothing
twice and leaves nothing out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from balcao.cases.models import Case
from balcao.platform.actors import Actor
from balcao.platform.models import Event

from .models import Outgoing, Reading, Subscription

BATCH = 500
NEWS = timedelta(days=3)  # what is older when it is read comes from an import, and is no news
LAST = 2**63 - 1
HORIZON = """
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::numeric - 1)::bigint,
       coalesce((SELECT max(id) FROM platform_epoch), 0)
"""
FETCH = """
SELECT ev.tx::text, ev.id FROM platform_event ev
WHERE (ev.tx, ev.id) > (%s::xid8, %s) AND ev.tx < pg_snapshot_xmin(pg_current_snapshot()) AND ev.kind = ANY(%s)
ORDER BY ev.tx, ev.id LIMIT %s
"""


def begin() -> None:
    """Called in the transaction of the first subscription: what happens from here on is read."""
    if not Reading.objects.filter(pk=1).exists():
        horizon, epoch = _horizon()
        Reading.objects.get_or_create(pk=1, defaults={"epoch": epoch, "tx": horizon, "event_id": LAST})


def follow(now: datetime | None = None) -> int:
    """Write what is to be told of everything new; how many messages."""
    written = 0
    while True:
        made, more = _step(now or timezone.now())
        written += made
        if not more:
            return written


def _horizon() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        horizon, epoch = cursor.fetchone()
    return horizon, epoch


def _step(now: datetime) -> tuple[int, bool]:
    with transaction.atomic():
        place = Reading.objects.select_for_update(skip_locked=True).filter(pk=1).first()
        if place is None:
            return 0, False  # nobody has subscribed yet, or another worker is at it
        horizon, epoch = _horizon()
        if place.epoch != epoch:  # what a restore brought stands at tx 0, and is no news
            place.epoch, place.tx, place.event_id = epoch, 0, LAST
        wanted = list(Subscription.objects.filter(is_active=True))
        kinds = sorted({kind for one in wanted for kind in one.kinds})
        with connection.cursor() as cursor:
            cursor.execute(FETCH, [str(place.tx), place.event_id, kinds, BATCH])
            rows = cursor.fetchall()
        if len(rows) == BATCH:
            place.tx, place.event_id = int(rows[-1][0]), rows[-1][1]
        else:
            place.tx, place.event_id = max((horizon, LAST), (place.tx, place.event_id))
        place.save()
        return _write(wanted, [row[1] for row in rows], now), len(rows) == BATCH


def _write(wanted: Sequence[Subscription], ids: list[int], now: datetime) -> int:
    events = Event.objects.filter(pk__in=ids, at__gt=now - NEWS).order_by("tx", "id")
    numbers: dict[Any, str] = {}
    messages = []
    for event in events:
        for one in wanted:
            if one.agency_id != event.agency_id or event.kind not in one.kinds or event.at < one.created_at:
                continue
            if event.case_id not in numbers:
                seen = Case.objects.visible_to(Actor.system(event.agency_id)).filter(pk=event.case_id or 0)
                numbers[event.case_id] = seen.values_list("protocol", flat=True).first() or ""
            messages.append(
                Outgoing(
                    subscription=one,
                    event_id=event.pk,
                    kind=event.kind,
                    case_id=event.case_id,
                    body=told(event, numbers[event.case_id]),
                    next_try_at=now,
                )
            )
    return len(Outgoing.objects.bulk_create(messages, ignore_conflicts=True))


def told(event: Event, protocol: str) -> str:
    """The payload, as Standard Webhooks has it: type, timestamp, data."""
    data = {"event": event.pk, "case": protocol, "by": event.actor_kind, **event.data}
    return json.dumps({"type": event.kind, "timestamp": event.at.isoformat(), "data": data}, ensure_ascii=False)
