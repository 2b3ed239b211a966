"""What a run did: demands opened, rows refused and why, each of them kept on paper."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

EXAMPLES = 5
OURS = ("line", "reason")  # what stands before each refused row


class Demand(Protocol):
    """What every demand of a file says, whoever wrote the file. `ending` "" is still open."""

    @property
    def line(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def ending(self) -> str: ...
    @property
    def cells(self) -> Sequence[str]: ...


@dataclass
class Tally:
    """What one run did. `refused` counts every row it read that is no demand, also those that an earlier run met."""

    rows: int = 0
    opened: int = 0
    known: int = 0
    transferred: int = 0
    other_district: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)
    """reason → the first lines of the file that it is about."""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of this process: what a demand costs however busy the machine is. The database's own come on top."""
    interrupted: bool = False

    paper: Any = None
    """Where refused rows are written; None: nowhere."""

    def count(self, demand: Demand, moved: bool, elsewhere: bool) -> None:
        self.opened += 1
        self.transferred += moved
        self.other_district += elsewhere
        self.statuses[demand.status] += 1
        self.outcomes[demand.ending or "open"] += 1
        self.channels[demand.channel] += 1

    def refuse(self, reason: str, line: int, cells: Sequence[str]) -> None:
        if self.paper is not None:
            self.paper.writerow([line, reason, *cells])
        self.refused[reason] += 1
        if len(seen := self.lines.setdefault(reason, [])) < EXAMPLES:
            seen.append(line)

    @property
    def rate(self) -> float:
        """Demands opened a second."""
        return self.opened / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "rows_read": self.rows,
            "opened": self.opened,
            "already_here": self.known,
            "refused": {
                reason: {"count": n, "first_lines": self.lines[reason]} for reason, n in self.refused.most_common()
            },
            "statuses": dict(self.statuses.most_common()),
            "outcomes": dict(self.outcomes.most_common()),
            "channels": dict(self.channels.most_common()),
            "transferred_to_the_body_of_the_file": self.transferred,
            "point_in_another_district_than_recorded": self.other_district,
            "seconds": round(self.seconds, 2),
            "per_second": round(self.rate, 1),
            "cpu_milliseconds_each": round(1000 * self.cpu_seconds / max(1, self.opened), 1),
            "interrupted": self.interrupted,
        }


@contextmanager
def paper(
    target: Path | None, header: Sequence[str], *, encoding: str = "utf-8", delimiter: str = ","
) -> Iterator[Any]:
    """Where refused rows are written, one after the other; the file of the run before is replaced."""
    if target is None:
        yield None
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding=encoding, errors="replace", newline="") as file:
        found = csv.writer(file, delimiter=delimiter)
        found.writerow([*OURS, *header])
        yield found
