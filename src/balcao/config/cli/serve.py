"""`balcao web`, `worker`, `migrate`, `manage`: each process by itself, as one runs them on several machines."""

import os
from contextlib import nullcontext
from pathlib import Path

import click

from balcao.config.cli.environment import bring_up_to_date, data_folder, database, refuse_newer_data, setup_django
from balcao.platform.processes import in_a_child

data_option = click.option("--data", type=click.Path(path_type=Path), help="Data folder (BALCAO_DATA, ./data).")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is all of them.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes; one a core.")
@click.option("--behind", hidden=True, help="The gate that `balcao up` opens when the data are ready.")
@data_option
def web(host: str, port: int, workers: int, behind: str | None, data: Path | None) -> None:
    """Serve the pages and the live stream on one port."""
    from balcao.config.server import check_port, serve

    check_port(host, port)
    with nullcontext() if behind else database(data_folder(data)):
        if behind:
            os.environ["BALCAO_BEHIND"] = behind
        else:
            in_a_child(_check_data)
        from balcao.config.logging import LOGGING

        serve(host, port, workers, LOGGING, quiet=bool(behind))


def _check_data() -> None:
    setup_django()
    refuse_newer_data()


@click.command()
@click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1, 64), help="Jobs at a time.")
@data_option
def worker(concurrency: int, data: Path | None) -> None:
    """Run the jobs of every queue; rescue those of workers that died."""
    with database(data_folder(data)):
        _check_data()
        from django.db import connection

        from balcao.platform.jobs import run_worker

        connection.close()  # jobs run on threads, each with its own: this one would lie idle as long as we live
        run_worker(concurrency)


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database to this version; harmless when it already is."""
    with database(data_folder(data)):
        setup_django()
        bring_up_to_date(quiet=False)
        click.echo("The database is up to date.")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run one of Django's own commands, such as `balcao manage shell`."""
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balcao.config.settings")
    with database(data_folder(None)):
        execute_from_command_line(["balcao manage", *arguments])
