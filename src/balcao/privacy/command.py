"""`balcao privacy`: what a person may ask, and the table of time. Nothing changes without --do."""

from __future__ import annotations

import os
from pathlib import Path

import click

from balcao.citizens.models import Person
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.trouble import Trouble

from . import actions
from .exporting import export_person
from .finding import find_people

agency_option = click.option("--agency", "slug", default="", help="The agency's short name, where there are several.")


def _agency(slug: str) -> Agency:
    found = list(Agency.objects.filter(slug=slug) if slug else Agency.objects.all()[:2])
    if len(found) != 1:
        raise Trouble(
            "Say which agency with --agency: " + ", ".join(Agency.objects.values_list("slug", flat=True)) + "."
        )
    return found[0]


def _person(agency: Agency, text: str) -> Person:
    found = find_people(actor=Actor.system(agency.pk), agency_id=agency.pk, text=text)
    if len(found) != 1:
        raise Trouble(
            "Nobody is known by that protocol, document, e-mail or phone."
            if not found
            else f"{len(found)} people share it: name one by a protocol or a document."
        )
    return found[0]


@click.group()
def privacy() -> None:
    """A person's export and erasure, and the retention table. Whom: a protocol, document, e-mail or phone."""


@privacy.command("export")
@click.argument("whom")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@agency_option
def export(whom: str, file: Path, slug: str) -> None:
    """Write all that is kept of a person to FILE (zip), to be handed to that person."""
    agency = _agency(slug)
    part = file.with_name(file.name + ".part")
    try:
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as target:
            cases = export_person(actor=Actor.system(agency.pk), person=_person(agency, whom), to=target)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"Written: {file} ({cases} demands). Only the person themself may have it.")


@privacy.command("erase")
@click.argument("whom")
@click.option("--do", is_flag=True, help="Do it. Without this it is only said what would happen.")
@agency_option
def erase(whom: str, do: bool, slug: str) -> None:
    """Erase a person: each demand is cleared, or kept with the reason."""
    agency = _agency(slug)
    work = actions.erase_person if do else actions.plan_erasure
    plan = work(actor=Actor.system(agency.pk), person=_person(agency, whom))
    for verdict in plan.verdicts:
        click.echo(f"{verdict.case.protocol}  {verdict.how or verdict.code}  {verdict.why}".rstrip())
    click.echo(f"Conversations whose words go: {plan.talks}")
    click.echo("The person's own data " + ("go." if plan.person_goes else "stay: something must be kept."))
    click.echo("Done." if do else "Nothing was changed: say --do to do it.")


@privacy.command("retain")
@click.option("--do", is_flag=True, help="Do it. Without this it is only counted.")
@click.option("--limit", default=10_000, show_default=True, type=click.IntRange(1))
@agency_option
def retain(do: bool, limit: int, slug: str) -> None:
    """Apply the retention table to what it has caught up with."""
    agency = _agency(slug)
    work = actions.retain if do else actions.plan_retention
    done = work(actor=Actor.system(agency.pk), agency_id=agency.pk, limit=limit)
    for how, count in sorted(done.items()):
        click.echo(f"{how}: {count}")
    click.echo("Done." if do else "Nothing was changed: say --do to do it.")
