"""The rungs of a deadline's alarm: warnings at fractions of its time, the breach, then one escalation each working day.

Pure. A rung that is missed because the machine stood still is not sent late one by one: of several warnings that are
overdue only the highest sounds, and once the date has passed only the breach does. A breach is never left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from balcao.organization.worktime import Calendar

from .arithmetic import Stop, running_time
from .worktime import WORKING_DAYS, NoWorkingTime, advance_days, next_working_moment

ESCALATIONS = 3
BREACH = "breach"
BREACH_AFTER = timedelta(seconds=1)  # the date itself is still in time


@dataclass(frozen=True)
class Rung:
    """`level` is "warning-50" (per cent), "breach" or "escalation-1"."""

    level: str
    at: datetime

    @property
    def number(self) -> int:
        """The per cent of a warning, the step of an escalation, 0 of the breach."""
        return int(self.level.partition("-")[2] or 0)

    @property
    def is_warning(self) -> bool:
        return self.level.startswith("warning")


def ladder(
    started_at: datetime,
    due_at: datetime,
    fractions: Sequence[float],
    calendar: Calendar,
    pauses: Sequence[Stop] = (),
) -> list[Rung]:
    """All rungs, in the order in which they sound. Warnings come in working time, where that is before the date."""
    total = running_time(started_at, due_at, pauses)
    rungs = []
    for fraction in sorted(fractions):
        moment = min(_at_work(_after(started_at, total * fraction, pauses), calendar), due_at)
        rungs.append(Rung(f"warning-{round(fraction * 100)}", moment))
    rungs.append(Rung(BREACH, due_at + BREACH_AFTER))
    day = calendar.local(due_at).date()
    for step in range(1, ESCALATIONS + 1):
        try:
            day = advance_days(day, 1, WORKING_DAYS, calendar)
        except NoWorkingTime:
            break  # an agency that never opens has nobody to escalate to
        rungs.append(Rung(f"escalation-{step}", calendar.instants(day)[0][0]))
    return rungs


def next_rung(rungs: Sequence[Rung], sounded: str, now: datetime) -> Rung | None:
    """The rung to wait for after the one named `sounded` ("" for none), leaving out what is not worth sounding now."""
    levels = [rung.level for rung in rungs]
    rest = list(rungs[levels.index(sounded) + 1 :]) if sounded in levels else list(rungs)
    while len(rest) > 1 and rest[0].is_warning and rest[1].at <= now:
        rest.pop(0)
    return rest[0] if rest else None


def _after(start: datetime, running: timedelta, pauses: Sequence[Stop]) -> datetime:
    moment = start + running
    for pause in pauses:
        if pause.ended_at and pause.started_at < moment:
            moment += max(timedelta(), pause.ended_at - max(pause.started_at, start))
    return moment


def _at_work(moment: datetime, calendar: Calendar) -> datetime:
    try:
        return next_working_moment(moment, calendar)
    except NoWorkingTime:
        return moment
