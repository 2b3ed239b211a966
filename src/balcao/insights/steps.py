"""Which grades are counted in what is published: those of months that are over, in steps.

A mean that moved with each grade would tell it to whoever looks every day. So a number of grades, and what a table's
rows leave of their total, only ever grows by `LEAST` grades or more at once. What is held back comes with a later
step; until then it is missing from its row alone. This follows from the grades and their months: a rebuild finds the
same."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .suppress import Blocks, hidden, small

CAUGHT_UP = timedelta(days=1)
"""After a month has ended: by then the last of its grades are counted."""


@dataclass(frozen=True)
class Grades:
    """So many, and their sum."""

    count: int = 0
    total: int = 0

    def __add__(self, other: Grades) -> Grades:
        return Grades(self.count + other.count, self.total + other.total)

    @property
    def mean(self) -> float | None:
        return round(self.total / self.count, 1) if self.count else None


NONE = Grades()


@dataclass(frozen=True)
class Released:
    """Of each row: its grades, or None while they are held back; and of all together."""

    rows: Sequence[Grades | None]
    total: Grades | None


def months_over(year: int, today: date, wait: timedelta = CAUGHT_UP) -> int:
    """How many months of the year are over, and were `wait` ago."""
    day = today - wait
    return 12 * (day.year > year) + (day.month - 1) * (day.year == year)


def released(keys: Sequence[Hashable], months: Iterable[Mapping[Hashable, Grades]], blocks: Blocks = ()) -> Released:
    """What is published of `keys` (rows, by name) after these months, in order."""
    told, held, new = ([NONE] * len(keys) for _ in range(3))
    whole, over = NONE, False
    for month in months:
        over = True
        new = [one + month.get(key, NONE) for one, key in zip(new, keys, strict=True)]
        step = sum(new, NONE)
        if not step.count or small(step.count):
            continue
        held = [old + come for old, come in zip(held, new, strict=True)]
        back = _back(held, blocks) | _back(new, blocks)
        told = [one if place in back else one + held[place] for place, one in enumerate(told)]
        held = [one if place in back else NONE for place, one in enumerate(held)]
        whole, new = whole + step, [NONE] * len(keys)
    rows = [
        None if not over or (not one.count and (held[place] + new[place]).count) else one
        for place, one in enumerate(told)
    ]
    return Released(rows, None if not over or (not whole.count and sum(new, NONE).count) else whole)


def _back(grades: Sequence[Grades], blocks: Blocks) -> frozenset[int]:
    return hidden([one.count for one in grades], blocks)[0]
