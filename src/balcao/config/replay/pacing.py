"""A day of the file, lived again now: the normal actions at the day's own rhythm, or a faster or slower one.

Unlike the bulk path, this is no history: every moment is that of doing it, and everybody who would hear of a demand
hears of it (the worker, alarms, the live stream, the figures). Nobody of the file is written to: it names no people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone

from balcao.cases.models import Case
from balcao.platform.errors import Refusal
from balcao.platform.trouble import Trouble

from .batches import alone, in_order, why
from .columns import COLUMNS, Demand, Unfit, rows, understand
from .counting import Tally, paper
from .making import City
from .playing import begin, finish

SLICE = 0.5  # seconds: how often a long wait looks whether somebody wants to stop, and shows the day's hour


@dataclass(frozen=True)
class Step:
    """Something of the day: a demand is opened, or it is answered. `at` is its moment in the file."""

    at: datetime
    demand: Demand
    opening: bool


@dataclass
class Day(Tally):
    """What was played of a day."""

    answered: int = 0
    steps: int = 0
    """How many there are to play."""
    hour: datetime | None = None
    """Where the day stands, in the city's own time."""
    behind: float = 0.0
    """Seconds by which the last step came later than the pace asked: the machine's, not the day's."""


class Clock:
    """Real time. A test has another one."""

    def now(self) -> datetime:
        return timezone.now()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def play_day(
    city: City,
    path: Path,
    *,
    day: date,
    pace: float,
    limit: int | None = None,
    tick: Callable[[Day], None] = lambda tally: None,
    refused: Path | None = None,
    clock: Clock | None = None,
) -> Day:
    """Open the demands of that day (in the agency's time zone; the first `limit` of them), `pace` times as fast as they
    came, and answer those that were answered the same day. The day's first moment is now. Ctrl-C ends it in order:
    what is open stays open, with whoever must act.

    Each playing opens the day's demands anew. Trouble when the file has none on that day."""
    clock, tally = clock or Clock(), Day()
    zone = ZoneInfo(city.agency.timezone)
    with alone(city.agency), paper(refused, list(COLUMNS.values())) as tally.paper:
        steps = plan(path, day, zone, tally, limit)
        if not steps:
            raise Trouble(f"{path.name} has no demand that was opened on {day}: choose another --day.")
        tally.steps = len(steps)
        started = clock.now()
        with in_order(tally):
            for step in steps:
                due = started + (step.at - steps[0].at) / pace
                for hour in _until(clock, due, step.at, pace):
                    tally.hour = hour.astimezone(zone)
                    tick(tally)
                    if tally.interrupted:
                        return tally
                tally.behind = max(0.0, (clock.now() - due).total_seconds())
                _take(city, step, f"live:{started:%Y%m%dT%H%M%S}:", clock.now(), tally)
                tally.seconds = (clock.now() - started).total_seconds()
                tick(tally)
    return tally


def plan(path: Path, day: date, zone: ZoneInfo, tally: Tally, limit: int | None = None) -> list[Step]:
    """The steps of a day, in order. Rows of the day that are no demands are refused into `tally`; a row whose opening
    cannot be read belongs to no day."""
    steps: list[Step] = []
    for demand in islice(_of(path, day, zone, tally), limit):
        steps.append(Step(demand.opened_at, demand, True))
        if demand.found_at is not None and demand.found_at.astimezone(zone).date() == day:
            steps.append(Step(demand.found_at, demand, False))
    return sorted(steps, key=lambda step: (step.at, not step.opening))


def _of(path: Path, day: date, zone: ZoneInfo, tally: Tally) -> Iterator[Demand]:
    near = {(day + timedelta(days=n)).isoformat() for n in (-1, 0, 1)}  # the file's own days are those of UTC
    seen: set[str] = set()
    for line, row in rows(path):
        if not row or row["opened"][:10] not in near:
            continue
        try:
            if datetime.fromisoformat(row["opened"]).astimezone(zone).date() != day:
                continue
        except ValueError:
            continue
        tally.rows += 1
        try:
            demand = understand(line, row)
            if demand.key in seen:
                raise Unfit("repeats an earlier row exactly")
        except Unfit as reason:
            tally.refuse(str(reason), line, list(row.values()))
            continue
        seen.add(demand.key)
        yield demand


def _until(clock: Clock, due: datetime, at: datetime, pace: float) -> Iterator[datetime]:
    """Wait until `due`, the moment at which what happened `at` is done; tells again and again where the day stands."""
    while (left := (due - clock.now()).total_seconds()) > 0:
        yield at - timedelta(seconds=left * pace)
        clock.sleep(min(left, SLICE))
    yield at


def _take(city: City, step: Step, prefix: str, now: datetime, tally: Day) -> None:
    """Play one step, all or nothing, in a transaction of its own: a demand is live as soon as it is here."""
    demand, key = step.demand, prefix + step.demand.key
    try:
        if step.opening:
            _case, moved, elsewhere = begin(city, demand, key=key, now=now)
            tally.count(demand, moved, elsewhere)
            return
        case = Case.objects.filter(agency=city.agency, channel=demand.channel, external_id=key).first()
        if case is not None and case.closed_at is None:  # else it was never opened, or somebody was quicker
            finish(city, case, demand, now=now)
            tally.answered += 1
    except (Unfit, Refusal) as error:
        tally.refuse(why(error), demand.line, demand.cells)
