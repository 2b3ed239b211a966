"""From a rule and what happened to a date, with the arithmetic that leads there. Pure: no clock, no database.

Days are counted on the local calendar: the days of a pause are those from its first up to, not including, the day on
which it ends ("retomado a partir da data de resposta do usuário", Decreto 9.492/2018, art. 18, § 4º). A pause that
begins while the end is being rolled over a weekend still holds it. Hours are counted to the moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from balcao.organization.worktime import Calendar

from .rules import Rule
from .worktime import (
    DAY,
    WORKING_DAYS,
    WORKING_HOURS,
    advance,
    advance_days,
    elapsed,
    elapsed_days,
    next_working_moment,
    roll_forward,
    skipped,
)

Step = dict[str, Any]
"""{"key": one of `explain.SENTENCES`, "params": JSON-ready values; local ISO dates and moments}"""


@dataclass(frozen=True)
class Stop:
    """A pause. `ended_at` None: it still lasts, and there is no date until it ends."""

    started_at: datetime
    ended_at: datetime | None
    reason: str = ""


@dataclass(frozen=True)
class More:
    """An extension, in the rule's unit."""

    amount: int
    reason: str = ""


@dataclass(frozen=True)
class Computation:
    due_at: datetime | None
    explanation: list[Step] = field(default_factory=list)


def compute(
    rule: Rule,
    started_at: datetime,
    calendar: Calendar,
    pauses: Sequence[Stop] = (),
    extensions: Sequence[More] = (),
    *,
    amount: int | None = None,
    not_after: datetime | None = None,
) -> Computation:
    """When the answer is due (UTC), and why. `amount` is the service's own, shorter than the law's.

    Day units end with the last second of the local day. `pauses` in order, at most the last one open. `not_after` is
    the date that this one serves: an area's own time never ends after the date promised to the citizen. A date that
    was past when the clock started caps nothing: whoever is asked late still has their time.
    """
    terms = rule.terms(amount)
    total = terms + sum(extra.amount for extra in extensions)
    steps = [_step("received", at=calendar.local(started_at).isoformat())]
    if rule.unit == WORKING_HOURS:
        steps += [_hours_start(started_at, calendar), *_terms(rule, terms, extensions)]
        due = _hours(started_at, total, calendar, pauses, steps)
    else:
        first = _first_day(rule, started_at, calendar, steps)
        steps += _terms(rule, terms, extensions)
        day = _days(rule, first, total, calendar, pauses, steps)
        due = calendar.end_of_day(day) if day else None
    hours = rule.unit == WORKING_HOURS
    if due and not_after and due > not_after > started_at:
        steps.append(_step("capped", at=calendar.local(due).isoformat(), hours=hours))
        due = not_after
        hours = due != calendar.end_of_day(calendar.local(due).date())
    if due:
        steps.append(_step("due", at=calendar.local(due).isoformat(), hours=hours))
    return Computation(due, steps)


def _first_day(rule: Rule, started_at: datetime, calendar: Calendar, steps: list[Step]) -> date:
    received = calendar.local(started_at).date()
    first = received + DAY
    if rule.start == "next_working_day":
        first = roll_forward(first, calendar)
    steps.append(_step("counts_from", day=first.isoformat(), start=rule.start))
    return first


def _terms(rule: Rule, terms: int, extensions: Sequence[More]) -> list[Step]:
    own = rule.amount is not None and terms < rule.amount
    law = {"citation": rule.citation, "own": own, "longest": rule.amount}
    return [
        _step("amount", amount=terms, unit=rule.unit, **law),
        *(_step("extended", amount=more.amount, unit=rule.unit, reason=more.reason) for more in extensions),
    ]


def _days(
    rule: Rule, first: date, total: int, calendar: Calendar, pauses: Sequence[Stop], steps: list[Step]
) -> date | None:
    """The due date, rolled; None while a pause lasts."""
    counted, left = first - DAY, total  # the last day that is behind us, and how many are still to come
    passed: list[tuple[date, date]] = []
    for pause in pauses:
        start = calendar.local(pause.started_at).date()
        if start > _rolled(rule, advance_days(counted, left, rule.unit, calendar), calendar):
            break
        until = calendar.local(pause.ended_at).date() if pause.ended_at else None
        steps.append(_paused(pause, calendar, (until - start).days if until else None))
        if until is None:
            return None
        if until == start or until - DAY <= counted:
            continue
        before = max(counted, start - DAY)
        # At least one day is left: a pause during the roll holds the end itself.
        left -= min(elapsed_days(counted, before, rule.unit, calendar), left - 1)
        passed.append((counted + DAY, before))
        counted = until - DAY
    end = advance_days(counted, left, rule.unit, calendar)
    due = _rolled(rule, end, calendar)
    passed.append((counted + DAY, end))
    if rule.unit == WORKING_DAYS:
        _tell_holidays([found for a, b in passed for found in skipped(a, b, calendar)], steps)
    _tell_roll(end, due, calendar, steps)
    return due


def _rolled(rule: Rule, day: date, calendar: Calendar) -> date:
    if rule.roll == "none":
        return day
    return roll_forward(day, calendar, full=rule.roll == "forward_to_full_working_day")


def _tell_roll(end: date, due: date, calendar: Calendar, steps: list[Step]) -> None:
    while end < due:
        name, following = calendar.holiday_name(end), end + DAY
        why = "holiday" if name else "short" if calendar.is_working_day(end) else "closed"
        steps.append(_step("rolls", day=end.isoformat(), why=why, name=name or "", to=following.isoformat()))
        end = following


def _hours_start(started_at: datetime, calendar: Calendar) -> Step:
    begin = next_working_moment(started_at, calendar)
    open_now = begin == started_at
    return _step("counts_at", at=calendar.local(begin).isoformat(), open=open_now)


def _hours(
    started_at: datetime, total: int, calendar: Calendar, pauses: Sequence[Stop], steps: list[Step]
) -> datetime | None:
    cursor, left = started_at, float(total)
    names: dict[date, Any] = {}
    for pause in pauses:
        due, passed = advance(cursor, left, WORKING_HOURS, calendar)
        if pause.started_at >= due:
            break
        steps.append(_paused(pause, calendar, None))
        if pause.ended_at is None:
            return None
        left -= elapsed(cursor, pause.started_at, WORKING_HOURS, calendar)
        cursor = max(cursor, pause.ended_at)
    due, passed = advance(cursor, left, WORKING_HOURS, calendar)
    names |= {found.day: found for found in passed}
    _tell_holidays(list(names.values()), steps)
    return due


def _tell_holidays(found: Sequence[Any], steps: list[Step]) -> None:
    if found:
        steps.append(_step("skipped", days=[[item.day.isoformat(), item.name] for item in found]))


def _paused(pause: Stop, calendar: Calendar, days: int | None) -> Step:
    start = calendar.local(pause.started_at).isoformat()
    end = calendar.local(pause.ended_at).isoformat() if pause.ended_at else None
    return _step("paused", start=start, end=end, days=days, reason=pause.reason)


def _step(key: str, **params: Any) -> Step:
    return {"key": key, "params": params}


def running_time(started_at: datetime, until: datetime, pauses: Sequence[Stop]) -> timedelta:
    """How long the clock has really run, pauses left out."""
    total = until - started_at
    for pause in pauses:
        start, end = max(pause.started_at, started_at), min(pause.ended_at or until, until)
        total -= max(timedelta(), end - start)
    return total
