"""`balcao backup` and `balcao restore`: the database and the files in one archive that any later version reads.

The archive is a tar: `balcao.json` (which version wrote it, when), `database.dump` (pg_dump's custom format) and
`files/`. The installation's secret is not in it: keep BALCAO_SECRET_KEY, or DATA/secret, apart and as safely.
"""

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click
import psycopg

from balcao.config.cli.environment import bring_up_to_date, data_folder, database, private_files, setup_django
from balcao.platform.postgres_user import binaries
from balcao.platform.trouble import Trouble

FORMAT = 1
data_option = click.option("--data", type=click.Path(path_type=Path), help="Data folder (BALCAO_DATA, ./data).")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
def backup(file: Path, data: Path | None) -> None:
    """Write the database and the files into FILE; Balcão may run meanwhile."""
    home = data_folder(data)
    part = file.with_name(file.name + ".part")
    try:
        with database(home) as url, tempfile.TemporaryFile(dir=file.absolute().parent) as dump:
            setup_django()
            from django.conf import settings

            _run([program("pg_dump", url), "--format=custom", "--no-owner", "--no-acl", "--dbname", url], stdout=dump)
            with private_files(), tarfile.open(part, "w") as archive:
                about = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(), "server": _version(url)}
                _add(archive, "balcao.json", io.BytesIO(json.dumps(about).encode()))
                _add(archive, "database.dump", dump)
                # The files after the database: whatever a row names is already there.
                if settings.MEDIA_ROOT.exists():
                    archive.add(settings.MEDIA_ROOT, "files")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"Written: {file} ({file.stat().st_size / 1e6:.1f} MB). The secret is not in it; keep it apart.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Overwrite the data that are here.")
@data_option
def restore(file: Path, replace: bool, data: Path | None) -> None:
    """Bring back what FILE holds; stop Balcão first."""
    from balcao.platform.postgres import running

    home = data_folder(data)
    if not os.environ.get("DATABASE_URL") and running(home):
        raise Trouble("Balcão is running on this data folder: stop it before a restore.")
    with database(home) as url, tempfile.TemporaryDirectory() as folder:
        dump = _unpack_dump(file, Path(folder))
        with psycopg.connect(url, autocommit=True) as link:
            used = link.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
            if used and used[0] and not replace:
                raise Trouble("There are data here already: choose an empty folder, or say --replace to lose them.")
            link.execute("DROP SCHEMA public CASCADE")
            link.execute("CREATE SCHEMA public")
        restoring = ["--no-owner", "--no-acl", "--exit-on-error", "--dbname", url, str(dump)]
        _run([program("pg_restore", url), *restoring])
        begin_epoch(url, f"restored from {file.name}")
        setup_django()
        bring_up_to_date()
        from django.conf import settings

        _unpack_files(file, settings.MEDIA_ROOT)
    click.echo("Restored. Start Balcão with the secret that it had, or sealed fields stay sealed.")


def begin_epoch(url: str, reason: str) -> None:
    """The restored events' transaction ids mean nothing here: set them to 0, and let the live stream start anew.

    The table is append-only by a trigger, so its triggers rest during this one statement."""
    with psycopg.connect(url) as link:
        link.execute("ALTER TABLE platform_event DISABLE TRIGGER USER")
        link.execute("UPDATE platform_event SET tx = '0'::xid8 WHERE tx <> '0'::xid8")
        link.execute("ALTER TABLE platform_event ENABLE TRIGGER USER")
        link.execute("INSERT INTO platform_epoch (started_at, reason) VALUES (now(), %s)", [reason[:200]])


def program(name: str, url: str) -> str:
    """The path of pg_dump or pg_restore: one as new as the server, ours first. Raises Trouble."""
    wanted = _version(url) // 10_000
    for found in (str(binaries() / name), shutil.which(name)):
        if found and Path(found).exists():
            said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
            if int(said.split()[2].split(".")[0]) >= wanted:
                return found
    raise Trouble(f"The server is PostgreSQL {wanted} and no {name} as new was found: install postgresql-client.")


def _version(url: str) -> int:
    with psycopg.connect(url) as link:
        return link.info.server_version


def _run(command: list[str], stdout: IO[bytes] | None = None) -> None:
    done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        if "No space left on device" in " ".join(said):
            raise Trouble("The disk is full: free some space and try again.")
        raise Trouble(f"{Path(command[0]).name} failed: {said[0][:300]}")


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = content.seek(0, io.SEEK_END), 0o600, int(datetime.now(UTC).timestamp())
    content.seek(0)
    archive.addfile(entry, content)


def _unpack_dump(file: Path, folder: Path) -> Path:
    try:
        with tarfile.open(file) as archive:
            about = json.load(archive.extractfile("balcao.json"))  # type: ignore[arg-type]
            if about["format"] > FORMAT:
                raise Trouble("This backup was made by a newer Balcão: update the program first.")
            archive.extract("database.dump", folder, filter="data")
    except (tarfile.TarError, KeyError, ValueError, TypeError, EOFError):
        raise Trouble(f"{file} is no backup of Balcão, or it is damaged.") from None
    return folder / "database.dump"


def _unpack_files(file: Path, target: Path) -> None:
    """Beside, then rename: a cut restore leaves the old files where they were."""
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    with tarfile.open(file) as archive:
        inside = [entry for entry in archive.getmembers() if entry.name.startswith("files/")]
        archive.extractall(fresh, inside, filter="data")
    shutil.rmtree(target, ignore_errors=True)
    if (fresh / "files").exists():
        (fresh / "files").rename(target)
    shutil.rmtree(fresh, ignore_errors=True)
