"""`balcao whatsapp` and `balcao simulate`: from nothing to a phone whose words come into the inbox."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client

from balcao.channels.whatsapp import taking
from balcao.channels.whatsapp.models import MetaApp, WhatsAppNumber
from balcao.channels.whatsapp.simulator.cloud import Cloud
from balcao.channels.whatsapp.simulator.delivering import Courier, Faults
from balcao.channels.whatsapp.simulator.server import serve
from balcao.config.cli.whatsapp import whatsapp
from balcao.config.testing import chromium_browser
from balcao.inbox import sending
from balcao.inbox.conversations.presence import set_up_attendant
from balcao.inbox.models import Delivery, Line, Message
from balcao.organization.models import Staff
from balcao.platform.trouble import Trouble
from tests.conftest import snap
from tests.world import make_world


@pytest.fixture
def world(db):
    return make_world()


def balcao(*words: str) -> str:
    return CliRunner().invoke(whatsapp, words, catch_exceptions=False).output


def number(*more: str) -> str:
    return balcao("number", "106540352242922", "--app", "Extrema", "--shown", "+55 35 3435-1000", "--called", "CAC",
                  "--token", "EAAG", "--business-id", "102290129340398", *more)  # fmt: skip


@pytest.mark.django_db
def test_an_app_then_its_number_then_a_new_token(client):
    agency = make_world().agency
    said = balcao("app", "Extrema", "--secret", "s3cret")
    path, token = re.search(r"(/whatsapp/\S+)", said)[1], re.search(r"Verify token: +(\S+)", said)[1]
    asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "42"}
    assert client.get(path, asked).content == b"42" and "s3cret" not in said
    assert agency.name in number()
    number("--token", "EAAG-new")
    kept = WhatsAppNumber.objects.get()
    assert (kept.token, kept.account.line.name, kept.app.name) == ("EAAG-new", "Atendimento geral", "Extrema")
    with pytest.raises(Trouble, match="no app"):
        balcao("number", "1", "--app", "none", "--shown", "1", "--called", "x", "--token", "x")
    with pytest.raises(Trouble, match=r"only digits|só algarismos"):
        balcao("number", "x1", "--app", "Extrema", "--shown", "1", "--called", "x", "--token", "x")


@pytest.mark.django_db
def test_the_templates_of_a_number_are_listed(settings):
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8"]
    make_world()
    cloud = Cloud(Courier("http://127.0.0.1:9/", "s", Faults()), "106540352242922", "EAAG")
    server = serve(cloud)
    balcao("app", "Extrema", "--secret", "s3cret")
    MetaApp.objects.update(graph=f"http://127.0.0.1:{server.server_address[1]}/v23.0")
    number()
    assert "resposta  pt_BR  APPROVED  Olá, {{1}}!" in balcao("templates", "106540352242922")
    cloud.faults.expired = True
    with pytest.raises(Trouble, match="401"):
        balcao("templates", "106540352242922")
    server.shutdown()
    server.server_close()
    cloud.courier.stop()


@pytest.fixture
def phone(live_server, settings):
    """The address of the phone's page, which `balcao simulate whatsapp` prints."""
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8"]
    environment = os.environ | {
        "DATABASE_URL": _url(connection.settings_dict),
        "BALCAO_SECRET_KEY": settings.SECRET_KEY,
    }
    arguments = ["simulate", "whatsapp", "--port", "0", "--to", live_server.url]
    command = [sys.executable, "-m", "balcao.config.cli", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield re.search(r"(http://127\.0\.0\.1:\d+)/", process.stdout.readline())[0]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def arrived(words: str) -> None:
    """The phone's words came to the webhook, and our worker takes them in."""
    ends = time.monotonic() + 60
    while not any(one.body == words for one in Message.objects.filter(direction="in")):
        assert time.monotonic() < ends
        time.sleep(0.1)
        taking.take_in_due(None)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_phone_and_an_attendant_talk_each_in_a_browser_of_their_own(world, phone, live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread
    ana, client = world.staff["attendant"], Client()
    set_up_attendant(actor=world.actor("administrator"), staff=ana, capacity=3, lines=[Line.objects.get()])
    Staff.objects.filter(pk=ana.pk).update(locale="en")
    client.force_login(Staff.objects.get(pk=ana.pk))
    with chromium_browser() as browser:
        theirs = browser.new_page(viewport={"width": 390, "height": 760})
        theirs.goto(phone)
        theirs.locator("#words").fill("Preciso de uma vaga na creche")
        theirs.locator("#words").press("Enter")
        arrived("Preciso de uma vaga na creche")
        desk = browser.new_page(viewport={"width": 1280, "height": 900})
        desk.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        desk.goto(f"{live_server.url}/console/inbox/?part=waiting")
        desk.get_by_text("Preciso de uma vaga na creche").click()
        desk.get_by_role("button", name=re.compile("^Take")).click()
        desk.locator("#id_text").fill("Bom dia! Em qual bairro?")
        desk.locator("#id_text").press("Enter")
        desk.locator(".word-ours[data-number]", has_text="Em qual bairro?").wait_for()
        sending.deliver(Delivery.objects.get().pk)
        theirs.get_by_text("Em qual bairro?").wait_for()
        theirs.locator("#words").fill("No Centro")
        theirs.locator("#words").press("Enter")
        arrived("No Centro")
        desk.reload()
        desk.locator("#talk-thread").get_by_text("No Centro").wait_for()
        snap(theirs, "whatsapp-simulated")
        snap(desk, "whatsapp-at-the-desk")
        state = json.load(urllib.request.urlopen(f"{phone}state"))
    assert set(state["answers"]) == {200} and [one["mine"] for one in state["bubbles"]] == [True, False, True]


def _url(found: dict) -> str:
    """The test's own database, for another process."""
    host, port = found["HOST"], found["PORT"] or ""
    user = found["USER"] + (f":{found['PASSWORD']}" if found["PASSWORD"] else "")
    place = f"?host={host}" if str(host).startswith("/") else ""
    return f"postgresql://{user}@{'' if place else f'{host}:{port}'}/{found['NAME']}{place}"
