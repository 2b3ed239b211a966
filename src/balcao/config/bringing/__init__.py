"""`balcao import cases`: the demands of any city's CSV become cases, by a mapping that says which column is what
(docs/guides/bring-your-past.md)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from .running import Brought

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("cases")
@click.argument("file", metavar="CSV", type=FILE)
@click.option("--mapping", required=True, type=FILE, help="YAML: which column is what.")
@click.option("--agency", metavar="SLUG", help="Into which agency; needed where there are several.")
@click.option("--dry-run", is_flag=True, help="Write nothing: tell what would be opened, made and refused.")
@click.option("--limit", type=click.IntRange(min=1), help="How many new demands; all by default.")
@click.option(
    "--refused",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write each refused row and why as CSV; by default under the data folder.",
)
@click.option("--through-actions", is_flag=True, help="Each demand through the normal actions, not in bulk.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write what happened as JSON.")
def cases(
    file: Path, mapping: Path, agency: str | None, dry_run: bool, limit: int | None, refused: Path | None,
    through_actions: bool, report: Path | None,
) -> None:  # fmt: skip
    """Bring demands of the past in from CSV (also gzipped), at their real moments, in bulk: the rows that the normal
    actions write, sent by COPY.

    Begin with --dry-run. Nobody is written to about what has ended; what is open waits for whoever must act. A second
    run goes on where the first one stopped; Ctrl-C ends it in order."""
    from django.conf import settings
    from rich.console import Console
    from rich.progress import TaskID

    from balcao.config.cli.environment import agency_named
    from balcao.config.replay.reporting import keep_refused, write_report
    from balcao.config.replay.showing import bar_of

    from .mapping import read_mapping
    from .running import bring

    read, found, console = read_mapping(mapping), agency_named(agency), Console(stderr=True)
    paper = refused or settings.DATA / "import" / f"{found.slug}-{read.source}-refused.csv"
    with bar_of(console) as bar:
        look = bar.add_task("Looking through", total=None, rate="")
        main: list[TaskID] = []
        making: list[TaskID] = []

        def tick(part: str, tally: Brought) -> None:
            new = sum(map(len, tally.new.values()))
            if part == "look":
                bar.update(look, completed=tally.total, rate=f"{new:,} to make")
                return
            if part == "looked":
                bar.update(look, completed=tally.total, total=tally.total, rate="")
            if new and not dry_run:
                if not making:
                    making.append(bar.add_task("Making", total=new, rate=""))
                bar.update(making[0], completed=tally.made, rate="groups, services, areas, districts")
            if part != "demands":
                return
            if not main:
                total = min(limit or tally.total, tally.total)
                main.append(bar.add_task("Trying" if dry_run else "Importing", total=total, rate=""))
            done = tally.opened if limit else tally.opened + tally.known + tally.refused.total()
            bar.update(main[0], completed=done, rate=f"{tally.rate:,.1f}/s · {tally.refused.total():,} refused")

        bulk = not through_actions
        tally = bring(found, read, file, limit=limit, dry=dry_run, tick=tick, refused=paper, bulk=bulk)
    if not dry_run:
        keep_refused(found, file, tally)
    if report:
        write_report(report, found, file, tally)
    _print(console, tally, paper)


def _print(console: Console, tally: Brought, paper: Path) -> None:
    from balcao.config.replay.showing import print_counts, print_tally

    print_tally(console, tally, dry=tally.dry)
    if tally.notes:
        print_counts(console, ("left out of demands that came in", "demands"), tally.notes.most_common())
    words = [(what, word, n) for what, several in tally.words.items() for word, n in several.most_common(10)]
    if words:
        print_counts(console, ("not known", "the file says", "rows"), words)
    if tally.new:
        rows = [
            (what, len(names), "; ".join(names[:8]) + "; …" * (len(names) > 8)) for what, names in tally.new.items()
        ]
        print_counts(console, ("to be made" if tally.dry else "made", "how many", "first ones"), rows)
    if tally.refused:
        console.print(f"Each refused row, with its line and why: {paper}", soft_wrap=True)
    if tally.dry:
        console.print("Nothing was written. Run it without --dry-run to bring them in.")
