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

from balcao.channels.whatsapp.models import MetaApp, WhatsAppNumber
from balcao.channels.whatsapp.simulator.cloud import Cloud
from balcao.channels.whatsapp.simulator.delivering import Courier, Faults
from balcao.channels.whatsapp.simulator.server import serve
from balcao.config.cli.whatsapp import whatsapp
from balcao.platform.trouble import Trouble
from tests.world import make_world


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


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_simulated_phone_writes_to_the_webhook(live_server, settings):
    make_world()
    found = connection.settings_dict
    environment = os.environ | {"DATABASE_URL": _url(found), "BALCAO_SECRET_KEY": settings.SECRET_KEY}
    arguments = ["simulate", "whatsapp", "--port", "0", "--to", live_server.url]
    command = [sys.executable, "-m", "balcao.config.cli", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        page = re.search(r"(http://127\.0\.0\.1:\d+)/", process.stdout.readline())[1]
        shown = urllib.request.urlopen(page).read().decode()
        assert 'id="bubbles"' in shown and "phone.js" in shown
        body = json.dumps({"kind": "text", "part": {"body": "oi"}}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{page}/say", body))
        ends = time.monotonic() + 60
        while (answers := json.load(urllib.request.urlopen(f"{page}/state"))["answers"]) == []:
            assert time.monotonic() < ends
            time.sleep(0.1)
        assert answers == [200]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def _url(found: dict) -> str:
    """The test's own database, for another process."""
    host, port = found["HOST"], found["PORT"] or ""
    user = found["USER"] + (f":{found['PASSWORD']}" if found["PASSWORD"] else "")
    place = f"?host={host}" if str(host).startswith("/") else ""
    return f"postgresql://{user}@{'' if place else f'{host}:{port}'}/{found['NAME']}{place}"
