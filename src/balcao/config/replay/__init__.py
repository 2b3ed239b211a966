"""`balcao replay`: real demands of São Paulo's 156 service, lived through the normal actions at their real moments."""

from __future__ import annotations

from pathlib import Path

import click
from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from .counting import Tally
from .making import make_city, survey
from .running import keep_refused, run, write_report

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
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write what happened as JSON.")
def replay(file: Path, limit: int | None, agency: str, districts: Path | None, refused: Path | None,
    through_actions: bool, report: Path | None,
) -> None:  # fmt: skip
    """Replay real demands from FILE (CSV, also gzipped) with their real moments, in bulk: the rows that the normal
    actions write, sent by COPY.

    Nobody is written to. A second run goes on where the first one stopped; Ctrl-C ends it in order."""
    console = Console(stderr=True)
    beside = file.with_name(DISTRICTS)
    districts = districts or (beside if beside.exists() else None)
    with console.status(f"Reading {file.name}…"):
        seen = survey(file)
        city = make_city(seen, slug=agency, districts=districts)
    console.print(
        f"{seen.rows:,} rows · {len(seen.services)} services · {len(seen.bodies)} bodies · {len(city.places)} districts"
    )
    with _bar(console) as bar:
        task = bar.add_task("Replaying", total=min(limit or seen.rows, seen.rows), rate="")
        tally = run(
            city,
            file,
            limit=limit,
            tick=lambda t: _show(bar, task, t, limit),
            refused=refused or settings.DATA / "replay" / f"{agency}-refused.csv",
            bulk=not through_actions,
        )
    keep_refused(city, file, tally)
    if report:
        write_report(report, city, file, tally)
    _print(console, tally)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _show(bar: Progress, task: int, tally: Tally, limit: int | None) -> None:
    refused = tally.refused.total()
    # Without a limit every row counts towards the end, also those that were here or are no demands.
    done = tally.opened if limit else tally.rows
    bar.update(task, completed=done, rate=f"{tally.rate:.0f}/s · {refused:,} refused")  # type: ignore[arg-type]


def _print(console: Console, tally: Tally) -> None:
    how = "interrupted" if tally.interrupted else "done"
    console.print(
        f"{tally.opened:,} demands opened in {tally.seconds:,.1f} s ({tally.rate:.1f} a second), "
        f"{tally.known:,} were here already; {how}."
    )
    table = Table("status in the file", "demands", box=None)
    for status, count in tally.statuses.most_common():
        table.add_row(status, f"{count:,}")
    console.print(table)
    if tally.refused:
        table = Table("rows refused, because", "rows", "first lines", box=None)
        for reason, count in tally.refused.most_common():
            table.add_row(reason, f"{count:,}", ", ".join(map(str, tally.lines[reason])))
        console.print(table)
