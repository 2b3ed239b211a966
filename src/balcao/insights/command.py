"""`balcao insights`: the published figures, for an operator."""

from __future__ import annotations

import time

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@click.group()
def insights() -> None:
    """The figures of /transparencia/: bring them up to date, or make them anew."""


@insights.command()
def rebuild() -> None:
    """Make all figures anew from the demands themselves. Everything may go on meanwhile; kill it and begin again."""
    from balcao.cases.models import Case
    from balcao.platform.actors import Actor

    from .following import follow
    from .following import rebuild as make

    console, started = Console(stderr=True), time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Counting demands", total=Case.objects.visible_to(Actor.system()).count())
        done = make(lambda n: bar.update(task, completed=n))
    follow()
    console.print(f"{done:,} demands counted anew in {time.monotonic() - started:,.1f} s.")


@insights.command()
def follow() -> None:
    """Count now what happened since the worker's last tick."""
    from .following import follow as catch_up

    click.echo(f"{catch_up():,} events read.")
