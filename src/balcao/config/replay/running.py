"""The run: which rows are new, batches that commit, a count of what was refused and why."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from psycopg.rows import tuple_row

from balcao.config import wiring
from balcao.platform import events, faults
from balcao.platform.errors import Refusal
from balcao.platform.models import Fault
from balcao.platform.trouble import Trouble

from .bulk import Composer, Placed, Unusual
from .columns import COLUMNS, Demand, Row, Unfit, rows, understand
from .making import City
from .playing import play, where

BULK = 1000  # demands a transaction of the bulk path; for the same reason
LOCK = 225228  # the advisory lock of a replay into one agency
BATCH = 20  # demands a transaction: well under the two seconds after which the live stream would wait
EXAMPLES = 5


@dataclass
class Tally:
    """What one run did. `refused` counts every row it read that is no demand, also those that an earlier run met."""

    rows: int = 0
    opened: int = 0
    known: int = 0
    transferred: int = 0
    other_district: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)
    """reason → the first lines of the file that it is about."""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of this process: what a demand costs however busy the machine is. The database's own come on top."""
    interrupted: bool = False

    paper: Any = None
    """Where refused rows are written; None: nowhere."""

    def count(self, demand: Demand, moved: bool, elsewhere: bool) -> None:
        self.opened += 1
        self.transferred += moved
        self.other_district += elsewhere
        self.statuses[demand.status] += 1
        self.outcomes[demand.ending or "open"] += 1
        self.channels[demand.channel] += 1

    def refuse(self, reason: str, line: int, row: Row) -> None:
        if self.paper is not None:
            self.paper.writerow([line, reason, *(row.get(name, "") for name in COLUMNS)])
        self.refused[reason] += 1
        if len(seen := self.lines.setdefault(reason, [])) < EXAMPLES:
            seen.append(line)

    @property
    def rate(self) -> float:
        """Demands opened a second."""
        return self.opened / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "rows_read": self.rows,
            "opened": self.opened,
            "already_here": self.known,
            "refused": {
                reason: {"count": n, "first_lines": self.lines[reason]} for reason, n in self.refused.most_common()
            },
            "statuses": dict(self.statuses.most_common()),
            "outcomes": dict(self.outcomes.most_common()),
            "channels": dict(self.channels.most_common()),
            "transferred_to_the_body_of_the_file": self.transferred,
            "point_in_another_district_than_recorded": self.other_district,
            "seconds": round(self.seconds, 2),
            "per_second": round(self.rate, 1),
            "cpu_milliseconds_each": round(1000 * self.cpu_seconds / max(1, self.opened), 1),
            "interrupted": self.interrupted,
        }


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


def run(
    city: City,
    path: Path,
    *,
    limit: int | None,
    tick: Callable[[Tally], None] = lambda tally: None,
    refused: Path | None = None,
    bulk: bool = True,
) -> Tally:
    """Replay up to `limit` demands that are not here yet (None: all), in the file's order. Ctrl-C ends it in order.

    In bulk, or each through the normal actions: the rows are the same. Rows that are no demands go to `refused`, a CSV
    file, with their line and the reason. Two runs into one agency at once are refused: Trouble."""
    tally, started, cpu = Tally(), time.monotonic(), time.process_time()
    with history_only(), _alone(city), _paper(refused) as tally.paper:
        commit = _in_bulk(city) if bulk else _one_by_one(city)
        try:
            for batch in _batches(_new(city, path, tally), limit, tally, BULK if bulk else BATCH):
                commit(batch, tally)
                tally.seconds = time.monotonic() - started
                tick(tally)
        except KeyboardInterrupt:
            tally.interrupted = True
    tally.seconds, tally.cpu_seconds = time.monotonic() - started, time.process_time() - cpu
    return tally


