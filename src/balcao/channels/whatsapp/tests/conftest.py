"""An app at Meta with two numbers of two agencies, and deliveries signed as Meta signs them."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from balcao.channels.whatsapp.connecting import connect_number, keep_app
from balcao.channels.whatsapp.models import MetaApp, WhatsAppNumber
from balcao.channels.whatsapp.simulator.cloud import Cloud
from balcao.channels.whatsapp.simulator.delivering import Courier, Faults
from balcao.channels.whatsapp.simulator.server import serve
from balcao.inbox.conversations.models import Line
from balcao.platform.actors import Actor
from tests.world import World, make_world

from .phones import Phone

FIXTURES = Path(__file__).parent.parent / "fixtures"
SECRET = "app-secret-0123456789abcdef"
CAC, PROCON = "106540352242922", "206540352242922"


def fixture(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


@dataclass
class Meta:
    """Meta's side of one app: delivers what it is told to, as it would."""

    app: MetaApp
    number: WhatsAppNumber
    world: World

    @property
    def address(self) -> str:
        return f"/whatsapp/{self.app.hook}/"

    def deliver(self, what: str | dict[str, Any] | bytes, **headers: str) -> int:
        """The status that a delivery is answered with."""
        found = fixture(what) if isinstance(what, str) else what
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        headers = {"X-Hub-Signature-256": sign(body), **headers}
        client = Client(raise_request_exception=False)
        return client.post(self.address, body, content_type="application/json", headers=headers).status_code


def connect(world: World, app: MetaApp, phone_number_id: str, name: str) -> WhatsAppNumber:
    line = Line.objects.create(agency=world.agency, slug=name.lower(), name=name)
    return connect_number(
        actor=world.actor("administrator"), app=app, line=line, phone_number_id=phone_number_id, name=name,
        shown="+55 35 3435-1000", token="EAAG-token", business_id="102290129340398",
    )  # fmt: skip


@pytest.fixture
def meta(db) -> Meta:
    world = make_world()
    app = MetaApp(name="Extrema", secret=SECRET, verify_token="opens", graph="http://127.0.0.1:9/v23.0")
    keep_app(actor=Actor.system(), app=app)
    return Meta(app, connect(world, app, CAC, "CAC"), world)


@pytest.fixture
def procon(meta) -> WhatsAppNumber:
    return connect(make_world("procon", default=False, hostname="procon.example.org"), meta.app, PROCON, "PROCON")


@pytest.fixture
def phone(meta, live_server, settings, tmp_path):
    settings.OUTSIDE_ALLOW, settings.MEDIA_ROOT = ["127.0.0.0/8"], tmp_path
    courier = Courier(f"{live_server.url}{meta.address}", SECRET, Faults(), wait=0.05)
    cloud = Cloud(courier, CAC, "EAAG-token")
    server = serve(cloud)
    meta.app.graph = f"http://127.0.0.1:{server.server_address[1]}/v23.0"
    meta.app.save()
    yield Phone(cloud, meta.world.agency.pk)
    courier.stop()
    server.shutdown()
    server.server_close()


@pytest.fixture
def asked(phone, meta):
    Line.objects.update(interview="service:poda")
    return phone
