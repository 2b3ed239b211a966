"""The one place that counts time: `advance` and its inverse `elapsed`, in the three units that promises are made in.

* ``calendar_days``: civil days of the calendar's time zone, whatever is open.
* ``working_days``: days on which the agency works at all.
* ``working_hours``: real hours inside the opening hours; a clock change inside them makes the day longer or shorter.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from balcao.organization.worktime import Calendar

CALENDAR_DAYS, WORKING_DAYS, WORKING_HOURS = UNITS = ("calendar_days", "working_days", "working_hours")
DAY = timedelta(days=1)
LONGEST_CLOSURE = 400


class NoWorkingTime(ValueError):
    """The calendar has no working time within the next 400 days: there is nothing to count."""


@dataclass(frozen=True)
class Step:
    """One thing that happened on the way: a holiday that was passed over. `day` is local."""

    day: date
    name: str


def advance(start: datetime, amount: float, unit: str, calendar: Calendar) -> tuple[datetime, list[Step]]:
    """The moment `amount` units after `start` (aware), in UTC, and the named holidays passed over on the way.

    Days keep the time of day. Working units first move the start to the next working moment, and end inside working
    time: a time of day at which the last day is closed becomes its next opening, or else its closing. Hours end as
    early as they can: four hours from 08:00 end at the closing for lunch, not at the opening after it.
    ValueError for a negative amount, an unknown unit or part of a day.
    """
    _check(amount, unit)
    if unit == WORKING_HOURS:
        end = _advance_hours(start.astimezone(UTC), timedelta(hours=amount), calendar)
        return end, skipped(calendar.local(start).date(), calendar.local(end).date(), calendar)
    begin = start.astimezone(UTC) if unit == CALENDAR_DAYS else next_working_moment(start, calendar)
    if not amount:
        return begin, []
    local = calendar.local(begin)
    day = advance_days(local.date(), int(amount), unit, calendar)
    end = calendar.utc(datetime.combine(day, local.time()))
    if unit == CALENDAR_DAYS:
        return end, []
    return _inside(end, day, calendar), skipped(calendar.local(start).date(), day, calendar)


def elapsed(start: datetime, end: datetime, unit: str, calendar: Calendar) -> float:
    """How much of `unit` lies between two moments (aware); whole days for day units; 0 when `end` is not after `start`.

    `elapsed(s, advance(s, n))` is n, for a working unit as for calendar days.
    """
    _check(0, unit)
    if end <= start:
        return 0
    if unit == WORKING_HOURS:
        return _elapsed_hours(start, end, calendar) / timedelta(hours=1)
    begin = start if unit == CALENDAR_DAYS else next_working_moment(start, calendar)
    return elapsed_days(calendar.local(begin).date(), calendar.local(end).date(), unit, calendar)


def advance_days(day: date, amount: int, unit: str, calendar: Calendar) -> date:
    """The date on which the `amount`-th counting day after `day` falls; `day` itself does not count."""
    if unit == CALENDAR_DAYS:
        return day + amount * DAY
    idle = 0
    while amount > 0:
        day += DAY
        if calendar.is_working_day(day):
            amount, idle = amount - 1, 0
        elif (idle := idle + 1) > LONGEST_CLOSURE:
            raise NoWorkingTime(calendar.timezone)
    return day


def elapsed_days(first: date, last: date, unit: str, calendar: Calendar) -> int:
    """Counting days after `first`, up to and including `last`; 0 when there are none."""
    if unit == CALENDAR_DAYS:
        return max(0, (last - first).days)
    return sum(calendar.is_working_day(first + n * DAY) for n in range(1, (last - first).days + 1))


def roll_forward(day: date, calendar: Calendar, *, full: bool = False) -> date:
    """`day`, or the first working day after it; with `full`, one that does not close early."""
    accepts = calendar.is_full_working_day if full else calendar.is_working_day
    for _ in range(LONGEST_CLOSURE):
        if accepts(day):
            return day
        day += DAY
    raise NoWorkingTime(calendar.timezone)


def next_working_moment(moment: datetime, calendar: Calendar) -> datetime:
    """`moment` when the agency is at work, else its next opening. UTC."""
    day = calendar.local(moment).date() - DAY  # a local midnight may belong to the day before
    for _ in range(LONGEST_CLOSURE):
        for opening, closing in calendar.instants(day):
            if moment < closing:
                return max(opening, moment.astimezone(UTC))
        day += DAY
    raise NoWorkingTime(calendar.timezone)


def skipped(first: date, last: date, calendar: Calendar) -> list[Step]:
    """Named holidays between two dates, both included, on days of the week when the agency would have worked."""
    days = (first + n * DAY for n in range((last - first).days + 1))
    return [Step(d, name) for d in days if calendar.weekly[d.weekday()] and (name := calendar.holiday_name(d))]


def _advance_hours(begin: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    day, idle = calendar.local(begin).date() - DAY, 0
    while True:
        for opening, closing in calendar.instants(day):
            idle = 0
            if closing < begin:
                continue
            here = max(opening, begin)
            if amount <= closing - here:
                return here + amount
            amount -= closing - here
        day += DAY
        if (idle := idle + 1) > LONGEST_CLOSURE:
            raise NoWorkingTime(calendar.timezone)


def _elapsed_hours(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    total, day, last = timedelta(), calendar.local(start).date() - DAY, calendar.local(end).date()
    while day <= last:
        for opening, closing in calendar.instants(day):
            total += max(timedelta(), min(closing, end) - max(opening, start))
        day += DAY
    return total


def _inside(moment: datetime, day: date, calendar: Calendar) -> datetime:
    hours = calendar.instants(day)
    for opening, closing in hours:
        if moment <= closing:
            return max(moment, opening)
    return hours[-1][1]


def _check(amount: float, unit: str) -> None:
    if unit not in UNITS:
        raise ValueError(f"unknown unit: {unit!r}")
    if amount < 0 or (unit != WORKING_HOURS and amount != int(amount)):
        raise ValueError(f"not an amount of {unit}: {amount!r}")
