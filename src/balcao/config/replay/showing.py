"""What somebody sees in the terminal while the past comes in, and at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from .counting import Tally
from .making import City
from .pacing import Day, play_day
from .reporting import write_report


def bar_of(console: Console) -> Progress:
    """A bar whose tasks say their own `rate`."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def print_tally(console: Console, tally: Tally, *, dry: bool = False) -> None:
    """What happened, for whoever waited; `dry`: what would have."""
    how = "interrupted" if tally.interrupted else "done"
    opened = f"{tally.opened:,} demands would be opened" if dry else f"{tally.opened:,} demands opened"
    took = "" if dry else f" in {tally.seconds:,.1f} s ({tally.rate:.1f} a second)"
    console.print(f"{opened}{took}, {tally.known:,} {'are' if dry else 'were'} here already; {how}.")
    if tally.statuses:
        print_counts(console, ("status in the file", "demands"), tally.statuses.most_common())
    if tally.refused:
        rows = [(why, n, ", ".join(map(str, tally.lines[why]))) for why, n in tally.refused.most_common()]
        print_counts(console, ("rows refused, because", "rows", "first lines"), rows)


def print_counts(console: Console, header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    """A small table; numbers with their thousands apart."""
    table = Table(*header, box=None)
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else escape(cell) for cell in row))
    console.print(table)


def show_day(
    console: Console,
    city: City,
    file: Path,
    *,
    day: date,
    pace: float,
    limit: int | None,
    refused: Path,
    report: Path | None,
) -> None:
    """Play a day of the file live, and tell how it goes."""
    console.print(f"Playing {day} in {city.agency.slug}, {pace:g} times as fast as it happened. Ctrl-C ends it.")
    with bar_of(console) as bar:
        task = bar.add_task(f"{day}", total=None, rate="")

        def tick(tally: Day) -> None:
            done = tally.opened + tally.answered
            words = f"{tally.opened:,} opened · {tally.answered:,} answered · {tally.refused.total():,} refused"
            if tally.behind >= 1:
                words += f" · {tally.behind:,.0f} s behind"
            bar.update(task, description=f"{tally.hour:%d/%m/%Y %H:%M}", completed=done, total=tally.steps, rate=words)

        tally = play_day(city, file, day=day, pace=pace, limit=limit, tick=tick, refused=refused)
    if report:
        write_report(report, city.agency, file, tally)
    print_tally(console, tally)
    console.print(f"{tally.answered:,} of them were answered; the others wait for whoever must act.")
