"""Product and ceiling in turn: medians, spread, their ratio, pair by pair, and what was to be reached."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

console = Console(width=None if sys.stdout.isatty() else 150)
PAIRS = 5


@dataclass(frozen=True)
class Run:
    """One measurement: its value in the figure's unit (most often how many a second), and how long each took
    (milliseconds, sorted; empty where unknown)."""

    value: float
    milliseconds: Sequence[float] = ()

    def percentile(self, percent: float) -> float | None:
        if not self.milliseconds:
            return None
        return self.milliseconds[min(len(self.milliseconds) - 1, int(len(self.milliseconds) * percent / 100))]


@dataclass(frozen=True)
class Goal:
    """What is to be reached: by the product itself, or by its ratio to the ceiling."""

    value: float
    of: Literal["product", "ratio"] = "product"
    at_most: bool = False

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {_short(self.value)}{' × ceiling' if self.of == 'ratio' else ''}"

    def verdict(self, found: float) -> str:
        """ "reached", or by how much it was missed, in per cent of the goal."""
        if (found <= self.value) if self.at_most else (found >= self.value):
            return "reached"
        if not found or not self.value:
            return "missed"
        return f"missed by {abs(found - self.value) / self.value:.0%}"


@dataclass
class Figure:
    """A product's value beside its ceiling's. `notes` belong to the figure wherever it is told; `missing` says why it
    could not be measured."""

    name: str
    product: str
    ceiling: str = ""
    goal: Goal | None = None
    unit: str = "/s"
    runs: list[tuple[Run, Run | None]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    missing: str = ""

    def measure(
        self, product: Callable[[], Run], ceiling: Callable[[], Run] | None = None, *, pairs: int = PAIRS
    ) -> Figure:
        """A B A B …: whatever else the machine does meets both alike."""
        console.print(f"{self.name}:", style="bold")
        for number in range(1, pairs + 1):
            first, second = product(), ceiling() if ceiling else None
            self.runs.append((first, second))
            beside = f" / {_short(second.value)}" if second else ""
            console.print(f"  {number}: {_short(first.value)}{beside} {self.unit}")
        return self

    @classmethod
    def of(cls, name: str, value: float, unit: str, goal: Goal | None = None, *, product: str = "", **notes: Any):
        """A value that is no rate and has no ceiling, such as a count of statements."""
        return cls(name, product, goal=goal, unit=unit, runs=[(Run(value), None)], notes=notes)

    @property
    def products(self) -> list[float]:
        return [product.value for product, _ in self.runs]

    @property
    def ceilings(self) -> list[float]:
        return [ceiling.value for _, ceiling in self.runs if ceiling is not None]

    @property
    def ratios(self) -> list[float]:
        return [product.value / ceiling.value for product, ceiling in self.runs if ceiling and ceiling.value]

    @property
    def verdict(self) -> str:
        if self.missing:
            return f"not measured: {self.missing}"
        if self.goal is None:
            return "told only"
        found = self.ratios if self.goal.of == "ratio" else self.products
        return self.goal.verdict(statistics.median(found)) if found else "not measured"

    def summary(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "product": self.product,
            "ceiling": self.ceiling,
            "unit": self.unit,
            "goal": str(self.goal or ""),
            "verdict": self.verdict,
            "pairs": len(self.runs),
            "product_value": _spread(self.products),
            "ceiling_value": _spread(self.ceilings),
            "ratio": _spread(self.ratios),
            "product_ms": {
                f"p{percent}": _median([run.percentile(percent) for run, _ in self.runs]) for percent in (50, 95, 99)
            },
            "notes": self.notes,
            "runs": [[_plain(product), _plain(ceiling)] for product, ceiling in self.runs],
        }


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    found = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: float(f"{value:.4g}") for name, value in found.items()}


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 1) if known else None


def _plain(run: Run | None) -> dict[str, Any]:
    return {"value": round(run.value, 4), "p50": run.percentile(50), "p95": run.percentile(95)} if run else {}


def _short(value: float) -> str:
    """Three digits that count: 0.241, 17.5, 2,040."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{float(f'{value:.3g}'):g}"


def tell(figures: Sequence[Figure]) -> None:
    """One table on the screen."""
    table = Table("figure", "goal", "product", "ceiling", "ratio", "p95 ms", "", show_lines=False)
    for figure in figures:
        said = figure.summary()
        p95 = said["product_ms"]["p95"]
        table.add_row(
            figure.name,
            str(figure.goal or "—"),
            _cell(said["product_value"], figure.unit),
            _cell(said["ceiling_value"], figure.unit),
            _cell(said["ratio"]),
            f"{p95:.0f}" if p95 else "—",
            f"[green]{figure.verdict}[/]" if figure.verdict == "reached" else figure.verdict,
        )
    console.print(table)
    console.print("median (least – most); product and ceiling ran in turn, on the same server", style="dim")


def _cell(spread: dict[str, float], unit: str = "") -> str:
    if not spread:
        return "—"
    middle = f"{_short(spread['median'])}{unit if unit.startswith('/') or not unit else ' ' + unit}"
    same = spread["min"] == spread["max"]
    return middle if same else f"{middle} ({_short(spread['min'])} – {_short(spread['max'])})"
