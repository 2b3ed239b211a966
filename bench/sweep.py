"""The deadline sweep among very many open clocks: finding what is due must cost what is due, not what is open."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from .harness import Figure, Goal, Run, console
from .house import House

DUE, ASKED = 100, 50
FOUND = Goal(5, at_most=True)
BARE = """SELECT id FROM clocks_deadline WHERE next_alarm_at <= %s ORDER BY next_alarm_at LIMIT %s
    FOR UPDATE SKIP LOCKED"""


def figures(house: House) -> Iterable[Figure]:
    """The product's own query, as the sweep sends it, beside the shortest SQL for the same rows."""
    from balcao.clocks.sweep import due_alarms

    now = timezone.now() + timedelta(days=3650)  # the clocks that are added ring ten years from now, and later

    def found() -> list[Any]:
        return list(due_alarms(now).select_for_update(skip_locked=True)[:DUE])

    taken: dict[int, float] = {}
    with psycopg.connect(house.url, autocommit=True) as link:
        for clocks in sorted({min(1_000, house.clocks), house.clocks}):
            _open(link, clocks, now)
            figure = Figure(
                f"sweep: {DUE} due of {clocks:,}", "due_alarms(), locked, as objects", "psycopg, ids alone", FOUND, "ms"
            )
            figure.measure(lambda: _timed(found), lambda: _timed(lambda: _bare(link, now)))
            figure.notes["plan"] = plan = _plan(now)
            console.print(f"  {plan['index']}, {plan['buffers']} buffers", style="dim")
            taken[clocks] = sorted(figure.products)[len(figure.products) // 2]
            yield figure
        for due in (0, 10, 1_000):
            rung = now - timedelta(days=1)
            link.execute("UPDATE clocks_deadline SET next_alarm_at = NULL WHERE next_alarm_at <= %s", [now])
            _ring(link, due, rung)
            plan = _plan(now)
            yield Figure.of(
                f"sweep: buffers, {due:,} due of {house.clocks:,}", plan["buffers"], "", product=plan["index"]
            )
        link.execute("DELETE FROM clocks_deadline WHERE rule_slug = 'bench'")


def _open(link: psycopg.Connection, wanted: int, now: Any) -> None:
    """So many running clocks that ring after `now`, besides DUE of them that ring before."""
    link.execute("DELETE FROM clocks_deadline WHERE rule_slug = 'bench'")
    link.execute("UPDATE clocks_deadline SET next_alarm_at = NULL")
    started = time.monotonic()
    link.execute(
        """INSERT INTO clocks_deadline (agency_id, kind, rule_slug, rule_version, amount, unit, started_at,
            original_due_at, due_at, state, snapshot_id, explanation, warn_fractions, round, next_alarm_at, next_level)
        SELECT d.agency_id, d.kind, 'bench', d.rule_version, d.amount, d.unit, d.started_at, d.original_due_at,
            greatest(d.original_due_at, %s) + make_interval(mins => i), 'running', d.snapshot_id, d.explanation,
            d.warn_fractions, 0, %s::timestamptz + make_interval(mins => 1 + (i::bigint * 7919 %% %s)::int), 'breach'
        FROM (SELECT * FROM clocks_deadline WHERE rule_slug <> 'bench' ORDER BY id LIMIT 1) d,
            generate_series(1, %s) i""",
        [now, now, wanted, wanted],
    )
    _ring(link, DUE, now - timedelta(days=1))
    link.execute("VACUUM ANALYZE clocks_deadline")
    console.print(f"{wanted:,} open clocks written in {time.monotonic() - started:.0f} s", style="dim")


def _ring(link: psycopg.Connection, count: int, at: Any) -> None:
    chosen = "SELECT id FROM clocks_deadline WHERE rule_slug = 'bench' AND next_alarm_at > %s ORDER BY id LIMIT %s"
    link.execute(f"UPDATE clocks_deadline SET next_alarm_at = %s WHERE id IN ({chosen})", [at, at, count])


def _bare(link: psycopg.Connection, now: Any) -> list[Any]:
    return link.execute(BARE, [now, DUE]).fetchall()


def _timed(work: Callable[[], list[Any]]) -> Run:
    """Milliseconds of one look, the median of many."""
    times = []
    with transaction.atomic():
        for _ in range(ASKED):
            started = time.perf_counter()
            found = work()
            times.append((time.perf_counter() - started) * 1000)
        transaction.set_rollback(True)  # the locks go
    if len(found) != DUE:
        raise SystemExit(f"{len(found)} clocks were found due, not {DUE}")
    times.sort()
    return Run(times[len(times) // 2], times)


def _plan(now: Any) -> dict[str, Any]:
    """How PostgreSQL finds them: the index it walks, the buffers it touches, the milliseconds by its own clock."""
    from balcao.clocks.sweep import due_alarms

    query, values = due_alarms(now)[:1000].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", values)
        (found,) = cursor.fetchone()
    top = (json.loads(found) if isinstance(found, str) else found)[0]
    index = re.search(r'"Index Name": "([^"]+)"', json.dumps(top))
    plan = top["Plan"]
    return {
        "index": index[1] if index else "no index",
        "buffers": plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        "ms": top["Execution Time"],
        "plan": top,
    }