@contextmanager
def _alone(city: City) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, city.agency.pk])
        if not cursor.fetchone()[0]:
            raise Trouble(f"Another replay into {city.agency.slug} is running.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, city.agency.pk])


@contextmanager
def _paper(target: Path | None) -> Iterator[Any]:
    """Where refused rows are written, one after the other; the file of the run before is replaced."""
    if target is None:
        yield None
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        paper = csv.writer(file)
        paper.writerow(["line", "reason", *COLUMNS.values()])
        yield paper


def _new(city: City, path: Path, tally: Tally) -> Iterator[Demand]:
    waiting: list[Demand] = []
    seen: set[int] = set()  # eight bytes of each key: forty megabytes for a million rows
    for line, row in rows(path):
        tally.rows += 1
        try:
            demand = understand(line, row)
            if (mark := int(demand.key[:16], 16)) in seen:
                raise Unfit("repeats an earlier row exactly")
        except Unfit as reason:
            tally.refuse(str(reason), line, row)
            continue
        seen.add(mark)
        waiting.append(demand)
        if len(waiting) == BULK:
            yield from _unknown(city, waiting, tally)
            waiting = []
    yield from _unknown(city, waiting, tally)


def _unknown(city: City, demands: list[Demand], tally: Tally) -> Iterator[Demand]:
    """Those that are not here yet: what an earlier run committed is found by the channel's own id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id FROM cases_case JOIN unnest(%s::text[], %s::text[]) AS d (c, k)"
            " ON agency_id = %s AND channel = c AND external_id = k",
            [[d.channel for d in demands], [d.key for d in demands], city.agency.pk],
        )
        here = {key for (key,) in cursor.fetchall()}
    tally.known += len(here)
    yield from (demand for demand in demands if demand.key not in here)


def _batches(demands: Iterator[Demand], limit: int | None, tally: Tally, size: int) -> Iterator[list[Demand]]:
    """Batches that together never open more than `limit`: rows that turn out unfit do not count."""
    while True:
        left = size if limit is None else min(size, limit - tally.opened)
        if left <= 0:
            return
        batch = [demand for _, demand in zip(range(left), demands, strict=False)]
        if not batch:
            return
        yield batch


Commit = Callable[[list[Demand], Tally], None]


def _one_by_one(city: City) -> Commit:
    def commit(batch: list[Demand], tally: Tally) -> None:
        """Each demand is all or nothing; the batch commits once, and only then is it counted."""
        done: list[Callable[[], None]] = []
        with transaction.atomic():
            for demand in batch:
                done.append(_played(city, demand, tally))
        for count in done:
            count()

    return commit


def _in_bulk(city: City) -> Commit:
    composer = Composer(city)
    playing = _one_by_one(city)

    def commit(batch: list[Demand], tally: Tally) -> None:
        """All rows of the batch in one transaction; what does not go the usual way is left to the actions."""
        placed, others = [], []
        for demand in batch:
            try:
                place, elsewhere = where(city, demand)
                composer.usual(demand, place)
                placed.append(Placed(demand, place, elsewhere))
            except Unfit as reason:
                tally.refuse(str(reason), demand.line, demand.row)
            except Unusual:
                others.append(demand)
        if placed:
            with transaction.atomic():
                rows = composer.compose(placed)
                with connection.connection.cursor(row_factory=tuple_row) as cursor:
                    composer.send(rows, cursor)
        for one in placed:
            tally.count(one.demand, city.ruled[one.demand.service] != one.demand.body, one.elsewhere)
        if others:
            playing(others, tally)

    return commit


def _played(city: City, demand: Demand, tally: Tally) -> Callable[[], None]:
    try:
        _case, moved, elsewhere = play(city, demand)
    except Unfit as reason:
        words = str(reason)
        return lambda: tally.refuse(words, demand.line, demand.row)
    except Refusal as refusal:
        words = f"the product refused it: {refusal.log or refusal.sentence}"
        return lambda: tally.refuse(words, demand.line, demand.row)
    return lambda: tally.count(demand, moved, elsewhere)


def keep_refused(city: City, path: Path, tally: Tally) -> Fault | None:
    """One fault that sums up what was refused, for the operator's page; the run before it is replaced."""
    if not tally.refused:
        return None
    reasons = "; ".join(f"{n:,} × {reason}" for reason, n in tally.refused.most_common())
    words = f"Replay of {path.name}: {tally.refused.total():,} of {tally.rows:,} rows are no demands: {reasons}."
    key = f"{city.agency.slug}:{path.name}"
    data = {"refused": dict(tally.refused), "first_lines": tally.lines}
    fault = faults.record("replay", key, words, agency_id=city.agency.pk, data=data)
    Fault.objects.filter(pk=fault.pk).update(data=data)
    return fault


def write_report(target: Path, city: City, path: Path, tally: Tally) -> None:
    """The run as JSON, beside and then renamed."""
    report = {"file": path.name, "agency": city.agency.slug, **tally.as_json()}
    part = target.with_name(target.name + ".part")
    part.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(target)
