"""`balcao doctor`: looks at everything that an installation needs, and says how to mend what is wrong."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from balcao.config.cli.environment import data_folder, database, setup_django
from balcao.platform.postgres_user import binaries
from balcao.platform.room import rooms
from balcao.platform.trouble import Trouble, explain

GIGABYTE = 1_000_000_000
Finding = tuple[str, str]  # ("ok" | "look" | "bad", sentence)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data folder (BALCAO_DATA, ./data).")
def doctor(data: Path | None) -> None:
    """Say what is wrong with this installation, and how to mend it. Exit code 1 when something is."""
    home = data_folder(data)
    wrong = _show(before_django(home))
    try:
        with database(home):
            setup_django()
            for check in (_migrations, _jobs, _faults, _agency, _mail, _mail_in, _static, _addresses, _secret, _keys):
                wrong += _show(_safely(check))
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        wrong += _show([("bad", sentence)])
    click.echo("\nAll is well." if not wrong else f"\n{wrong} thing{'s' if wrong > 1 else ''} to mend.")
    sys.exit(1 if wrong else 0)


def before_django(home: Path) -> Iterator[Finding]:
    """What can be told without a database."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield "ok", f"Python {version}"
    if os.environ.get("DATABASE_URL"):
        yield "ok", "DATABASE_URL names the database"
    else:
        try:
            binaries()
            yield "ok", f"PostgreSQL's programs are here; the database lives in {home / 'postgres'}"
        except Trouble as trouble:
            yield "bad", str(trouble)
    there = next(path for path in (home, *home.parents) if path.exists())
    yield from _room(home)
    if not os.access(there, os.W_OK):
        yield "bad", f"This user may not write to {there}: give access, or choose another folder with --data."


def _room(home: Path) -> Iterator[Finding]:
    for room in rooms(home):
        free, enough = room.free / GIGABYTE, room.enough / GIGABYTE
        if room.little:
            yield "bad", f"Only {free:.3f} GB are free for {room.folder}: make room, at least {enough:.2g} GB."
        else:
            yield "ok", f"{free:.1f} GB are free for {room.folder}"


def _migrations() -> Iterator[Finding]:
    from balcao.platform.health import pending_migrations, unknown_migrations

    if unknown := unknown_migrations():
        yield "bad", f"The data are of a newer Balcão ({unknown[-1]}): update the program."
    missing = pending_migrations()
    if missing:
        yield "bad", f"{len(missing)} migrations are missing: run `balcao migrate`."
    else:
        yield "ok", "The database answers and is up to date"


def _jobs() -> Iterator[Finding]:
    from balcao.platform.health import worker_heartbeat_age

    age = worker_heartbeat_age()
    if age is None:
        yield "look", "No worker runs, so nothing is sent and no alarm rings: `balcao up` or `balcao worker` runs one."
    elif age > timedelta(seconds=60):
        seconds = int(age.total_seconds())
        yield "bad", f"The worker has been silent for {seconds} seconds: start `balcao worker` again."
    else:
        yield "ok", "A worker is alive"


def _faults() -> Iterator[Finding]:
    from balcao.platform.models import Fault

    if count := Fault.objects.filter(ended_at=None).count():
        yield "look", f"{count} faults wait for somebody in the console, each with its reason."
    else:
        yield "ok", "No fault waits"


def _agency() -> Iterator[Finding]:
    from balcao.organization.models import Agency

    if Agency.objects.exists():
        yield "ok", "There is an agency"
    else:
        yield "bad", "There is no agency yet: run `balcao demo`, or `balcao catalog import` with your own files."


def _mail() -> Iterator[Finding]:
    from django.conf import settings

    if not settings.EMAIL_HOST:
        yield (
            "look",
            f"No mail server is set: messages are kept as files in {settings.EMAIL_FILE_PATH}. Set BALCAO_SMTP_HOST.",
        )
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=5).close()
        yield "ok", f"The mail server {where} answers"
    except OSError as error:
        yield "bad", f"The mail server {where} does not answer ({error}): check BALCAO_SMTP_HOST and BALCAO_SMTP_PORT."


