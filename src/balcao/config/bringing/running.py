"""The import: a look through the whole file, what it needs is made, and its demands come in."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.utils import timezone, translation

from balcao.cases.models import Case
from balcao.config.replay.batches import BATCH, Commit, alone, batches, history_only, in_order, one_by_one, unknown, why
from balcao.config.replay.bulk import Composer
from balcao.config.replay.columns import Unfit
from balcao.config.replay.committing import BULK, in_bulk
from balcao.config.replay.counting import Demand, Tally
from balcao.config.replay.repeats import Seen
from balcao.organization.models import Agency
from balcao.platform.errors import Refusal

from .ground import Ground
from .living import live
from .mapping import CaseMapping
from .matters import Matters
from .reading import Past, Rows, Understanding

LOOK = 500  # rows that are looked up at once
SHOW = 500  # rows between two looks at how far the first reading is


@dataclass
class Brought(Tally):
    """What an import did, or (dry) would do. Every row was opened, was known, or was refused; with `limit` or after
    Ctrl-C some were not reached."""

    total: int = 0
    """Rows of the file."""
    dry: bool = False
    notes: Counter[str] = field(default_factory=Counter)
    """What had to be left out of demands that were opened."""
    words: Mapping[str, Counter[str]] = field(default_factory=dict)
    """What nothing knows, by column."""
    new: dict[str, list[str]] = field(default_factory=dict)
    """What the file needs that was not there: groups, services, areas, districts, by name."""
    made: int = 0
    """How many of them are there by now."""
    people: int = 0

    def count(self, demand: Demand, moved: bool, elsewhere: bool) -> None:
        super().count(demand, moved, elsewhere)
        if isinstance(demand, Past):
            self.notes.update(demand.notes)
            self.people += not demand.anonymous

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {
            "dry_run": self.dry,
            "rows_in_the_file": self.total,
            "left_out": dict(self.notes.most_common()),
            "unknown_words": {what: dict(words.most_common()) for what, words in self.words.items()},
            "new": self.new,
            "with_a_person": self.people,
        }


def bring(
    agency: Agency,
    mapping: CaseMapping,
    path: Path,
    *,
    limit: int | None = None,
    dry: bool = False,
    tick: Callable[[str, Brought], None] = lambda part, tally: None,
    refused: Path | None = None,
    bulk: bool = True,
    now: datetime | None = None,
) -> Brought:
    """Bring up to `limit` demands of the file that are not here yet (None: all), each at its real moments; nobody is
    told. In bulk, or each through the normal actions: the rows are the same. Ctrl-C ends it in order, and the next run
    goes on there. `dry`: nothing is written but `refused`, the rows that are no demands, each with its line and the
    reason.

    Trouble when the file and the mapping do not fit. Two runs into one agency at once are refused."""
    now = now or timezone.now()
    rows, understanding = Rows(path, mapping), Understanding(mapping, agency, now)
    tally, started = Brought(dry=dry), time.monotonic()
    with (
        translation.override("en"), history_only(), alone(agency), rows.paper(refused) as tally.paper,
    ):  # fmt: skip
        ground = Ground(agency, mapping, understanding)
        with in_order(tally):
            _look_through(rows, understanding, ground, tally, tick)
            for made in () if dry else ground.make():
                if tally.interrupted:
                    break
                tally.made = made
                tick("make", tally)
            understanding.words.clear()
            tally.words = understanding.words
            started, cpu = time.monotonic(), time.process_time()
            acting: Commit[Past] = one_by_one(lambda past: live(ground, past, now))
            way: AbstractContextManager[Commit[Past]] = nullcontext(_tried(ground) if dry else acting)
            if bulk and not dry:
                composer: Composer[Past] = Composer(agency, locale=agency.locale, now=now)
                way = in_bulk(composer, Matters(ground), acting, limit)
            size = LOOK if dry else BULK if bulk else BATCH
            with way as commit:
                for batch in batches(_new(agency, rows, understanding, tally), limit, tally, size):
                    commit(batch, tally)
                    tally.seconds = time.monotonic() - started
                    tick("demands", tally)
            tick("demands", tally)
            tally.seconds, tally.cpu_seconds = time.monotonic() - started, time.process_time() - cpu
    return tally


def _look_through(
    rows: Rows, understanding: Understanding, ground: Ground, tally: Brought, tick: Callable[[str, Brought], None]
) -> None:
    """Which services, areas and districts the file needs that are not there."""
    for line, cells, row in rows:
        tally.total += 1
        with suppress(Unfit, Refusal):  # told when its turn comes
            ground.find(understanding.demand(line, cells, row))
        if tally.total % SHOW == 0:
            tally.new = ground.names()
            tick("look", tally)
            if tally.interrupted:
                return
    tally.new = ground.names()
    tick("looked", tally)


def _tried(ground: Ground) -> Commit[Past]:
    def commit(batch: list[Past], tally: Tally) -> None:
        for past in batch:
            try:
                tally.count(past, False, ground.find(past).elsewhere)
            except (Unfit, Refusal) as error:
                tally.refuse(why(error), past.line, past.cells)

    return commit


def _new(agency: Agency, rows: Rows, understanding: Understanding, tally: Brought) -> Iterator[Past]:
    channels = list(Case.objects.filter(agency=agency).values_list("channel", flat=True).distinct())
    waiting: list[Past] = []
    seen = Seen()
    for line, cells, row in rows:
        tally.rows += 1
        try:
            past = understanding.demand(line, cells, row)
            if not seen.add(blake2b(past.key.encode(), digest_size=8).hexdigest()):
                numbered = "number" in row
                raise Unfit("repeats the number of an earlier row" if numbered else "repeats an earlier row exactly")
        except Unfit as reason:
            tally.refuse(str(reason), line, cells)
            continue
        waiting.append(past)
        if len(waiting) == LOOK:
            yield from unknown(agency, waiting, tally, channels)
            waiting = []
    yield from unknown(agency, waiting, tally, channels)
