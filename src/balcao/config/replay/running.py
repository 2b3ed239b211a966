"""The run: which rows are new, batches that commit, a count of what was refused and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.db import connection, transaction
from psycopg.rows import tuple_row

from .batches import BATCH, Commit, alone, batches, history_only, one_by_one, unknown
from .bulk import Composer, Placed, Unusual
from .columns import COLUMNS, Demand, Unfit, rows, understand
from .counting import Tally, paper
from .making import City
from .playing import play, where

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
    with history_only(), alone(city.agency), paper(refused, list(COLUMNS.values())) as tally.paper:
        commit = _in_bulk(city) if bulk else one_by_one(partial(play, city))
        try:
            for batch in batches(_new(city, path, tally), limit, tally, BULK if bulk else BATCH):
                commit(batch, tally)
                tally.seconds = time.monotonic() - started
                tick(tally)
        except KeyboardInterrupt:
            tally.interrupted = True
    tally.seconds, tally.cpu_seconds = time.monotonic() - started, time.process_time() - cpu
    return tally


def _new(city: City, path: Path, tally: Tally) -> Iterator[Demand]:
    waiting: list[Demand] = []
    seen: set[int] = set()  # eight bytes of each key: forty megabytes for a million rows
    for line, row in rows(path):
        tally.rows += 1
        try:
            demand = understand(line, row)
            if (mark := int(demand.key[:16], 16)) in seen:
                raise Unfit("repeats an earlier row exactly")
        except Unfit as reason:
            tally.refuse(str(reason), line, list(row.values()))
            continue
        seen.add(mark)
        waiting.append(demand)
        if len(waiting) == BULK:
            yield from unknown(city.agency, waiting, tally)
            waiting = []
    yield from unknown(city.agency, waiting, tally)


def _in_bulk(city: City) -> Commit[Demand]:
    composer = Composer(city)
    playing = one_by_one(partial(play, city))

    def commit(batch: list[Demand], tally: Tally) -> None:
        """All rows of the batch in one transaction; what does not go the usual way is left to the actions."""
        placed, others = [], []
        for demand in batch:
            try:
                place, elsewhere = where(city, demand)
                composer.usual(demand, place)
                placed.append(Placed(demand, place, elsewhere))
            except Unfit as reason:
                tally.refuse(str(reason), demand.line, demand.cells)
            except Unusual:
                others.append(demand)
        if placed:
            with transaction.atomic():
                rows = composer.compose(placed)
                with connection.connection.cursor(row_factory=tuple_row) as cursor:
                    composer.send(rows, cursor)
        for one in placed:
            tally.count(one.demand, city.ruled[one.demand.service] != one.demand.body, one.elsewhere)
        if others:
            playing(others, tally)

    return commit
