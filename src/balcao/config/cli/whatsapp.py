"""`balcao whatsapp`: an app at Meta and its numbers; `balcao simulate`: a phone and Meta's side on this machine."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

import click

from balcao.config.cli.environment import agency_named
from balcao.platform.errors import Refusal
from balcao.platform.trouble import Trouble

if TYPE_CHECKING:
    from balcao.channels.whatsapp.models import MetaApp
    from balcao.inbox.conversations.models import Line
    from balcao.organization.models import Agency

SIMULATOR = "simulator"  # the name of its app
NUMBER_ID, BUSINESS_ID = "100000000000001", "200000000000001"


@click.group()
def whatsapp() -> None:
    """Connect WhatsApp: the app in Meta's console first, then each agency's numbers."""


@whatsapp.command("app")
@click.argument("name")
@click.option("--secret", envvar="BALCAO_WHATSAPP_SECRET", prompt="App secret", hide_input=True, help="App secret.")
def app_command(name: str, secret: str) -> None:
    """Keep the app NAME, and say what to type into Meta's console for its webhook. Once more changes the secret."""
    from django.conf import settings

    from balcao.channels.whatsapp.models import MetaApp

    app = MetaApp.objects.filter(name=name).first() or MetaApp(name=name, verify_token=secrets.token_urlsafe(24))
    app.secret = secret
    _keep_app(app)
    click.echo(f"Callback URL:  {settings.BASE_URL}/whatsapp/{app.hook}/")
    click.echo(f"Verify token:  {app.verify_token}")
    click.echo("Subscribe to the field: messages")


@whatsapp.command("number")
@click.argument("phone_number_id")
@click.option("--app", "name", required=True, help="The app that it speaks through.")
@click.option("--agency", help="The agency's short name; may be left out when there is one.")
@click.option("--line", help="The waiting line where its conversations begin; without it the agency's first.")
@click.option("--shown", required=True, help="The number as people dial it.")
@click.option("--called", required=True, help="Its name among colleagues: CAC, PROCON…")
@click.option("--business-id", default="", help="The WhatsApp Business account, for its templates.")
@click.option("--token", envvar="BALCAO_WHATSAPP_TOKEN", prompt="Access token", hide_input=True, help="Access token.")
def number_command(
    phone_number_id: str,
    name: str,
    agency: str | None,
    line: str | None,
    shown: str,
    called: str,
    business_id: str,
    token: str,
) -> None:
    """Connect the number that Meta calls PHONE_NUMBER_ID, or change it."""
    from balcao.channels.whatsapp.models import MetaApp

    app = MetaApp.objects.filter(name=name).first()
    if app is None:
        raise Trouble(f"There is no app {name!r}: `balcao whatsapp app {name}` first.")
    owner = agency_named(agency)
    _connect(owner, app, _line(owner, line), phone_number_id, called, shown, token, business_id)
    click.echo(f"{shown} is connected: what people write to it comes into the inbox of {owner.name}.")


@whatsapp.command("templates")
@click.argument("phone_number_id")
def templates_command(phone_number_id: str) -> None:
    """Show the templates that Meta has for the number's account, and whether each may be sent."""
    from balcao.channels.whatsapp import graph
    from balcao.channels.whatsapp.models import CHANNEL, WhatsAppNumber
    from balcao.inbox.outbound import NotSent

    numbers = WhatsAppNumber.objects.select_related("app", "account")
    number = numbers.filter(account__channel=CHANNEL, account__key=phone_number_id).first()
    if number is None or not number.business_id:
        raise Trouble("This number is not connected, or without its business account (--business-id).")
    try:
        found = graph.templates(number.line, number.business_id)
    except NotSent as error:
        raise Trouble(f"Meta did not answer: {error}.") from None
    for one in found:
        said = [part.get("text", "") for part in one.get("components") or [] if part.get("type") == "BODY"]
        click.echo(f"{one.get('name')}  {one.get('language')}  {one.get('status')}  {' '.join(said)}")


