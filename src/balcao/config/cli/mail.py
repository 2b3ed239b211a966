"""`balcao mail`: what people and mail servers write to us, as a process of its own."""

from pathlib import Path

import click

from balcao.config.cli.environment import data_folder, database, refuse_newer_data, setup_django


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data folder (BALCAO_DATA, ./data).")
def mail(data: Path | None) -> None:
    """Take the mail that comes in, from IMAP mailboxes and by SMTP. `balcao up` runs it with BALCAO_MAILBOXES set."""
    with database(data_folder(data)):
        setup_django()
        refuse_newer_data()
        from balcao.channels.email.service import run

        run()
