"""How demands of the past come in, whatever the file: one run at a time, in batches, each once, telling nobody."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from django.utils import translation

from balcao.config import wiring
from balcao.organization.models import Agency
from balcao.platform import events
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.trouble import Trouble

from .columns import Unfit
from .counting import Demand, Tally

LOCK = 225228  # the advisory lock of a replay into one agency
BATCH = 20  # demands a transaction at most
LONGEST = 1.0  # seconds of one: after two the live stream would wait
D = TypeVar("D", bound=Demand)
Commit = Callable[[list[D], Tally], None]
Play = Callable[[D], tuple[bool, bool]]
"""Opens a demand and brings it to where its file left it; says whether it was transferred to the file's own area, and
whether the recorded district is not the one that holds its point."""


@contextmanager
def history_only() -> Iterator[None]:
    """While it lasts, facts of the past are written and act at once, but tell nobody afterwards: no letter, no alarm.

    A crash may lose the last moment of work, which the next run makes again: commits need not wait for the disk."""
    events.wire(wiring.AT_ONCE, {}, lambda jobs: None)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        wiring.install()
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


@contextmanager
def alone(agency: Agency) -> Iterator[None]:
    """Two runs into one agency at once are refused: Trouble."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, agency.pk])
        if not cursor.fetchone()[0]:
            raise Trouble(f"Another replay or import into {agency.slug} is running.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, agency.pk])


@contextmanager
def in_order(tally: Tally) -> Iterator[None]:
    """While it lasts, Ctrl-C ends a run between two batches: what is being written is written. A second one ends it at
    once, and the database takes back what was not committed."""

    def hear(_signal: int, _frame: object) -> None:
        if tally.interrupted:
            raise KeyboardInterrupt
        tally.interrupted = True

    mine = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, hear) if mine else None
    try:
        yield
    except KeyboardInterrupt:
        tally.interrupted = True
    finally:
        if mine:
            signal.signal(signal.SIGINT, before)


def unknown(agency: Agency, demands: Sequence[D], tally: Tally, channels: Sequence[str] = ()) -> Iterator[D]:
    """Those that are not here yet: what an earlier run committed is found by the channel's own id.

    `channels`: where it may have come in, when it is found by its id on any of them; its own by default."""
    pairs = [(channel, d.key) for d in demands for channel in channels or (d.channel,)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id FROM cases_case JOIN unnest(%s::text[], %s::text[]) AS d (c, k)"
            " ON agency_id = %s AND channel = c AND external_id = k",
            [[channel for channel, _key in pairs], [key for _channel, key in pairs], agency.pk],
        )
        here = {key for (key,) in cursor.fetchall()}
    tally.known += len(here)
    yield from (demand for demand in demands if demand.key not in here)


def batches(demands: Iterator[D], limit: int | None, tally: Tally, size: int) -> Iterator[list[D]]:
    """Batches that together never open more than `limit`: rows that turn out unfit do not count."""
    while True:
        left = size if limit is None else min(size, limit - tally.opened)
        if left <= 0 or tally.interrupted:
            return
        batch = [demand for _, demand in zip(range(left), demands, strict=False)]
        if not batch:
            return
        yield batch


def one_by_one(play: Play[D]) -> Commit[D]:
    """A way to commit a batch: through the normal actions."""

    def commit(batch: list[D], tally: Tally) -> None:
        """Each demand is all or nothing; several commit together, and only then are they counted."""
        waiting = deque(batch)
        while waiting and not tally.interrupted:
            until = time.monotonic() + LONGEST
            with transaction.atomic():
                done = [attempt(play, waiting.popleft(), tally)]
                while waiting and time.monotonic() < until:
                    done.append(attempt(play, waiting.popleft(), tally))
            for count in done:
                count()

    return commit


def attempt(play: Play[D], demand: D, tally: Tally) -> Callable[[], None]:
    """Play a demand, all or nothing. Returns what counts it, for when the transaction around it has committed."""
    try:
        moved, elsewhere = play(demand)
    except (Unfit, Refusal) as error:
        words = why(error)
        return lambda: tally.refuse(words, demand.line, demand.cells)
    return lambda: tally.count(demand, moved, elsewhere)


def why(error: Unfit | Refusal) -> str:
    """The reason that a report counts."""
    if isinstance(error, Unfit):
        return str(error)
    with translation.override("en"):
        return f"the product refused it: {error.sentence if isinstance(error, Invalid) else error.log}"
