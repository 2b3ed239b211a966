"""`balcao catalog`: the catalogue as YAML files that live in git, are compared before they are applied, and go from a
test installation to production. The format stands in docs/reference/catalogue-format.md."""

from __future__ import annotations

from pathlib import Path

import click

from balcao.config.cli.environment import agency_named
from balcao.platform.trouble import Trouble


@click.group()
def catalog() -> None:
    """Import or export the catalogue, areas, places, calendars, letters and the matrix as YAML files."""


@catalog.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--agency", metavar="SLUG", help="Which agency; needed where there are several.")
def export(folder: Path, agency: str | None) -> None:
    """Write the agency's settings into FOLDER, in a stable order: a change is a small diff in git."""
    from .writing import write

    found = agency_named(agency)
    for line in write(found, folder):
        click.echo(line)


@catalog.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--agency", metavar="SLUG", help="Which agency; needed where there are several.")
@click.option("--apply", "--yes", "apply", is_flag=True, help="Make the changes; without it they are only shown.")
def import_(path: Path, agency: str | None, apply: bool) -> None:
    """Compare PATH (a folder of an export, or one of its files) with the agency, and show what would change.

    With --apply the changes are made, all or none, through the same actions as in the console: the history is kept.
    A service that is new here is imported unpublished.
    """
    from django.utils import translation

    from .applying import run
    from .reading import BadFiles, read

    found = agency_named(agency)
    try:
        with translation.override("en"):  # as the rest of the command line; an action's refusal would else be mixed in
            done = run(agency=found, files=read(path), apply=apply)
    except BadFiles as bad:
        for line in bad.lines:
            click.echo(line, err=True)
        count = len(bad.lines)
        raise Trouble(f"Nothing was changed: {count} thing{'s' * (count > 1)} to mend in the files.") from None
    for line in done.lines():
        click.echo(line)