@click.group()
def simulate() -> None:
    """Try a channel without an account."""


@simulate.command("whatsapp")
@click.option("--agency", help="The agency's short name; may be left out when there is one.")
@click.option("--port", default=8345, show_default=True, type=click.IntRange(0, 65535), help="The phone's page.")
@click.option("--to", "base", help="Where Balcão answers (BALCAO_URL).")
def simulate_whatsapp(agency: str | None, port: int, base: str | None) -> None:
    """A phone with WhatsApp as a page, and Meta's Cloud API beside it, until Ctrl-C. Balcão must be allowed to ask this
    machine: start it with BALCAO_OUTSIDE_ALLOW=127.0.0.1/32."""
    from django.conf import settings

    from balcao.channels.whatsapp.models import MetaApp
    from balcao.channels.whatsapp.simulator.cloud import Cloud
    from balcao.channels.whatsapp.simulator.delivering import Courier, Faults
    from balcao.channels.whatsapp.simulator.server import serve

    app = MetaApp.objects.filter(name=SIMULATOR).first() or MetaApp(
        name=SIMULATOR, secret=secrets.token_hex(16), verify_token=secrets.token_urlsafe(24)
    )
    courier = Courier(f"{base or settings.BASE_URL}/whatsapp/{app.hook}/", app.secret, Faults())
    cloud = Cloud(courier, NUMBER_ID, secrets.token_urlsafe(24), business_id=BUSINESS_ID)
    try:
        server = serve(cloud, port)
    except OSError:
        raise Trouble(f"Port {port} is busy: choose another one with --port.") from None
    here = f"http://127.0.0.1:{server.server_address[1]}"
    app.graph = f"{here}/v23.0"
    _keep_app(app)
    owner = agency_named(agency)
    _connect(owner, app, _line(owner, None), NUMBER_ID, "WhatsApp", cloud.shown_number, cloud.token, BUSINESS_ID)
    click.echo(f"The phone of somebody who writes to {owner.name}: {here}/")
    if not settings.OUTSIDE_ALLOW:
        click.echo("Answers reach it when Balcão was started with BALCAO_OUTSIDE_ALLOW=127.0.0.1/32.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        courier.stop()
        server.shutdown()


def _keep_app(app: MetaApp) -> None:
    from balcao.channels.whatsapp.connecting import keep_app
    from balcao.platform.actors import Actor

    try:
        keep_app(actor=Actor.system(), app=app)
    except Refusal as refusal:
        raise Trouble(str(refusal.sentence)) from None


def _connect(
    owner: Agency, app: MetaApp, line: Line, number_id: str, called: str, shown: str, token: str, business_id: str
) -> None:
    from balcao.channels.whatsapp.connecting import connect_number
    from balcao.platform.actors import Actor

    try:
        connect_number(
            actor=Actor.system(owner.pk), app=app, line=line, phone_number_id=number_id, name=called, shown=shown,
            token=token, business_id=business_id,
        )  # fmt: skip
    except Refusal as refusal:
        raise Trouble(str(refusal.sentence)) from None


def _line(owner: Agency, slug: str | None) -> Line:
    """The line of that name; without one the agency's first, made when it has none."""
    from django.utils.translation import gettext, override

    from balcao.inbox.conversations.models import Line
    from balcao.platform import history
    from balcao.platform.actors import Actor

    lines = Line.objects.filter(agency=owner, is_active=True).order_by("pk")
    if slug is not None:
        found = lines.filter(slug=slug).first()
        if found is None:
            there = ", ".join(lines.values_list("slug", flat=True)) or "none"
            raise Trouble(f"{owner.name} has no line {slug!r} (there are: {there}).")
        return found
    with override(owner.locale):
        fresh = Line(agency=owner, slug="whatsapp", name=gettext("General service"))
    return lines.first() or history.keep(actor=Actor.system(owner.pk), obj=fresh)
