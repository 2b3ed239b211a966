"""What a published table keeps to itself, so that no small group can be told from it.

A group under `LEAST` is never shown. In a table whose total is published, whatever is hidden must not follow from the
total: further cells, the smallest first, are hidden until it does not. Tables of two dimensions at once would have to
be protected in both directions and against each other: their counts are rounded to `ROUND` instead, so that no
difference is exact."""

from __future__ import annotations

from collections.abc import Sequence

LEAST = 5
ROUND = 5


def small(value: int) -> bool:
    """A group that may not be shown. None at all (0) may."""
    return 0 < value < LEAST


def hidden(values: Sequence[int]) -> tuple[frozenset[int], bool]:
    """Which of these (by place) to hide, and whether to hide their total too."""
    kept_back = {place for place, value in enumerate(values) if small(value)}
    others = sorted((place for place, value in enumerate(values) if value >= LEAST), key=lambda p: (values[p], p))
    total = small(sum(values))
    while kept_back and not total and _follows([values[place] for place in kept_back]):
        if not others:
            total = True
            break
        kept_back.add(others.pop(0))
    if total:
        kept_back = {place for place, value in enumerate(values) if value}
    return frozenset(kept_back), total


def _follows(group: Sequence[int]) -> bool:
    """Whether somebody who knows the sum of the hidden cells, and these rules, knows one of them."""
    if len(group) == 1:
        return True
    all_small = max(group) < LEAST
    return all_small and sum(group) in (len(group), (LEAST - 1) * len(group))


def rounded(value: int) -> int | None:
    """For a table of two dimensions: to the nearest `ROUND`; None for what is too small to be shown, or nothing."""
    return None if value < LEAST else ROUND * ((value + ROUND // 2) // ROUND)
