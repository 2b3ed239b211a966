"""From what is published nobody can tell a group of fewer than five."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.insights.suppress import LEAST, hidden, rounded

TABLES = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 200)), min_size=1, max_size=14)


@given(TABLES)
def test_no_small_group_is_shown_nor_follows_from_the_total(values):
    back, with_total = hidden(values)
    assert all(place in back for place, value in enumerate(values) if 0 < value < LEAST)
    if with_total or not back:
        assert with_total or not any(0 < v < LEAST for v in values)
        return
    # Whoever subtracts what is shown from the total knows the sum of what is hidden, and of no cell its value.
    group = [values[place] for place in back]
    others = len(group) - 1
    most = LEAST - 1 if max(group) < LEAST else sum(group)
    assert max(1, sum(group) - most * others) < min(most, sum(group) - others), (values, group)


@given(TABLES)
def test_nothing_is_hidden_where_no_group_is_small(values):
    grown = [value and value + LEAST for value in values]
    assert hidden(grown) == (frozenset(), False)


@pytest.mark.parametrize(
    ("values", "back", "with_total"),
    [
        ([100, 3, 50], {1, 2}, False),  # the smaller of the others goes too
        ([3], {0}, True),
        ([4, 4, 90], {0, 1, 2}, False),  # two fours: their sum, 8, would say so
        ([4, 4], {0, 1}, True),
        ([0, 7, 8], set(), False),
    ],
)
def test_a_second_cell_is_hidden_where_the_total_would_give_one_away(values, back, with_total):
    assert hidden(values) == (frozenset(back), with_total)


@given(st.integers(0, 10_000))
def test_a_rounded_count_stands_for_several(value):
    shown = rounded(value)
    if value < LEAST:
        assert shown is None
    else:
        assert shown % 5 == 0 and abs(shown - value) <= 2
