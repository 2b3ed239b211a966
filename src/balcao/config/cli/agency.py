"""`balcao agency`: a public body begins here; whatever comes after is done in its console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from balcao.platform.errors import Refusal
from balcao.platform.trouble import Trouble

TIME_ZONES = {"BR": "America/Sao_Paulo", "PT": "Europe/Lisbon"}
LOCALES = {"BR": "pt-br", "PT": "pt-pt"}
Command = Callable[..., None]


@click.group()
def agency() -> None:
    """Set up a public body: its names, its host name, its first administrator."""


def arranged(command: Command) -> Command:
    """The options of whatever the operator decides about an agency."""
    for name, words in (
        ("--short-name", "As it stands in narrow places."),
        ("--hostname", "Host name of its portal; without one it serves the names that no other agency has."),
        ("--timezone", "IANA name, America/Manaus."),
        ("--locale", "Language that its portal speaks first: pt-br, pt-pt or en."),
        ("--theme", "Colours: balcao, govbr or agora."),
        ("--contact", "How to reach it otherwise, for its pages and letters."),
        ("--mail-from", "Address that its letters come from."),
    ):
        command = click.option(name, help=words)(command)
    return command


@agency.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="Its full name.")
@click.option("--country", type=click.Choice(["BR", "PT"]), default="BR", show_default=True)
@click.option("--state", default="", help="For its holidays: SP, ES…")
@arranged
def add(slug: str, name: str, country: str, state: str, **given: str | None) -> None:
    """Make the agency SLUG, with office hours, the holidays of its country and the usual roles."""
    from balcao.organization.actions import found_agency
    from balcao.organization.models import Agency

    new = Agency(slug=slug, name=name, jurisdiction=country, locale=LOCALES[country], timezone=TIME_ZONES[country])
    _set(new, given)
    _kept(lambda actor: found_agency(actor=actor, agency=new, subdivision=state))
    click.echo(f"{slug} is set up. Next: balcao agency administrator --agency {slug} --name NAME EMAIL")


@agency.command("change")
@click.argument("slug")
@click.option("--name", help="Its full name.")
@click.option("--default", is_flag=True, help="From now on it serves the host names that no other agency has.")
@arranged
def change(slug: str, name: str | None, default: bool, **given: str | None) -> None:
    """Change what the operator decides about the agency SLUG."""
    from balcao.config.cli.environment import agency_named
    from balcao.organization.actions import keep_arrangement

    found = agency_named(slug)
    _set(found, {"name": name, **given})
    found.is_default |= default
    _kept(lambda actor: keep_arrangement(actor=actor, agency=found))
    click.echo(f"{slug} is changed. Processes that run know it within a minute.")


@agency.command("administrator")
@click.argument("email")
@click.option("--name", required=True, help="Of the person.")
@click.option("--agency", "slug", metavar="SLUG", help="Which agency; needed where there are several.")
def administrator(email: str, name: str, slug: str | None) -> None:
    """Invite EMAIL as an administrator of the agency: a letter goes out with the link to set a password."""
    from balcao.config.cli.environment import agency_named
    from balcao.inbox.inviting import invitation_link, invite_staff
    from balcao.organization.models import Role
    from balcao.organization.permissions import PERMISSIONS

    found = agency_named(slug)
    role = Role.objects.filter(agency=found, permissions__contains=sorted(PERMISSIONS)).order_by("pk").first()
    if role is None:
        raise Trouble(f"{found.slug} has no role that may do everything: restore one in a backup or ask its staff.")
    staff = _kept(
        lambda actor: invite_staff(actor=actor, agency=found, name=name, email=email, role=role, everywhere=True)
    )
    click.echo(f"{staff.name} is invited by e-mail. Should the letter not arrive, give them this link yourself:")
    click.echo(invitation_link(staff))


@agency.command("list")
def list_() -> None:
    """Name the agencies of this installation."""
    from balcao.organization.models import Agency

    for one in Agency.objects.order_by("slug"):
        where = one.hostname or ("every other host name" if one.is_default else "no host name")
        click.echo(f"{one.slug:<20} {one.name} ({where})")


def _set(agency: Any, given: dict[str, str | None]) -> None:
    for name, value in given.items():
        if value is not None:
            setattr(agency, name, value.strip())


def _kept(write: Callable[[Any], Any]) -> Any:
    """All of it or nothing; what an action refuses is one sentence."""
    from django.db import transaction
    from django.utils import translation

    from balcao.platform.actors import Actor

    try:
        with translation.override("en"), transaction.atomic():
            return write(Actor.system())
    except Refusal as refusal:
        raise Trouble(str(refusal.sentence)) from None
