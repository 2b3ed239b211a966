"""`balcao`: the operator's way in. What an operator can mend ends in one sentence, not in a traceback."""

import importlib
import os
import sys

import click

from balcao.platform.trouble import Trouble, explain

# name -> (module, attribute, one line of help); imported only when used, so that `--help` is instant.
COMMANDS = {
    "up": ("balcao.config.cli.up", "up", "Start everything: database, web, live stream, worker."),
    "web": ("balcao.config.cli.serve", "web", "Serve the pages and the live stream."),
    "worker": ("balcao.config.cli.serve", "worker", "Run the jobs: sending, alarms, digests, sweeps."),
    "mail": ("balcao.config.cli.mail", "mail", "Take the mail that comes in, by IMAP and SMTP."),
    "migrate": ("balcao.config.cli.serve", "migrate", "Bring the database to this version."),
    "doctor": ("balcao.config.cli.doctor", "doctor", "Say what is wrong with this installation, and how to mend it."),
    "backup": ("balcao.config.cli.backup", "backup", "Write the database and the files into one archive."),
    "restore": ("balcao.config.cli.backup", "restore", "Bring back what `backup` wrote."),
    "keys": ("balcao.config.cli.keys", "keys", "Bring encrypted fields under the keys that are set now."),
    "agency": ("balcao.config.cli.agency", "agency", "Set up a public body and its first administrator."),
    "demo": ("balcao.config.demo", "demo", "Load the demonstration city."),
    "replay": ("balcao.config.replay", "replay", "Replay real demands of the past, in bulk or as they were lived."),
    "insights": ("balcao.insights.command", "insights", "Bring the published figures up to date, or rebuild them."),
    "privacy": ("balcao.privacy.command", "privacy", "Export or erase a person; apply the retention table."),
    "catalog": ("balcao.config.catalog_files", "catalog", "Import or export the catalogue as YAML files."),
    "dialogue": ("balcao.config.dialogue", "dialogue", "Walk every branch of an interview's script."),
    "export": ("balcao.config.moving", "export", "Write all of an agency's data in open formats."),
    "import": ("balcao.config.moving", "import_", "Bring in demands of a CSV, or what `export` wrote."),
    "whatsapp": ("balcao.config.cli.whatsapp", "whatsapp", "Connect WhatsApp: an app at Meta and its numbers."),
    "simulate": ("balcao.config.cli.whatsapp", "simulate", "Try a channel without an account: a phone as a page."),
    "manage": ("balcao.config.cli.serve", "manage", "Run one of Django's own commands."),
}
OWN_DATABASE = {"up", "web", "worker", "mail", "migrate", "doctor", "backup", "restore", "keys", "dialogue", "manage"}


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        if "--help" in sys.argv[1:2] or len(sys.argv) < 2:
            return click.Command(name, help=COMMANDS[name][2])
        module, attribute, _ = COMMANDS[name]
        if name not in OWN_DATABASE:
            _prepare(ctx)
        try:
            return getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise Trouble(f"This version of Balcão has no `balcao {name}`: update the program.") from None


def _prepare(ctx: click.Context) -> None:
    """A database that is up to date, for commands that only call actions; their --help needs none."""
    from balcao.config.cli.environment import bring_up_to_date, data_folder, database, setup_django

    asked_for_help = "--help" in sys.argv
    if not asked_for_help:
        ctx.with_resource(database(data_folder(None)))
    setup_django()
    if not asked_for_help:
        bring_up_to_date()


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="balcao")
def balcao() -> None:
    """Balcão, the open-source citizen-service platform.

    Settings come from the environment (docs/reference/settings.md). Without DATABASE_URL a private PostgreSQL
    under the data folder (BALCAO_DATA, ./data) serves every command.
    """


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balcao.config.settings")
    try:
        balcao()
    except Exception as error:
        sentence = explain(error)
        if sentence is None or os.environ.get("BALCAO_DEBUG"):
            raise
        click.echo(f"balcao: {sentence}", err=True)
        sys.exit(1)
