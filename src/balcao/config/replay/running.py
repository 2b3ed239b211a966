"""The run: which rows are new, batches that commit, a count of what was refused and why."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from balcao.cases.models import Case
from balcao.config import wiring
from balcao.platform import events, faults
from balcao.platform.errors import Refusal
from balcao.platform.models import Fault

from .columns import Demand, Unfit, rows, understand
from .making import City
from .playing import play

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

    def refuse(self, reason: str, line: int) -> None:
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


def run(city: City, path: Path, *, limit: int | None, tick: Callable[[Tally], None] = lambda tally: None) -> Tally:
    """Replay up to `limit` demands that are not here yet (None: all), in the file's order. Ctrl-C ends it in order."""
    tally, started, cpu = Tally(), time.monotonic(), time.process_time()
    with history_only():
        try:
            for batch in _batches(_new(city, path, tally), limit, tally):
                _commit(city, batch, tally)
                tally.seconds = time.monotonic() - started
                tick(tally)
        except KeyboardInterrupt:
            tally.interrupted = True
    tally.seconds, tally.cpu_seconds = time.monotonic() - started, time.process_time() - cpu
    return tally


def _new(city: City, path: Path, tally: Tally) -> Iterator[Demand]:
    here = set(Case.objects.filter(agency=city.agency).exclude(external_id=None).values_list("external_id", flat=True))
    seen: set[str] = set()
    for line, row in rows(path):
        tally.rows += 1
        try:
            demand = understand(line, row)
            if demand.key in seen:
                raise Unfit("repeats an earlier row exactly")
        except Unfit as reason:
            tally.refuse(str(reason), line)
            continue
        seen.add(demand.key)
        if demand.key in here:
            tally.known += 1
        else:
            yield demand


def _batches(demands: Iterator[Demand], limit: int | None, tally: Tally) -> Iterator[list[Demand]]:
    """Batches that together never open more than `limit`: rows that turn out unfit do not count."""
    while True:
        left = BATCH if limit is None else min(BATCH, limit - tally.opened)
        if left <= 0:
            return
        batch = [demand for _, demand in zip(range(left), demands, strict=False)]
        if not batch:
            return
        yield batch


def _commit(city: City, batch: list[Demand], tally: Tally) -> None:
    """Each demand is all or nothing; the batch commits once, and only then is it counted."""
    done: list[Callable[[], None]] = []
    with transaction.atomic():
        for demand in batch:
            done.append(_played(city, demand, tally))
    for count in done:
        count()


def _played(city: City, demand: Demand, tally: Tally) -> Callable[[], None]:
    try:
        _case, moved, elsewhere = play(city, demand)
    except Unfit as reason:
        words = str(reason)
        return lambda: tally.refuse(words, demand.line)
    except Refusal as refusal:
        words = f"the product refused it: {refusal.log or refusal.sentence}"
        return lambda: tally.refuse(words, demand.line)

    def count() -> None:
        tally.opened += 1
        tally.transferred += moved
        tally.other_district += elsewhere
        tally.statuses[demand.status] += 1
        tally.outcomes[demand.ending or "open"] += 1
        tally.channels[demand.channel] += 1

    return count


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
