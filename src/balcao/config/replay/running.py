"""The run: which rows are new, batches that commit, a count of what was refused and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from .batches import BATCH, Commit, alone, batches, history_only, in_order, one_by_one, unknown
from .bulk import Composer, Placed
from .columns import COLUMNS, Demand, Unfit, rows, understand
from .counting import Tally, paper
from .lives import Unusual
from .making import City
from .playing import districts, play, where
from .repeats import Seen
from .writing import WRITERS, Writers

BULK = 1000  # demands a transaction of the bulk path; the live stream waits meanwhile


def run(
    city: City,
    path: Path,
    *,
    limit: int | None,
    tick: Callable[[Tally], None] = lambda tally: None,
    refused: Path | None = None,
    bulk: bool = True,
) -> Tally:
    """Replay up to `limit` demands that are not here yet (None: all), in the file's order. Ctrl-C ends it in order.

    In bulk, or each through the normal actions: the rows are the same. Rows that are no demands go to `refused`, a CSV
    file, with their line and the reason. Two runs into one agency at once are refused: Trouble."""
    tally, started, cpu = Tally(), time.monotonic(), time.process_time()
    way = _in_bulk(city, limit) if bulk else nullcontext(one_by_one(partial(play, city)))
    with (
        history_only(),
        alone(city.agency),
        paper(refused, list(COLUMNS.values())) as tally.paper,
        way as commit,
        in_order(tally),
    ):
        for batch in batches(_new(city, path, tally), limit, tally, BULK if bulk else BATCH):
            commit(batch, tally)
            tally.seconds = time.monotonic() - started
            tick(tally)
    tick(tally)
    tally.seconds, tally.cpu_seconds = time.monotonic() - started, time.process_time() - cpu
    return tally


def _new(city: City, path: Path, tally: Tally) -> Iterator[Demand]:
    waiting: list[Demand] = []
    seen = Seen()
    for line, row in rows(path):
        tally.rows += 1
        try:
            demand = understand(line, row)
            if not seen.add(demand.key):
                raise Unfit("repeats an earlier row exactly")
        except Unfit as reason:
            tally.refuse(str(reason), line, list(row.values()))
            continue
        waiting.append(demand)
        if len(waiting) == BULK:
            yield from unknown(city.agency, waiting, tally)
            waiting = []
    yield from unknown(city.agency, waiting, tally)


@contextmanager
def _in_bulk(city: City, limit: int | None) -> Iterator[Commit[Demand]]:
    """A way to commit a batch: all its rows in one transaction (on a slow machine in several), beside the composing of
    the next ones. What does not go the usual way is left to the actions."""
    composer = Composer(city)
    playing = one_by_one(partial(play, city))
    with Writers(composer.tables, city.agency) as writers:

        def commit(batch: list[Demand], tally: Tally) -> None:
            placed: list[Placed] = []
            others: list[Demand] = []
            for demand, slug in zip(batch, districts(city, batch), strict=True):
                try:
                    placed.append(composer.placed(demand, *where(city, demand, slug)))
                except Unfit as reason:
                    tally.refuse(str(reason), demand.line, demand.cells)
                except Unusual:
                    others.append(demand)
            step = -(-len(placed) // writers.parts) or 1
            for start in range(0, len(placed), step):
                part = placed[start : start + step]
                writers.send(composer.compose(part), partial(_count, part, tally))
            if others:
                playing(others, tally)
            if limit is not None and tally.opened + BULK * (WRITERS + 2) > limit:
                writers.settle()  # near the end it counts exactly what is there

        yield commit


def _count(placed: list[Placed], tally: Tally) -> None:
    for one in placed:
        tally.count(one.demand, one.shape.moved, one.elsewhere)
