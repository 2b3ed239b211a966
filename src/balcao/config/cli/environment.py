"""What every command needs before Django: the data folder, a database, and the checks that give one sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from balcao.platform.postgres import Server, check_major, running
from balcao.platform.trouble import Trouble, database_sentence

if TYPE_CHECKING:
    from balcao.organization.models import Agency

OLDEST = 150_000  # PostgreSQL 15
ADDRESS = "address"  # the file in which `balcao up` notes where people reach it
MIGRATING = 225_228_001  # the advisory lock of whoever brings the database to this version


def data_folder(data: Path | None) -> Path:
    """The data folder as an absolute path, also told to our children through BALCAO_DATA; and where `balcao up` shows
    it, where nobody has set BALCAO_URL."""
    folder = (data or Path(os.environ.get("BALCAO_DATA") or "data")).absolute()
    if folder.exists() and not folder.is_dir():
        raise Trouble(f"{folder} is a file: choose a folder for the data.")
    os.environ["BALCAO_DATA"] = str(folder)
    if not os.environ.get("BALCAO_URL") and (shown := folder / ADDRESS).exists():
        os.environ["BALCAO_URL"] = shown.read_text().strip()
    return folder


@contextmanager
def database(home: Path) -> Iterator[str]:
    """DATABASE_URL for this command: as given; else of the server that `balcao up` runs; else of one of our own."""
    if url := os.environ.get("DATABASE_URL"):
        check_database(url)
        yield url
        return
    check_major(home / "postgres")
    try:
        if found := running(home).get("url"):
            os.environ["DATABASE_URL"] = found
            yield found
            return
        with Server(home) as url:
            os.environ["DATABASE_URL"] = url
            yield url
    finally:
        os.environ.pop("DATABASE_URL", None)


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever this writes holds what people told us: nobody but its owner may read it."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def check_database(url: str) -> None:
    """Raise Trouble with a sentence when DATABASE_URL leads to no PostgreSQL that we can use."""
    import psycopg  # 10 MB that the web's first process need not have: `balcao up` has looked already

    if not url.startswith(("postgresql://", "postgres://")):
        raise Trouble("DATABASE_URL cannot be understood: write it as postgresql://user:password@host:5432/name.")
    try:
        with psycopg.connect(url, connect_timeout=5) as link:
            version = link.info.server_version
            encoding = link.info.parameter_status("server_encoding")
    except psycopg.Error as error:
        raise Trouble(database_sentence(error) or "DATABASE_URL leads to no usable database.") from None
    if version < OLDEST:
        raise Trouble(f"DATABASE_URL leads to PostgreSQL {version // 10_000}: Balcão needs 15 or newer.")
    if encoding != "UTF8":
        raise Trouble(f"The database in DATABASE_URL is encoded in {encoding}: create it with UTF8 encoding.")


def setup_django() -> None:
    import django

    django.setup()


def bring_up_to_date(quiet: bool = True) -> None:
    """Run the missing migrations; refuse, with a sentence, data that a newer Balcão has written. Of several commands
    that start at once one migrates, and the others wait for it."""
    from django.core.management import call_command
    from django.db import connection

    from balcao.platform import health

    refuse_newer_data()
    if not health.pending_migrations():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            if health.pending_migrations():
                if not quiet:
                    click.echo("Bringing the database to this version…")
                call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


def refuse_newer_data() -> None:
    from balcao.platform import health

    if unknown := health.unknown_migrations():
        raise Trouble(
            f"The data were written by a newer Balcão (it knows {unknown[-1]}, this one does not): "
            "update the program, or restore a backup that this version made."
        )


def agency_named(slug: str | None) -> "Agency":
    """The agency SLUG, or the only one; Trouble names those that there are."""
    from balcao.organization.models import Agency

    agencies = list(Agency.objects.order_by("slug"))
    if slug is None and len(agencies) == 1:
        return agencies[0]
    names = ", ".join(a.slug for a in agencies) or "none yet: `balcao agency add`"
    for agency in agencies:
        if agency.slug == slug:
            return agency
    if slug is None:
        raise Trouble(f"Say which agency with --agency (there are: {names}).")
    raise Trouble(f"There is no agency {slug!r} (there are: {names}).")
