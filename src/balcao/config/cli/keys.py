"""`balcao keys`: what to do after BALCAO_FIELD_KEYS or BALCAO_SECRET_KEY has changed (docs/guides/operate.md)."""

import sys
from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import Any

import click

from balcao.config.cli.environment import data_folder, database, refuse_newer_data, setup_django
from balcao.platform.trouble import Trouble


@click.group()
def keys() -> None:
    """Bring what is kept under the keys that are set now."""


@keys.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data folder (BALCAO_DATA, ./data).")
@click.option("--batch", default=500, show_default=True, type=click.IntRange(1, 10_000), help="Rows a transaction.")
def rotate(data: Path | None, batch: int) -> None:
    """Encrypt every field with the first of BALCAO_FIELD_KEYS, and make the hashes of documents and contacts anew.

    Balcão may run meanwhile, once it was restarted with the new keys. Ctrl-C stops between two batches; the next run
    goes on. Exit code 1 when something opens with no key."""
    with database(data_folder(data)):
        setup_django()
        refuse_newer_data()
        unreadable = _fields(batch)
        _second_factors()
        if not unreadable:  # the hashes are made from what the fields hold
            _hashes(batch)
    if unreadable:
        click.echo(
            f"{unreadable} texts open with no key: add the key that they were written with to BALCAO_FIELD_KEYS, "
            "behind the others, and run this again.",
            err=True,
        )
        sys.exit(1)
    click.echo("Everything is under the first key. Keep the older ones as long as there are backups from before.")


def _fields(batch: int) -> int:
    from balcao.platform import rotation

    unreadable = 0
    for place in rotation.places():
        tally = _shown(place.name, place.count(), rotation.renew(place, batch))
        unreadable += tally.unreadable if tally else 0
    return unreadable


def _second_factors() -> None:
    from balcao.console.second_factor import encrypt_anew
    from balcao.platform.crypto import Unreadable

    try:
        renewed = sum(encrypt_anew())
    except Unreadable:
        raise Trouble("A second factor's secret opens with no key: add its key to BALCAO_FIELD_KEYS.") from None
    click.echo(f"second factors: {renewed} renewed")


def _hashes(batch: int) -> None:
    from balcao.citizens import rehashing
    from balcao.citizens.models import ContactPoint, Person
    from balcao.inbox.conversations.rehashing import hash_conversations_anew
    from balcao.inbox.models import Conversation

    people = _shown("hashes of documents", Person.objects.count(), rehashing.hash_people_anew(batch))
    _shown("hashes of contacts", ContactPoint.objects.count(), rehashing.hash_contacts_anew(batch))
    talks = Conversation.objects.count()
    _shown("hashes of conversations", talks, hash_conversations_anew(batch))
    if people and people.twice:
        click.echo(f"{people.twice} people came back since the secret changed: they stand as two records each.")


def _shown(name: str, length: int, tallies: Iterable[Any]) -> Any:
    """Run it with a bar on a terminal; one line at the end. Returns the last tally, or None when there was nothing."""
    last = None
    with click.progressbar(length=length, label=name, hidden=not sys.stderr.isatty(), file=sys.stderr) as bar:
        for tally in tallies:
            bar.update(tally.seen - (last.seen if last else 0))
            last = copy(tally)
    click.echo(f"{name}: {last.renewed if last else 0} of {last.seen if last else 0} renewed")
    return last