def _mail_in() -> Iterator[Finding]:
    from balcao.channels.email.imap import AWAY, opened, why_away
    from balcao.channels.email.service import known_mailboxes

    boxes = known_mailboxes()
    if not boxes:
        yield "look", "No mailbox is named: answers to our letters, and letters that come back, are not seen."
    for box in boxes:
        if box.source == "smtp":
            yield "ok", f"Mail for {box.address} is taken by our own SMTP server"
            continue
        try:
            with opened(box):
                yield "ok", f"The mailbox {box.address} can be read at {box.host}"
        except AWAY as error:
            yield (
                "bad",
                f"The mailbox {box.address} cannot be read at {box.host}:{box.port} ({why_away(error)}): "
                "check BALCAO_MAILBOXES.",
            )


def _static() -> Iterator[Finding]:
    from django.conf import settings
    from django.contrib.staticfiles.finders import find

    import balcao.web

    built = Path(balcao.web.__path__[0]) / "static" / "dist"
    if built.is_dir() and any(built.iterdir()):
        yield "ok", "Scripts, styles and fonts are built"
    else:
        yield "bad", "Scripts, styles and fonts are not built: run `make assets`."
    if not find("admin/css/base.css") and not (settings.STATIC_ROOT / "staticfiles.json").exists():
        yield "look", "Static files are not collected yet: `balcao up` does it, else `balcao manage collectstatic`."
    try:
        import typst  # noqa: F401

        yield "ok", "Receipts can be set as PDF"
    except ImportError:
        yield "bad", "The typesetter for receipts is missing: run `make install` again."


def _addresses() -> Iterator[Finding]:
    from urllib.parse import urlsplit

    from django.conf import settings
    from django.http.request import validate_host

    url = urlsplit(settings.BASE_URL)
    if not validate_host(url.hostname or "", settings.ALLOWED_HOSTS):
        yield "bad", f"BALCAO_URL is {settings.BASE_URL}, but BALCAO_HOSTS does not hold {url.hostname}: add it."
    elif url.scheme != "https" and url.hostname not in ("localhost", "127.0.0.1"):
        yield "look", "BALCAO_URL is not https: whoever is on the way can read along. Put a proxy with TLS before it."
    else:
        yield "ok", f"People reach it at {settings.BASE_URL}"


def _secret() -> Iterator[Finding]:
    from django.conf import settings

    path = settings.DATA / "secret"
    if len(settings.SECRET_KEY) < 32:
        yield "bad", "BALCAO_SECRET_KEY is short: set one of at least 32 random characters."
    elif not os.environ.get("BALCAO_SECRET_KEY") and path.exists() and path.stat().st_mode & 0o077:
        yield "bad", f"Others may read {path}: run `chmod 600` on it."
    else:
        yield "ok", "The secret is long and private (keep a copy apart from the backups)"


def _keys() -> Iterator[Finding]:
    from django.conf import settings

    from balcao.citizens.rehashing import hashes_are_old
    from balcao.platform.crypto import Unreadable
    from balcao.platform.rotation import left_under_older_keys, places

    older = len(settings.BALCAO_FIELD_KEYS) > 1
    try:
        for place in places():  # every text is read only where a rotation is under way
            if older and left_under_older_keys(place):
                yield "look", f"{place.name} still holds texts under an older key: run `balcao keys rotate`."
            elif not older:
                _readable(place.model, place.columns)
        if hashes_are_old():
            yield "bad", "Documents are kept under the hash of an older secret and not found: run `balcao keys rotate`."
        else:
            yield "ok", "What is encrypted opens with the keys that are set"
    except Unreadable:
        yield "bad", "Encrypted fields open with no key: add the key that they were written with to BALCAO_FIELD_KEYS."


def _readable(model: Any, columns: tuple[str, ...], sample: int = 20) -> None:
    """Unreadable when the oldest or the newest texts of a table open with no key."""
    for order in ("pk", "-pk"):
        list(model._base_manager.order_by(order).values_list(*columns)[:sample])


def _safely(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    from django.db import DatabaseError

    try:
        yield from check()
    except DatabaseError as error:
        sentence = explain(error)
        if sentence is None and "does not exist" in str(error):
            sentence = "A table is missing, so this could not be looked at: run `balcao migrate`."
        if sentence is None:
            raise
        yield "bad", sentence
    except Trouble as trouble:
        yield "bad", str(trouble)


def _show(findings: Iterator[Finding] | list[Finding]) -> int:
    """Print each finding as it comes; returns how many must be mended."""
    wrong = 0
    for level, sentence in findings:
        mark = {"ok": "  ok   ", "look": "  note ", "bad": "  BAD  "}[level]
        click.echo(mark + sentence)
        wrong += level == "bad"
    return wrong
