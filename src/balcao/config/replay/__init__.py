"""`balcao replay`: real demands of São Paulo's 156 service, lived through the normal actions at their real moments."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from django.conf import settings
from rich.console import Console
from rich.progress import Progress

from .counting import Tally
from .making import make_city, survey
from .reporting import keep_refused, write_report
from .running import run
from .showing import bar_of, print_tally, show_day

__all__ = ["replay"]
DISTRICTS = "sao-paulo-districts.geojson"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--limit", type=click.IntRange(min=1), help="How many new demands; all by default.")
@click.option("--agency", default="sp156", show_default=True, help="Slug of the agency to replay into.")
@click.option(
    "--districts",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=f"Polygons as GeoJSON; {DISTRICTS} beside FILE when it is there.",
)
@click.option(
    "--refused",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write each refused row and why as CSV; by default under the data folder.",
)
@click.option("--through-actions", is_flag=True, help="Each demand through the normal actions, not in bulk.")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="Play this day of FILE live, through the normal actions."
)
@click.option(
    "--pace",
    type=click.FloatRange(min=0, min_open=True),
    help="With --day: how many times as fast as it happened; 1 by default.",
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write what happened as JSON.")
def replay(file: Path, limit: int | None, agency: str, districts: Path | None, refused: Path | None,
    through_actions: bool, day: datetime | None, pace: float | None, report: Path | None,
) -> None:  # fmt: skip
    """Replay real demands from FILE (CSV, also gzipped) with their real moments, in bulk: the rows that the normal
    actions write, sent by COPY. A second run goes on where the first one stopped.

    With --day and --pace one day is lived again now, for whoever watches the console, the figures and the live stream;
    each playing opens its demands anew.

    Nobody of the file is written to. Ctrl-C ends it in order."""
    if pace and day is None:
        raise click.UsageError("--pace plays one day: say which with --day, such as --day 2017-03-15.")
    console = Console(stderr=True)
    beside = file.with_name(DISTRICTS)
    districts = districts or (beside if beside.exists() else None)
    with console.status(f"Reading {file.name}…"):
        seen = survey(file)
        city = make_city(seen, slug=agency, districts=districts)
    console.print(
        f"{seen.rows:,} rows · {len(seen.services)} services · {len(seen.bodies)} bodies · {len(city.places)} districts"
    )
    if day is not None:
        paper = refused or settings.DATA / "replay" / f"{agency}-{day:%Y-%m-%d}-refused.csv"
        show_day(console, city, file, day=day.date(), pace=pace or 1.0, limit=limit, refused=paper, report=report)
        return
    with bar_of(console) as bar:
        task = bar.add_task("Replaying", total=min(limit or seen.rows, seen.rows), rate="")
        tally = run(
            city,
            file,
            limit=limit,
            tick=lambda t: _show(bar, task, t, limit),
            refused=refused or settings.DATA / "replay" / f"{agency}-refused.csv",
            bulk=not through_actions,
        )
    keep_refused(city.agency, file, tally)
    if report:
        write_report(report, city.agency, file, tally)
    print_tally(console, tally)


def _show(bar: Progress, task: int, tally: Tally, limit: int | None) -> None:
    refused = tally.refused.total()
    # Without a limit every row counts towards the end, also those that were here or are no demands.
    done = tally.opened if limit else tally.rows
    bar.update(task, completed=done, rate=f"{tally.rate:.0f}/s · {refused:,} refused")  # type: ignore[arg-type]
