"""The follower: reads the event table in order and counts anew whatever demand or conversation it tells of.

The cursor moves in the transaction of the figures, so each event takes effect exactly once, wherever a process is
killed. It goes up to the oldest open transaction only: what lies before that point cannot change any more. The same
way in serves whoever writes demands and their events in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from balcao.platform.trouble import Trouble

from .models import Cell, Duration, Follower, Happening
from .rollup import SLICE, carry_over, count, settle
from .talks.counting import count_talks

BATCH = 5000  # events
FETCH = """
SELECT ev.tx::text, ev.id, (ev.data->>'conversation_id')::bigint, ev.case_id, (ev.data->>'primary_id')::bigint
FROM platform_event ev
WHERE (ev.tx, ev.id) > (%s::xid8, %s) AND ev.tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY ev.tx, ev.id LIMIT %s
"""
HORIZON = """
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::numeric - 1)::bigint,
       coalesce((SELECT max(id) FROM platform_epoch), 0)
"""
LAST = 2**63 - 1


ALONE = 0x62616C63616F  # the advisory lock that one rebuild holds


def follow(batch: int = BATCH) -> int:
    """Count what happened since the last time, until nothing new is there; how many events were read.

    After a restore (a new epoch) the transaction numbers begin anew, so all events are read again: counting a demand
    twice changes nothing. A service that became public, or private, has its demands counted anew."""
    read = 0
    recount_changed_services()
    while True:
        events, more = _step(batch)
        read += events
        if not more:
            break
    generation = Follower.objects.values_list("generation", flat=True).first() or 1
    while _settle_some(generation):
        pass
    return read


def _locked() -> Follower:
    """The one row, made when it is missing and locked until the transaction ends."""
    return Follower.objects.select_for_update().get_or_create(pk=1)[0]


def _step(batch: int) -> tuple[int, bool]:
    """Read up to `batch` events in one transaction: how many, and whether there may be more."""
    with transaction.atomic(), connection.cursor() as cursor:
        place = _locked()
        cursor.execute(HORIZON)
        epoch = cursor.fetchone()[1]
        begun_anew = place.epoch != epoch
        if begun_anew:
            place.epoch, place.tx, place.event_id = epoch, 0, 0
        cursor.execute(FETCH, [str(place.tx), place.event_id, batch])
        rows = cursor.fetchall()
        if not rows and not begun_anew:
            return 0, False
        # Many events may tell of many demands: what does not fit in one short transaction is left for the next.
        cases: set[int] = set()
        talks: set[int] = set()
        taken = 0
        for tx, event_id, talk_id, *told in rows:
            about = {case_id for case_id in told if case_id}
            if len(cases | about) + len(talks) > SLICE:
                break
            cases |= about
            talks |= {talk_id} if talk_id else set()
            place.tx, place.event_id = int(tx), event_id
            taken += 1
        # Those joined to a demand go with it to its area, and no event of their own tells that.
        cursor.execute("SELECT id FROM cases_case WHERE primary_id = ANY(%s)", [list(cases)])
        count(sorted(cases.union(row[0] for row in cursor.fetchall())), place.generation)
        count_talks(talks)
        if taken or begun_anew:
            place.moved_at = timezone.now()
            place.save()
    return taken, taken < len(rows) or len(rows) == batch


def _settle_some(generation: int) -> int:
    with transaction.atomic():
        return settle(generation) if _locked().generation == generation else 0


def public_services() -> list[int]:
    """The ids of the services whose demands count in public figures, of all agencies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM catalog_service WHERE is_public ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def recount_changed_services() -> None:
    """Count anew the demands of services that became public or private since the figures were made."""
    now = public_services()
    # A new follower reads every event anyway.
    follower, _new = Follower.objects.get_or_create(pk=1, defaults={"shown_services": now})
    changed = set(now) ^ set(follower.shown_services)
    if not changed:
        return
    for cases in _slices("SELECT id FROM cases_case WHERE service_id = ANY(%s) AND id > %s ORDER BY id", list(changed)):
        with transaction.atomic():
            count(cases, _locked().generation)
    Follower.objects.filter(pk=1).update(shown_services=now)


def _slices(sql: str, *parameters: Any) -> Iterator[list[int]]:
    """The ids that a query finds, a slice at a time; `sql` ends in `id > %s ORDER BY id`."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} LIMIT {SLICE}", [*parameters, after])
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        yield ids
        after = ids[-1]


def rebuild(tick: Callable[[int], None] = lambda done: None) -> int:
    """Make all figures anew from the base tables, beside those that are shown, then show them; how many demands.

    In short transactions, while everything goes on: the follower then reads again what happened since the rebuild
    began. What erased demands counted for is carried over. A rebuild that was killed leaves rows that the next one
    deletes. Trouble while another one runs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ALONE])
        if not cursor.fetchone()[0]:
            raise Trouble("The figures are being rebuilt already: wait until that has ended.")
    try:
        return _rebuild(tick)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ALONE])


def _rebuild(tick: Callable[[int], None]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        follower = _locked()
        cursor.execute(HORIZON)
        tx, epoch = cursor.fetchone()
    old, new, done = follower.generation, follower.generation % 30_000 + 1, 0
    _forget_all_but(old)
    shown = public_services()
    for cases in _slices("SELECT id FROM cases_case WHERE id > %s ORDER BY id"):
        with transaction.atomic():
            count(cases, new)
        done += len(cases)
        tick(done)
    for erased in _slices("SELECT DISTINCT case_id AS id FROM insights_happening h WHERE generation = %s "
                          "AND NOT EXISTS (SELECT FROM cases_case c WHERE c.id = h.case_id) AND case_id > %s "
                          "ORDER BY case_id", old):  # fmt: skip
        with transaction.atomic():
            carry_over(erased[0], erased[-1], old=old, new=new)
    while _settle_anew(new):
        pass
    for talks in _slices("SELECT id FROM inbox_conversation WHERE id > %s ORDER BY id"):
        with transaction.atomic():
            _locked()
            count_talks(talks)
    with transaction.atomic():
        follower = _locked()
        follower.generation, follower.shown_services = new, shown
        follower.epoch, follower.tx, follower.event_id, follower.moved_at = epoch, tx, LAST, timezone.now()
        follower.save()
    _forget_all_but(new)
    return done


def _settle_anew(generation: int) -> int:
    with transaction.atomic():
        return settle(generation)


def _forget_all_but(generation: int) -> None:
    """Delete other generations' rows, in slices."""
    while True:
        cells = list(Cell.objects.exclude(generation=generation).order_by("pk").values_list("pk", flat=True)[:5000])
        if not cells:
            break
        with transaction.atomic():
            Duration.objects.filter(cell_id__in=cells).delete()
            Cell.objects.filter(pk__in=cells).delete()
    while True:
        rows = list(Happening.objects.exclude(generation=generation).values_list("pk", flat=True)[:20_000])
        if not rows:
            break
        Happening.objects.filter(pk__in=rows).delete()
