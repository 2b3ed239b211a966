"""From what is published nobody can tell a group of fewer than five: not from its number, nor from the total less the
others, nor from a share of a larger group."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from balcao.insights.models import Cell
from balcao.insights.steps import Grades, released
from balcao.insights.suppress import COARSE, LEAST, hidden, hidden_shares, joined, rounded, small, small_share
from balcao.insights.tables import COUNTS, HIDDEN, SHARES, _shown

COUNT = st.one_of(st.integers(0, 9), st.integers(0, 200))
ROWS = st.lists(COUNT, min_size=1, max_size=14)


@given(ROWS)
def test_no_small_group_is_shown_nor_follows_from_the_total(values):
    back, with_total = hidden(values)
    assert all(place in back for place, value in enumerate(values) if small(value))
    assert with_total == small(sum(values))
    if with_total or not back:
        return
    # Whoever subtracts what is shown from the total knows the sum of what is hidden: no small group, and of no cell
    # its value.
    group = [values[place] for place in back]
    least, most = (0, sum(group)) if len(back) == len(values) else (1, LEAST - 1 if max(group) < LEAST else sum(group))
    assert sum(group) >= LEAST
    others = len(group) - 1
    assert max(least, sum(group) - most * others) < min(most, sum(group) - least * others), (values, group)


@pytest.mark.parametrize("rows", [2, 3, 4])
def test_where_all_is_hidden_the_total_has_many_stories(rows):
    """Whoever sees that every row is hidden, and the total, finds more than one value possible for each row, also if
    they know these rules: all tables with a total of up to 24."""
    met = 0
    for total in range(LEAST, 25):
        alike = [values for values in _tables(rows, total) if hidden(values) == (frozenset(range(rows)), False)]
        assert all(len(set(column)) > 1 for column in zip(*alike, strict=True)), alike
        met += len(alike)
    assert met


def _tables(rows, total):
    if rows == 1:
        yield (total,)
        return
    for value in range(total + 1):
        for rest in _tables(rows - 1, total - value):
            yield (value, *rest)


@given(ROWS)
def test_nothing_is_hidden_where_no_group_is_small(values):
    grown = [value and value + LEAST for value in values]
    assert hidden(grown) == (frozenset(), False)


@pytest.mark.parametrize(
    ("values", "back", "with_total"),
    [
        ([100, 3, 50], {1, 2}, False),  # the smaller of the others goes too
        ([3], {0}, True),
        ([1, 1, 1, 0], {0, 1, 2, 3}, True),  # three of three: the zero would say that each has one
        ([4, 4, 90], {0, 1, 2}, False),  # two fours: their sum, 8, would say so
        ([4, 4], {0, 1}, False),
        ([2, 1, 60, 70], {0, 1, 2}, False),  # the two are three together: a small group as well
        ([0, 7, 8], set(), False),
    ],
)
def test_a_second_cell_is_hidden_where_the_total_would_give_one_away(values, back, with_total):
    assert hidden(values) == (frozenset(back), with_total)


CELL = st.builds(
    lambda opened, solved, rest, late, early, graded, grade: Cell(
        opened=opened, answered=solved + rest, solved=solved, measured=min(solved + rest, late + early),
        within=min(solved + rest, late + early) - min(late, solved + rest), reopened=late, graded=graded,
        grades_sum=graded * grade, median=300, p90=500, open=0,
    ),
    COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, st.integers(0, 10),
)  # fmt: skip


@given(st.lists(CELL, min_size=2, max_size=8))
def test_no_number_of_a_table_follows_from_its_other_numbers(cells):
    """Counts and shares of one table as linear equations: each row's counts, each share of them, and the totals, taken
    as exact as they can be known. What they leave over for the hidden rows is no small group."""
    assume(all(0 <= c.within <= c.measured for c in cells))
    grades = released(range(len(cells)), [{n: Grades(c.graded, c.grades_sum) for n, c in enumerate(cells)}]).rows
    rows = _shown(cells, grades, exact=True)
    for measure in (*COUNTS, "graded"):
        values = [getattr(cell, measure) for cell in cells]
        left = sum(v for v, row in zip(values, rows, strict=True) if row[measure] is HIDDEN)
        assert small(sum(values)) or not small(left), (measure, values)
        assert not any(small(row[measure]) for row in rows if row[measure] is not HIDDEN)
    for share, whole in SHARES.items():
        pairs = [(getattr(cell, share), getattr(cell, whole)) for cell in cells]
        for row, pair in zip(rows, pairs, strict=True):
            assert row[share] is HIDDEN or not small_share(*pair)
            assert row["answered"] is not HIDDEN or row[share] is HIDDEN
        if small_share(sum(p for p, _w in pairs), sum(w for _p, w in pairs)):
            continue  # the total's share is not shown, and nothing is known of the sum
        back = [pair for pair, row in zip(pairs, rows, strict=True) if row[share] is HIDDEN]
        part = sum(p for p, _w in back)
        assert not small(part) and not small(sum(w for _p, w in back) - part), (share, pairs)
    for row, cell in zip(rows, cells, strict=True):
        assert row["grade"] is HIDDEN or not small(cell.graded)
        assert row["p90_days"] is HIDDEN or cell.answered == 0 or cell.answered >= 2 * LEAST


def test_things_that_hang_together_are_found():
    pairs = [(1, "a"), (2, "b"), (3, "c"), (2, "a"), (4, "c")]
    assert joined(pairs) == [({1, 2}, {"a", "b"}), ({3, 4}, {"c"})]
    assert joined([]) == []


CROSS = st.dictionaries(st.tuples(st.integers(0, 7), st.integers(10, 16)), st.integers(1, 40), min_size=1, max_size=12)


@given(CROSS)
@example({(0, 10): 3, (1, 10): 7, (2, 11): 5, (3, 11): 30})  # all of area 10 but service 1 is service 0
def test_no_number_follows_from_the_services_and_the_areas_together(cells):
    """Services 0 to 7, areas 10 to 16: who reads both tables, knows the total, and knows which services and areas have
    to do with each other only, has a system of linear equations. It determines no small group."""
    groups = joined(cells)
    equations, unknown = [], {}
    for side in (0, 1):
        names = sorted({pair[side] for pair in cells})
        values = [sum(n for pair, n in cells.items() if pair[side] == name) for name in names]
        back, total = hidden(values, [{names.index(name) for name in group[side]} for group in groups])
        unknown |= {names[place]: values[place] for place in back}
        equations += [] if total else [set(names)]
    equations += [lefts | rights for lefts, rights in groups]
    told = _determined([[(name in row) * (1 if name < 10 else -1) for name in unknown] for row in equations])
    assert not [name for place, name in enumerate(unknown) if place in told and small(unknown[name])], (cells, unknown)


def _determined(rows: list[list[int]]) -> set[int]:
    """Which unknowns of a homogeneous linear system have one value only, by Gauss and Jordan."""
    left, found = [[Fraction(n) for n in row] for row in rows], set()
    done: list[list[Fraction]] = []
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in left if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        pivot = [n / pivot[column] for n in pivot]

        def less(row, pivot=pivot, column=column):
            return [a - row[column] * b for a, b in zip(row, pivot, strict=True)]

        left, done = [less(row) for row in left], [*(less(row) for row in done), pivot]
    for row in done:
        if sum(map(bool, row)) == 1:
            found.add(next(place for place, n in enumerate(row) if n))
    return found


def test_a_share_of_two_measured_among_forty_is_not_shown():
    assert hidden_shares([(2, 2), (30, 40), (20, 50)], ()) == {0, 1}
    assert hidden_shares([(36, 40), (30, 40), (20, 50)], ()) == {0, 1}  # four were late
    assert hidden_shares([(40, 40), (30, 40)], ()) == frozenset()


def test_in_a_rounded_row_no_share_and_no_mean_tells_the_exact_number():
    """Every number of answers up to 150, with every number of them solved, and every sum of grades."""
    stories = defaultdict(set)
    for answered in range(LEAST, 150):
        for solved in range(answered + 1):
            cell = _cell(answered=answered, solved=solved, measured=answered, within=solved)
            (row,) = _shown([cell], [None], exact=False)
            stories[row["answered"], row["solved"]].add(answered)
    assert any(share is not HIDDEN for _n, share in stories)
    for (shown, share), possible in stories.items():
        assert len(possible) > 1, (shown, share, possible)
        assert share is HIDDEN or shown >= COARSE
    means = defaultdict(set)
    for graded in range(LEAST, 40):
        for total in range(10 * graded + 1):
            (row,) = _shown([_cell()], [Grades(graded, total)], exact=False)
            means[row["graded"], row["grade"]].add(graded)
    assert all(len(possible) > 1 for (_n, grade), possible in means.items() if grade not in (0.0, 10.0))


def _cell(**values):
    zero = dict.fromkeys(("opened", "answered", "solved", "measured", "within", "reopened", "graded", "grades_sum"), 0)
    return Cell(day=date(2026, 1, 1), **zero | values)


@given(st.integers(LEAST, 10_000))
def test_a_rounded_count_stands_for_several(value):
    assert rounded(value) % 5 == 0 and abs(rounded(value) - value) <= 2
