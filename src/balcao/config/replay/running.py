"""The run: which rows are new, batches that commit, a count of what was refused and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from .batches import BATCH, alone, batches, history_only, in_order, one_by_one, unknown
from .bulk import Composer
from .columns import COLUMNS, Demand, Unfit, rows, understand
from .committing import BULK, in_bulk
from .counting import Tally, paper
from .making import City
from .playing import LOCALE, matters, play
from .repeats import Seen


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
    acting = one_by_one(partial(play, city))
    composer: Composer[Demand] = Composer(city.agency, locale=LOCALE)
    way = in_bulk(composer, partial(matters, city), acting, limit) if bulk else nullcontext(acting)
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
