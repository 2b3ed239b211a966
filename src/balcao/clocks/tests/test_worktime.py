"""Counting working time: forwards, backwards, over lunch, holidays, leap days and clock changes."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from balcao.clocks.worktime import UNITS, WORKING_HOURS, NoWorkingTime, advance, elapsed, next_working_moment
from balcao.organization.worktime import Calendar

from .calendars import LISBON, NIGHT_SHIFT, ROUND_THE_CLOCK, SAO_PAULO, VITORIA

CALENDARS = [SAO_PAULO, VITORIA, LISBON, ROUND_THE_CLOCK, NIGHT_SHIFT]


def at(text: str, calendar: Calendar = SAO_PAULO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


@pytest.mark.parametrize(
    ("calendar", "start", "amount", "unit", "end"),
    [
        # inside lunch: the count begins at 13:00
        (SAO_PAULO, "2025-03-10T12:30", 1, "working_hours", "2025-03-10T14:00"),
        # Friday afternoon over the weekend
        (SAO_PAULO, "2025-03-07T16:00", 2, "working_hours", "2025-03-10T09:00"),
        # four hours fill the morning and end with it
        (SAO_PAULO, "2025-03-10T08:00", 4, "working_hours", "2025-03-10T12:00"),
        # over Easter in Brazil: Friday and Tiradentes' Monday are free
        (SAO_PAULO, "2025-04-17T16:30", 1, "working_hours", "2025-04-22T08:30"),
        # begun on a holiday
        (SAO_PAULO, "2025-07-09T10:00", 8, "working_hours", "2025-07-10T17:00"),
        (VITORIA, "2025-07-09T10:00", 7, "working_hours", "2025-07-10T09:00"),
        # Our Lady of Penha, the state's moving feast
        (VITORIA, "2025-04-25T10:00", 1, "working_days", "2025-04-29T10:00"),
        (LISBON, "2026-06-03T10:00", 2, "working_days", "2026-06-08T10:00"),
        # year's end, leap day
        (SAO_PAULO, "2024-12-31T10:00", 1, "working_days", "2025-01-02T10:00"),
        (SAO_PAULO, "2024-02-28T10:00", 1, "calendar_days", "2024-02-29T10:00"),
        (SAO_PAULO, "2024-02-29T10:00", 366, "calendar_days", "2025-03-01T10:00"),
        # in lunch, in days: counts as 13:00
        (SAO_PAULO, "2025-03-10T12:30", 1, "working_days", "2025-03-11T13:00"),
        # after closing it is already the next day's
        (SAO_PAULO, "2025-03-10T19:00", 1, "working_days", "2025-03-12T08:00"),
        # clocks: the same time of day, one real hour less or more
        (LISBON, "2025-03-29T10:00", 1, "calendar_days", "2025-03-30T10:00"),
        (ROUND_THE_CLOCK, "2025-03-29T12:00", 24, "working_hours", "2025-03-30T13:00"),
        (ROUND_THE_CLOCK, "2025-10-25T12:00", 24, "working_hours", "2025-10-26T11:00"),
        (SAO_PAULO, "2018-11-03T00:30", 1, "calendar_days", "2018-11-04T01:30"),  # 00:30 did not exist
    ],
)
def test_worked_examples(calendar: Calendar, start: str, amount: float, unit: str, end: str) -> None:
    assert advance(at(start, calendar), amount, unit, calendar)[0] == at(end, calendar)


def test_the_holidays_on_the_way_are_named() -> None:
    _, steps = advance(at("2025-04-17T16:30"), 1, "working_hours", SAO_PAULO)
    assert [(step.day.isoformat(), step.name) for step in steps] == [
        ("2025-04-18", "Sexta-feira Santa"),
        ("2025-04-21", "Tiradentes"),
    ]


def test_nothing_to_add_to_working_time_stays_where_it_is() -> None:
    assert advance(at("2025-03-10T12:00"), 0, "working_hours", SAO_PAULO)[0] == at("2025-03-10T12:00")
    assert advance(at("2025-03-10T12:01"), 0, "working_hours", SAO_PAULO)[0] == at("2025-03-10T13:00")


@pytest.mark.parametrize(("amount", "unit"), [(-1, "calendar_days"), (0.5, "working_days"), (1, "weeks")])
def test_what_is_no_amount_is_refused(amount: float, unit: str) -> None:
    with pytest.raises(ValueError):
        advance(at("2025-03-10T12:00"), amount, unit, SAO_PAULO)


@pytest.mark.parametrize("unit", ["working_days", "working_hours"])
def test_a_calendar_that_never_opens_is_an_error_not_a_loop(unit: str) -> None:
    with pytest.raises(NoWorkingTime):
        advance(at("2025-03-10T12:00"), 1, unit, Calendar("Europe/Lisbon", ((),) * 7))


def test_ten_years_are_counted_in_milliseconds() -> None:
    advance(at("2020-01-02T08:00"), 2_500, "working_days", SAO_PAULO)
    advance(at("2020-01-02T08:00"), 20_000, "working_hours", SAO_PAULO)
    began = time.process_time()
    advance(at("2020-01-02T08:00"), 20_000, "working_hours", SAO_PAULO)
    advance(at("2020-01-02T08:00"), 2_500, "working_days", SAO_PAULO)
    assert time.process_time() - began < 0.1


calendars = st.sampled_from(CALENDARS)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
quarters = st.integers(0, 2_000).map(lambda n: n / 4)
days = st.integers(0, 90)


@given(moments, quarters, quarters, calendars)
def test_working_hours_add_up(start: datetime, a: float, b: float, calendar: Calendar) -> None:
    halfway, _ = advance(start, a, WORKING_HOURS, calendar)
    assert advance(start, a + b, WORKING_HOURS, calendar)[0] == advance(halfway, b, WORKING_HOURS, calendar)[0]


@given(moments, quarters, calendars)
def test_elapsed_hours_undo_advance(start: datetime, amount: float, calendar: Calendar) -> None:
    assert elapsed(start, advance(start, amount, WORKING_HOURS, calendar)[0], WORKING_HOURS, calendar) == amount


@given(moments, days, st.sampled_from(["calendar_days", "working_days"]), calendars)
def test_elapsed_days_undo_advance(start: datetime, amount: int, unit: str, calendar: Calendar) -> None:
    assert elapsed(start, advance(start, amount, unit, calendar)[0], unit, calendar) == amount


@given(moments, st.integers(0, 90), st.sampled_from(UNITS), calendars)
def test_an_end_is_never_before_its_start_and_is_working_time(
    start: datetime, amount: int, unit: str, calendar: Calendar
) -> None:
    end, _ = advance(start, amount, unit, calendar)
    assert end >= start
    if unit != "calendar_days":
        day = calendar.local(end).date()
        open_then = [span for n in (-1, 0) for span in calendar.instants(day + timedelta(days=n))]
        assert any(opening <= end <= closing for opening, closing in open_then)


@given(moments, st.timedeltas(timedelta(), timedelta(days=9)), days, days, st.sampled_from(UNITS), calendars)
@settings(max_examples=200)
def test_later_or_longer_never_ends_earlier(
    start: datetime, wait: timedelta, amount: int, more: int, unit: str, calendar: Calendar
) -> None:
    first = advance(start, amount, unit, calendar)[0]
    assert advance(start, amount + more, unit, calendar)[0] >= first
    later = advance(start + wait, amount, unit, calendar)[0]
    if unit != WORKING_HOURS:  # a time of day that exists twice, or not at all, is a time of day all the same
        zone: ZoneInfo = calendar.zone
        assume(all(unambiguous(moment, zone) for moment in (start, start + wait, first, later)))
    assert later >= first


def unambiguous(moment: datetime, zone: ZoneInfo) -> bool:
    around = (moment - timedelta(hours=2), moment + timedelta(hours=2))
    return len({m.astimezone(zone).utcoffset() for m in around}) == 1


@given(moments, calendars)
def test_the_next_working_moment_is_one(moment: datetime, calendar: Calendar) -> None:
    found = next_working_moment(moment, calendar)
    assert found >= moment and next_working_moment(found, calendar) == found
