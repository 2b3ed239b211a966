"""`balcao export` and `balcao import`: a whole agency leaves in open formats, and comes in elsewhere.

Nobody is locked in: CSV files with a data dictionary and the files themselves, in a folder or a zip
(docs/reference/agency-export.md)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from balcao.config.bringing import cases
from balcao.platform.trouble import Trouble


@click.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--agency", metavar="SLUG", help="Which agency; needed where there are several.")
def export(target: Path, agency: str | None) -> None:
    """Write all of an agency's data to TARGET: a new folder, or a file that ends in .zip."""
    from balcao.config.cli.environment import agency_named, private_files

    from .writing import write

    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise Trouble(f"{target} is there already: choose a new name.")
    found = agency_named(agency)
    with private_files():
        if target.suffix != ".zip":
            counts = write(found, target)
        else:
            with tempfile.TemporaryDirectory(dir=target.absolute().parent) as folder:
                counts = write(found, Path(folder) / "agency")
                shutil.make_archive(str(Path(folder) / "made"), "zip", Path(folder) / "agency")
                (Path(folder) / "made.zip").replace(target)
    click.echo(f"Written: {target} ({sum(counts.values())} rows in {len(counts)} tables). It holds people's data.")


@click.group("import")
def import_() -> None:
    """Bring data in."""


import_.add_command(cases)


@import_.command("agency")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
def agency(source: Path) -> None:
    """Bring in what `balcao export` wrote, into an installation that has no agency yet. All of it or nothing."""
    from .reading import read

    if source.is_dir():
        counts = read(source)
    else:
        with tempfile.TemporaryDirectory() as folder:
            try:
                shutil.unpack_archive(source, folder, "zip")
            except (shutil.ReadError, ValueError):
                raise Trouble(f"{source} is no folder and no zip of `balcao export`.") from None
            counts = read(Path(folder))
    click.echo(f"Brought in: {sum(counts.values())} rows in {len(counts)} tables. Run `balcao insights rebuild`.")
