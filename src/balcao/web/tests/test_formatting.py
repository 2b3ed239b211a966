from datetime import UTC, date, datetime, timedelta

import pytest

from balcao.web.formatting import day_words, duration, moment_words, protocol, when

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "grouped"),
    [
        ("20260001234567", "2026.0001.2345-67"),
        ("2026-0001.234/57", "2026.0001.234-57"),
        (20260001, "20260001"),
        ("ABC-1", "ABC-1"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_protocol_number_is_grouped_to_be_read_out(number, grouped):
    assert protocol(number) == grouped


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (timedelta(days=2, hours=3, minutes=9), "2 days 3 hours"),
        (timedelta(hours=1, minutes=1), "1 hour 1 minute"),
        (45, "0 minutes"),
        (-3600, "1 hour"),
        (None, ""),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(value, words):
    assert duration(value) == words


@pytest.mark.parametrize(
    ("days", "words"), [(0, "today"), (1, "tomorrow"), (-1, "yesterday"), (3, "in 3 days"), (-31, "31 days ago")]
)
def test_a_near_day_is_told_as_a_distance(days, words):
    today = date(2026, 3, 10)
    assert day_words(today + timedelta(days=days), today) == words


def test_a_far_day_is_told_as_its_date():
    assert "2027" in day_words(date(2027, 1, 2), date(2026, 3, 10))


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (-timedelta(minutes=30), "in 30 minutes"),
    ],
)
def test_a_near_moment_is_told_as_a_distance(gap, words):
    assert moment_words(NOW - gap, NOW) == words


def test_when_keeps_the_exact_moment_for_machines_and_for_the_tooltip():
    html = when(NOW - timedelta(days=1), NOW)
    assert 'datetime="2026-03-09T12:00-03:00"' in html
    assert ">yesterday at " in html
    assert when(None) == ""


def test_a_moment_belongs_to_the_day_of_the_readers_clock_not_of_utc():
    late_evening = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)  # 22:00 on the 9th in São Paulo
    assert moment_words(late_evening, NOW).startswith("yesterday")
