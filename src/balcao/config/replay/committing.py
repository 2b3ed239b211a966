"""Batches of any file in bulk: what goes the usual way by COPY, what does not through the actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from balcao.platform.errors import Refusal

from .batches import Commit, why
from .bulk import Composer, Placed
from .columns import Unfit
from .counting import Tally
from .matters import D, Matters, Unusual
from .writing import WRITERS, Writers

BULK = 1000  # demands a transaction of the bulk path; the live stream waits meanwhile


@contextmanager
def in_bulk(composer: Composer[D], matters: Matters[D], acting: Commit[D], limit: int | None) -> Iterator[Commit[D]]:
    """A way to commit a batch: all its rows in one transaction (on a slow machine in several), beside the composing of
    the next ones. What does not go the usual way is left to `acting`."""
    with Writers(composer.tables, composer.agency) as writers:

        def commit(batch: list[D], tally: Tally) -> None:
            placed: list[Placed[D]] = []
            others: list[D] = []
            for demand, matter in zip(batch, matters(batch), strict=True):
                try:
                    placed.append(composer.placed(matter()))
                except (Unfit, Refusal) as error:
                    tally.refuse(why(error), demand.line, demand.cells)
                except Unusual:
                    others.append(demand)
            step = -(-len(placed) // writers.parts) or 1
            for start in range(0, len(placed), step):
                part = placed[start : start + step]
                writers.send(composer.compose(part), partial(_count, part, tally))
            if others:
                acting(others, tally)
            if limit is not None and tally.opened + BULK * (WRITERS + 2) > limit:
                writers.settle()  # near the end it counts exactly what is there

        yield commit


def _count(placed: Sequence[Placed[D]], tally: Tally) -> None:
    for one in placed:
        tally.count(one.matter.demand, one.shape.moved, one.matter.elsewhere)
