"""`make bench`: start a house, measure, tell, keep. `make bench ONLY=triage CASES=1000000`."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from . import bulk, day, helpdesk, idle, interview, lives, opening, pages, stream, sweep, talks, webhook
from .harness import Figure, console, tell
from .house import House, house, rest
from .keeping import keep

Line = Callable[[House], Iterable[Figure]]
# In this order: what wants an empty house first, what fills it last.
LINES: dict[str, Line] = {
    "interview": interview.figures,
    "opening": opening.portal,
    "open311": opening.open311,
    "webhook": webhook.figures,
    "helpdesk": helpdesk.figures,
    "triage": pages.figures,
    "indicators": pages.figures,
    "life": lives.figures,
    "sweep": sweep.figures,
    "stream": stream.figures,
    "talks": talks.figures,
    "day": day.figures,
    "idle": idle.figures,
    "bulk": bulk.figures,
}


@click.command()
@click.option("--only", default="", help=f"Lines, with commas between: {', '.join(LINES)}.")
@click.option("--cases", default=10_000, show_default=True, help="Demands there when pages and lives are measured.")
@click.option("--clocks", default=100_000, show_default=True, help="Open clocks when the sweep is measured.")
@click.option("--spike", default=9.0, show_default=True, help="Seconds in which five times as many visitors come.")
@click.option("--house", "kept", type=click.Path(path_type=Path, file_okay=False), help="A house that stays.")
def main(only: str, cases: int, clocks: int, spike: float, kept: Path | None) -> None:
    """Measure the product against ceilings in the same run."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whatever was started is ended all the same
    wanted = [name for name in only.replace(",", " ").split() if name] or list(LINES)
    if strange := [name for name in wanted if name not in LINES]:
        raise click.BadParameter(f"there is no line {strange[0]}: one of {', '.join(LINES)}")
    started, figures = time.monotonic(), list[Figure]()
    console.print("Starting PostgreSQL, the demonstration city and the web server…")
    with house(cases=cases, clocks=clocks, spike=spike, lines=wanted, kept=kept) as here:
        for line in dict.fromkeys(LINES[name] for name in wanted):  # one that measures two is called once
            rest(here)
            figures += _measured(line, here)
    tell(figures)
    console.print(f"kept in {keep(figures).name}; {time.monotonic() - started:.0f} s in all")


def _measured(line: Line, here: House) -> list[Figure]:
    """A line that fails says why; the others go on."""
    found: list[Figure] = []
    try:
        for figure in line(here):
            found.append(figure)
    except (Exception, SystemExit) as error:
        console.print_exception()
        found.append(
            Figure(f"{line.__module__.rpartition('.')[2]}", "", missing=f"{type(error).__name__}: {str(error)[:300]}")
        )
    return found


if __name__ == "__main__":
    main()
