"""Product and ceiling in turn: medians, spread, and their ratio, pair by pair."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ARTIFACTS = Path(__file__).resolve().parent.parent / "artifacts"
console = Console()


@dataclass(frozen=True)
class Run:
    """One measurement: how many a second, and how long each took (milliseconds, sorted; empty where unknown)."""

    rate: float
    milliseconds: Sequence[float] = ()

    def percentile(self, percent: float) -> float | None:
        if not self.milliseconds:
            return None
        return self.milliseconds[min(len(self.milliseconds) - 1, int(len(self.milliseconds) * percent / 100))]


@dataclass
class Figure:
    """A product's rate beside its ceiling's. `notes` belong to the figure wherever it is told."""

    name: str
    product: str
    ceiling: str
    runs: list[tuple[Run, Run]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def measure(self, product: Callable[[], Run], ceiling: Callable[[], Run], *, pairs: int = 5) -> None:
        """A B A B …: whatever else the machine does meets both alike."""
        for number in range(1, pairs + 1):
            pair = product(), ceiling()
            self.runs.append(pair)
            console.print(f"  pair {number}: {pair[0].rate:8.1f} / {pair[1].rate:8.1f} a second")

    def summary(self) -> dict[str, Any]:
        products, ceilings = [p.rate for p, _ in self.runs], [c.rate for _, c in self.runs]
        ratios = [p.rate / c.rate for p, c in self.runs]
        return {
            "name": self.name,
            "product": self.product,
            "ceiling": self.ceiling,
            "pairs": len(self.runs),
            "product_per_second": _spread(products),
            "ceiling_per_second": _spread(ceilings),
            "ratio": _spread(ratios, 4),
            "product_ms": {
                f"p{percent}": _median([run.percentile(percent) for run, _ in self.runs]) for percent in (50, 95)
            },
            "notes": self.notes,
        }


def _spread(values: Sequence[float], digits: int = 1) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
    }


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 1) if known else None


def tell(figures: Sequence[Figure]) -> None:
    """One table on the screen."""
    table = Table("figure", "product / s", "ceiling / s", "ratio", "p50 ms", "p95 ms")
    for figure in figures:
        said = figure.summary()
        table.add_row(
            said["name"],
            *(_cell(said[key], form) for key, form in (
                ("product_per_second", ".1f"), ("ceiling_per_second", ".0f"), ("ratio", ".3f"),
            )),
            *(f"{said['product_ms'][key]:.0f}" if said["product_ms"][key] else "—" for key in ("p50", "p95")),
        )  # fmt: skip
    console.print(table)
    console.print("median (least – most) of the pairs; product and ceiling ran in turn on the same server", style="dim")


def _cell(spread: dict[str, float], form: str) -> str:
    return f"{spread['median']:{form}} ({spread['min']:{form}} – {spread['max']:{form}})"


def keep(figures: Sequence[Figure]) -> Path:
    """Everything measured, as artifacts/bench.json."""
    ARTIFACTS.mkdir(exist_ok=True)
    target = ARTIFACTS / "bench.json"
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpus": os.cpu_count(),
            "system": platform.platform(),
            "python": sys.version.split()[0],
            "load_at_end": os.getloadavg()[0],
        },
        "figures": [
            figure.summary() | {"runs": [[_plain(p), _plain(c)] for p, c in figure.runs]} for figure in figures
        ],
    }
    target.write_text(json.dumps(report, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")
    return target


def _plain(run: Run) -> dict[str, Any]:
    return {"rate": round(asdict(run)["rate"], 2), "p50": run.percentile(50), "p95": run.percentile(95)}
