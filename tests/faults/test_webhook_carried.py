"""A running worker carries a signed webhook to a real server: it fails first, comes again, and is replayed from the
page."""

from __future__ import annotations

import base64
import hmac
import html
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from .city import City
from .people import Ledger, Person
from .post import CountingPost

ADMINISTRATOR = """
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from balcao.organization.models import Staff
from balcao.platform.sessions import SessionStore
boss, session = Staff.objects.get(email__startswith="administrator"), SessionStore()
TOTP.activate(boss, generate_totp_secret())
session[SESSION_KEY] = str(boss.pk)
session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
session[HASH_SESSION_KEY] = boss.get_session_auth_hash()
session.save()
print("session:" + session.session_key)
"""


class Office(City):
    """With somebody who keeps the settings, and another system in the same building."""

    def __init__(self, *, smtp_port: int) -> None:
        super().__init__(webs=1, workers=1, smtp_port=smtp_port)
        self.environment["BALCAO_OUTSIDE_ALLOW"] = "127.0.0.1/32"

    def set_up(self) -> None:
        super().set_up()
        said = self.balcao("manage", "shell", "-c", ADMINISTRATOR)
        self.plan["administrator"] = said.rpartition("session:")[2].strip()


class Receiver(ThreadingHTTPServer):
    """Says no to the first message, then yes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.heard: list[tuple[dict[str, str], str]] = []
        self.answers = [500]


class _Door(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiver() -> Iterator[Receiver]:
    with Receiver() as there:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        try:
            yield there
        finally:
            there.shutdown()


def holds(secret: str, headers: dict[str, str], body: str) -> bool:
    """What a receiver checks, as Standard Webhooks has it; written here anew."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    mac = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}" in headers["webhook-signature"].split()


@pytest.mark.slow
def test_a_webhook_is_carried_after_a_failure_and_told_again_from_its_page():
    with CountingPost() as post, receiver() as there, Office(smtp_port=post.port) as city:
        boss = Person(city, Ledger(), threading.Event(), 9)
        boss.cookies = {"sessionid": city.plan["administrator"]}
        form = {"name": "Zeladoria", "url": f"http://127.0.0.1:{there.server_port}/hook", "kinds": "CaseOpened"}
        status, page, text = boss.send("POST", "/console/settings/webhooks/new/", form | {"is_active": "on"})
        assert status == 302, text

        demand = {"api_key": city.plan["key"], "service_code": "poda", "description": "Galho seco sobre a calçada"}
        status, _where, text = boss.send(
            "POST", "/open311/v2/requests.json", demand | {"address_string": "Rua das Flores, 12"}
        )
        assert status == 200, text
        protocol = json.loads(text)[0]["service_request_id"]

        def heard(times: int) -> None:
            city.tend_until(lambda: len(there.heard) >= times, lambda: len(there.heard))

        heard(2)
        tries = "SELECT a.status FROM api_attempt a JOIN api_outgoing m ON m.id = a.message_id ORDER BY a.id"
        city.tend_until(lambda: len(city.ask(tries)) == 2, lambda: len(city.ask(tries)))
        assert city.ask(tries) == [(500,), (200,)]
        assert city.ask("SELECT state, tries FROM api_outgoing") == [("done", 2)]

        shown = html.unescape(boss.send("GET", page)[2])
        secret = re.search(r"whsec_[A-Za-z0-9+/=]+", shown)
        assert secret and "500" in shown and "200" in shown
        [(message,)] = city.ask("SELECT id FROM api_outgoing")
        assert boss.send("POST", f"{page}messages/{message}/", {})[0] == 302
        heard(3)
        assert len({headers["webhook-id"] for headers, _body in there.heard}) == 1
        assert len({body for _headers, body in there.heard}) == 1
        assert all(holds(secret[0], *one) for one in there.heard)
        assert not holds(secret[0], there.heard[0][0], there.heard[0][1] + " ")
        told = json.loads(there.heard[0][1])
        assert told["type"] == "CaseOpened" and told["data"]["case"] == protocol
        city.tend_until(lambda: city.ask("SELECT state FROM api_outgoing") == [("done",)], lambda: None)
        assert city.ask("SELECT count(*) FROM platform_fault WHERE kind = 'webhook'") == [(0,)]
        assert all(process.poll() is None for process in city.running.values()), "nobody was started anew"
