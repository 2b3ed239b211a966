"""A city's past brought along in bulk, beside COPY of exactly the same rows, already composed, into the same tables.

The ratio says what reading, checking, placing, numbering, encrypting and composing cost. Both write with the product's
own writers: the same connections, batches and transactions, with indexes, foreign keys and full text live."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .harness import Figure, Goal, Run
from .house import House

DEMANDS = 30_000
GOAL = Goal(10_000)
SAMPLE = Path(__file__).parents[1] / "src/balcao/config/replay/tests/fixtures/sp156-sample.csv"


def figures(house: House) -> Iterable[Figure]:
    """Each run into an agency of its own, so that all write the same."""
    from balcao.config.replay.committing import BULK
    from balcao.config.replay.making import City, make_city, survey
    from balcao.config.replay.running import run
    from balcao.config.replay.writing import WRITERS

    path, districts = _file(house)
    seen, number = survey(path), iter(range(1_000))

    def city() -> City:
        return make_city(seen, slug=f"bulk-{next(number)}", districts=districts)

    def product() -> Run:
        tally = run(city(), path, limit=DEMANDS)
        return Run(tally.opened / tally.seconds)

    figure = Figure(
        "demands replayed in bulk",
        f"`balcao replay` of the first {DEMANDS:,} demands of {path.name}, {BULK:,} a transaction",
        f"COPY of the same rows, already composed, on the same {WRITERS} connections",
        goal=GOAL,
    )
    run(city(), path, limit=BULK)  # warm
    yield figure.measure(product, lambda: _ceiling(city(), path, figure.notes))


def _file(house: House) -> tuple[Path, Path | None]:
    """The whole file where BALCAO_REPLAY_DATA names its folder; else the sample again and again, of other houses."""
    whole = Path(os.environ.get("BALCAO_REPLAY_DATA", "")) / "sp156-2015-2018.csv.gz"
    if whole.exists():
        return whole, whole.with_name("sao-paulo-districts.geojson")
    target = house.home / "sp156-sample-again-and-again.csv"
    with SAMPLE.open(encoding="utf-8", newline="") as sample, target.open("w", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(sample)
        number, writer = header.index("Número"), csv.writer(file)
        writer.writerow(header)
        for again in range(DEMANDS // len(rows) * 2):
            writer.writerows([*row[:number], f"{again + 1}.0", *row[number + 1 :]] for row in rows)
    return target, None


def _ceiling(city: Any, path: Path, notes: dict[str, Any]) -> Run:
    from balcao.config.replay.batches import history_only
    from balcao.config.replay.bulk import Composer
    from balcao.config.replay.columns import Demand
    from balcao.config.replay.committing import BULK
    from balcao.config.replay.playing import LOCALE
    from balcao.config.replay.writing import Writers

    composer: Composer[Demand] = Composer(city.agency, locale=LOCALE)
    with history_only():
        ready = [composer.compose(batch) for batch in _batches(city, composer, path, BULK)]
    notes["rows_of_a_demand"] = round(sum(lines.count(b"\n") for rows in ready for lines in rows.values()) / DEMANDS, 1)
    notes["bytes_of_a_demand"] = round(sum(len(lines) for rows in ready for lines in rows.values()) / DEMANDS)
    started = time.monotonic()
    with Writers(composer.tables, city.agency) as writers:
        for rows in ready:
            writers.send(rows, lambda: None)
    return Run(DEMANDS / (time.monotonic() - started))


def _batches(city: Any, composer: Any, path: Path, size: int) -> Iterator[list[Any]]:
    from balcao.config.replay.columns import Unfit, rows, understand
    from balcao.config.replay.playing import matters

    seen: set[str] = set()
    batch: list[Any] = []
    for line, row in rows(path):
        try:
            demand = understand(line, row)
            matter = matters(city, [demand])[0]()
        except Unfit:
            continue
        if demand.key not in seen:
            seen.add(demand.key)
            batch.append(composer.placed(matter))
        if len(batch) == size:
            yield batch
            batch = []
        if len(seen) == DEMANDS:
            return
