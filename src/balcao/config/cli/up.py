"""`balcao up`: the whole house in one foreground process group, for one machine and for trying it out."""

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import click

from balcao.config.cli.environment import ADDRESS, bring_up_to_date, data_folder, database, setup_django
from balcao.config.supervisor import Supervisor
from balcao.platform.processes import gate, in_a_child
from balcao.platform.trouble import Trouble, explain


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is all of them.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--data", type=click.Path(path_type=Path), help="Data folder (BALCAO_DATA, ./data).")
@click.option("--demo/--no-demo", default=True, show_default=True, help="Load the demonstration city the first time.")
def up(host: str, port: int, data: Path | None, demo: bool) -> None:
    """Start everything and say where to click; Ctrl-C stops it."""
    from balcao.config.server import check_port

    check_port(host, port)
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104
    url = os.environ.get("BALCAO_URL") or f"http://{shown}:{port}"
    os.environ["BALCAO_URL"] = url
    home = data_folder(data)
    if sys.stderr.isatty():
        os.environ.setdefault("BALCAO_LOG", "console")
    if demo:
        os.environ.setdefault("BALCAO_DEMO", "1")
    supervisor = Supervisor()
    with supervisor.signals(), _private_or_given(home, supervisor):
        with gate() as behind:  # the web's modules are read while the data are looked at
            supervisor.start("web", ["web", "--host", host, "--port", str(port), "--behind", behind])
            try:
                signins = in_a_child(lambda: prepare(demo))
            except BaseException:
                supervisor.stop()  # before the gate opens
                raise
        supervisor.wait_until_ready(f"http://{shown}:{port}")  # alone: whoever waits, waits for pages
        (home / ADDRESS).write_text(f"{url}\n")
        supervisor.start("worker", ["worker"])
        if os.environ.get("BALCAO_MAILBOXES"):
            supervisor.start("mail", ["mail"])
        if not supervisor.stopping:
            click.echo(
                f"\n  Balcão is ready:  {url}/\n  Staff:            {url}/console/\n{signins}\n  Ctrl-C stops it."
            )
        supervisor.watch()
    click.echo("Balcão has stopped.")


def _private_or_given(home: Path, supervisor: Supervisor) -> AbstractContextManager[object]:
    """Our own server is watched too; one that DATABASE_URL names is somebody else's business."""
    if os.environ.get("DATABASE_URL"):
        return database(home)
    from balcao.platform.postgres import Server

    return supervisor.database(Server(home))


def prepare(demo: bool) -> str:
    """Everything that Django does before the first page; the sign-ins to print."""
    setup_django()
    bring_up_to_date()
    collect_static()
    return load_demo() if demo else ""


def collect_static() -> None:
    """Copy the static files to where the web server reads them; only when something changed."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    parts = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            parts.append(f"{path}:{found.st_size}:{found.st_mtime_ns}")
    stamp, seen = settings.STATIC_ROOT / ".stamp", "\n".join(sorted(parts))
    if not stamp.exists() or stamp.read_text() != seen:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(seen)


def load_demo() -> str:
    """Load the demonstration city into an empty installation; its sign-ins to print, if it is here. One of an older
    version gets what has come since."""
    from balcao.config import demo

    if not demo.missing():
        demo.keep_up()
    else:
        click.echo("Loading the demonstration city…")
        try:
            demo.load()
        except Exception as error:
            if sentence := explain(error):
                raise Trouble(sentence) from error
            raise
    return demo.sign_ins()
