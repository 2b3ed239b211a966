"""`make bench`: start a house, measure, tell, keep."""

from __future__ import annotations

import time

from . import opening, statements
from .harness import console, keep, tell
from .house import house

FIGURES = (opening.figures,)


def main() -> None:
    started = time.monotonic()
    console.print("Starting PostgreSQL, the demonstration city and the web server…")
    with house() as here:
        figures = [figure for module in FIGURES for figure in module(here)]
        counted = statements.count()
        figures[0].notes["statements"] = counted
        figures[0].notes["profile"] = statements.profile()
    tell(figures)
    verbs = ", ".join(f"{n} {verb}" for verb, n in sorted(counted["by_verb"].items(), key=lambda pair: -pair[1]))
    console.print(f"statements of one open_case: {counted['open_case']} ({verbs})")
    console.print(f"kept in {keep(figures).name}; {time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
