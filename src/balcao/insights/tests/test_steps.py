"""Whoever reads the published grades again and again, every day, learns nobody's grade."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.insights.models import Cell, Follower
from balcao.insights.steps import Grades, months_over, released
from balcao.insights.suppress import LEAST, small
from balcao.insights.tables import HIDDEN, table
from tests.world import make_world

GIVEN = st.one_of(st.integers(0, 6), st.integers(0, 40)).map(lambda n: Grades(n, 7 * n))
MONTHS = st.integers(1, 6).flatmap(
    lambda rows: st.lists(st.lists(GIVEN, min_size=rows, max_size=rows), min_size=1, max_size=12)
)


@given(MONTHS)
def test_between_two_months_every_published_number_grows_by_no_small_group(months):
    """Nor does what the total leaves over for the rows that are held back."""
    keys = range(len(months[0]))
    told = [dict(enumerate(month)) for month in months]
    before, all_before, left_before = [0] * len(keys), 0, 0
    for upto in range(1, len(months) + 1):
        found = released(keys, told[:upto])
        now, whole = [one.count if one else 0 for one in found.rows], found.total.count if found.total else 0
        steps = [new - old for new, old in zip(now, before, strict=True)]
        left = whole - sum(now)
        assert left >= 0 and all(step >= 0 and not small(step) for step in [*steps, whole - all_before])
        assert not small(left)
        come = left + sum(steps) - left_before  # all that is new: to whom it went, or that it is held back
        assert come == whole - all_before
        if not any(steps):
            assert not small(left - left_before)
        before, all_before, left_before = now, whole, left


def test_what_is_held_back_comes_with_a_later_step_and_is_not_zero_until_then():
    months = [{"a": Grades(3, 30), "b": Grades(20, 100)}, {"a": Grades(3, 0), "b": Grades(9, 9)}]
    assert released(["a", "b"], []).rows == [None, None]
    first = released(["a", "b"], months[:1])
    assert first.rows == [None, None] and first.total == Grades(23, 130)  # b is what a leaves of the total
    assert released(["a", "b"], [*months, {"a": Grades(6, 60), "b": Grades(5, 5)}]).rows == [
        Grades(12, 90),
        Grades(34, 114),
    ]
    assert released(["a"], [{}]).rows == [Grades()] and released(["a"], [{"a": Grades(4, 4)}]).rows == [None]


def test_a_month_is_over_a_day_after_its_end():
    assert [months_over(2026, day) for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2))] == [0, 0, 1]
    assert [months_over(2026, date(2027, 1, n)) for n in (1, 2)] == [11, 12]
    assert months_over(2027, date(2026, 6, 1)) == 0


@pytest.mark.django_db
def test_an_observer_of_two_successive_days_cannot_compute_a_grade():
    """One grade a day for half a year, of one channel by turns of another; every table of every day."""
    world = make_world()
    Follower.objects.update_or_create(pk=1, defaults={"generation": 1})
    day, last = date(2026, 1, 1), dict[tuple[str, object], tuple[object, object]]()
    seen = set()
    for n in range(183):
        _graded(world.agency.pk, day, "portal" if n % 9 else "email", n % 11)
        day += timedelta(days=1)
        for code in ("city-month", "city-channel"):
            found = table(world.agency, code, 2026, today=day)
            for row in [*found.rows, found.total]:
                shown = row.figures["graded"], row.figures["grade"]
                old = last.get((code, row.key), shown)
                seen.add(shown[1])
                if shown != old and old[0] is not HIDDEN:
                    assert shown[0] is not HIDDEN and shown[0] - old[0] >= LEAST, (code, row.key, day)
                last[code, row.key] = shown
    assert HIDDEN in seen and len(seen) > 5, "they are published all the same"


def _graded(agency: int, day: date, channel: str, score: int) -> None:
    for view, of in (("city", ""), ("channel", channel)):
        for grain, start in (("m", day.replace(day=1)), ("y", day.replace(month=1, day=1))):
            key = {"generation": 1, "agency_id": agency, "view": view, "grain": grain, "day": start,
                   "service_id": 0, "area_id": 0, "place_id": 0, "channel": of}  # fmt: skip
            zero = dict.fromkeys(("opened", "answered", "measured", "within", "solved", "reopened", "open"), 0)
            cell, _new = Cell.objects.get_or_create(
                **key, defaults={**zero, "graded": 0, "grades_sum": 0, "grades": [0] * 11}
            )
            Cell.objects.filter(pk=cell.pk).update(graded=cell.graded + 1, grades_sum=cell.grades_sum + score)
