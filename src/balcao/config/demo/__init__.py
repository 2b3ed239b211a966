"""`balcao demo`: an invented Brazilian city and, to show isolation, a small invented municipality in Portugal."""

from __future__ import annotations

import click

from .loading import is_demo, keep_up, load, missing, reset
from .signing_in import SIGN_INS, sign_ins

__all__ = ["SIGN_INS", "demo", "is_demo", "keep_up", "load", "missing", "reset", "sign_ins"]


@click.command()
@click.option("--reset", "again", is_flag=True, help="Delete the demonstration and load it anew.")
def demo(again: bool) -> None:
    """Load the demonstration city: Vila Serena, and Vale do Sado in Portugal. Refuses beside real data."""
    if again:
        reset()
    if load():
        click.echo("The demonstration city is loaded.")
    else:
        click.echo("The demonstration city was here already; `balcao demo --reset` loads it anew.")
    click.echo(sign_ins())
