"""Our calls against the simulator, over real HTTP: what Meta takes, what it refuses, and what we make of it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from balcao.channels.whatsapp import contents, graph
from balcao.channels.whatsapp.graph import BadToken, Line
from balcao.channels.whatsapp.simulator.cloud import Cloud
from balcao.channels.whatsapp.simulator.delivering import Courier, Faults
from balcao.channels.whatsapp.simulator.server import serve
from balcao.dialogue.rendering import (
    WhatsAppButton,
    WhatsAppButtons,
    WhatsAppList,
    WhatsAppLocationRequest,
    WhatsAppRow,
    WhatsAppText,
)
from balcao.inbox.outbound import UNANSWERED, Rejected, TryLater

CAC = "106540352242922"
MARIA, NUMBER = "BR.1502576394655843", "553591234567"


@pytest.fixture
def cloud(settings):
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8"]
    made = Cloud(Courier("http://127.0.0.1:9/", "s", Faults(backwards=True)), CAC, "EAAG-token")  # it delivers nothing
    server = serve(made)
    made.port = server.server_address[1]
    yield made
    server.shutdown()
    server.server_close()
    made.courier.stop()


@pytest.fixture
def line(cloud):
    return Line(f"http://127.0.0.1:{cloud.port}/v23.0", CAC, "EAAG-token")


def last(cloud):
    return cloud.bubbles[-1].shown


@pytest.mark.parametrize("address, field", [(MARIA, "recipient"), (NUMBER, "to")])
def test_a_text_to_whoever_is_known_by_id_or_by_number(cloud, line, address, field):
    named = graph.send(line, address, contents.text("Bom dia 💡"), ours="uid-1", about="wamid.X")
    assert named == cloud.bubbles[-1].id and named.startswith("wamid.")
    sent = last(cloud)
    assert sent[field] == address and sent["text"] == {"body": "Bom dia 💡", "preview_url": False}
    assert sent["biz_opaque_callback_data"] == "uid-1" and sent["context"] == {"message_id": "wamid.X"}


def test_what_the_interview_renders_is_taken(cloud, line):
    buttons = WhatsAppButtons("É urgente?", (WhatsAppButton("q=true", "Sim"), WhatsAppButton("q=false", "Não")))
    rows = tuple(WhatsAppRow(f"s={n}", f"Serviço {n}", "Ruas" if n else "") for n in range(10))
    for message in (
        WhatsAppText("Olá"),
        buttons,
        WhatsAppList("Qual?", "Opções", rows),
        WhatsAppLocationRequest("Onde?"),
    ):
        graph.send(line, MARIA, contents.content(message))
    kinds = [one.shown.get("interactive", {}).get("type", one.shown["type"]) for one in cloud.bubbles]
    assert kinds == ["text", "button", "list", "location_request_message"]
    shown = cloud.bubbles[2].shown["interactive"]["action"]["sections"][0]["rows"]
    assert len(shown) == 10 and "description" not in shown[0] and shown[1]["description"] == "Ruas"


def test_a_template_has_its_variables_on_one_line(cloud, line):
    graph.send(line, MARIA, contents.template("resposta", "pt_BR", ["Maria\n\tdas     Dores", ""]))
    parameters = last(cloud)["template"]["components"][0]["parameters"]
    assert [one["text"] for one in parameters] == ["Maria das Dores", "-"]


def test_reading_ticks_what_was_said_before_and_typing_shows(cloud, line):
    first, second, third = (cloud.say("text", {"body": word}) for word in ("a", "b", "c"))
    graph.mark_read(line, second, typing=True)
    assert [one.state for one in cloud.bubbles] == ["read", "read", ""] and cloud.typing_until > 0
    assert {first, second, third} == {one.id for one in cloud.bubbles}


@pytest.mark.parametrize("fault, kind, code", [
    ({"too_many": 1}, TryLater, "whatsapp:130429"), ({"broken": 1}, TryLater, "whatsapp:131000"),
    ({"expired": True}, BadToken, "whatsapp:190"),
])  # fmt: skip
def test_what_passes_is_tried_later(cloud, line, fault, kind, code):
    for name, value in fault.items():
        setattr(cloud.faults, name, value)
    with pytest.raises(kind) as caught:
        graph.send(line, MARIA, contents.text("x"))
    assert caught.value.code == code and not cloud.bubbles
    cloud.faults.expired = False
    assert graph.send(line, MARIA, contents.text("x"))


@pytest.mark.parametrize("address, content, code", [
    ("BR.999", contents.text("x"), "whatsapp:131026"), (MARIA, contents.text("x" * 4097), "whatsapp:131009"),
    (MARIA, {"type": "poll"}, "whatsapp:100"), (MARIA, contents.template("", "pt_BR"), "whatsapp:132000"),
])  # fmt: skip
def test_what_never_passes_is_said_at_once(cloud, line, address, content, code):
    with pytest.raises(Rejected) as caught:
        graph.send(line, address, content)
    assert caught.value.code == code and address not in str(caught.value)


def test_a_file_with_its_token_and_no_larger_than_may_be(cloud, line):
    cloud.send_file(b"%PDF-1.7 x", "application/pdf", "rg.pdf")
    (media_id,) = cloud.files
    assert graph.fetch_file(line, media_id, 100) == graph.Fetched(b"%PDF-1.7 x", "application/pdf")
    with pytest.raises(Rejected) as caught:
        graph.fetch_file(line, media_id, 5)
    assert caught.value.code == "too_large"
    with pytest.raises(Rejected):
        graph.fetch_file(line, "42", 100)
    with pytest.raises(BadToken):
        graph.fetch_file(Line(line.graph, CAC, "wrong"), media_id, 100)


def test_templates_are_listed_however_many_pages_they_fill(cloud, line):
    cloud.templates += [{"name": f"t{n}", "language": "pt_BR"} for n in range(230)]
    names = [one["name"] for one in graph.templates(line, cloud.business_id)]
    assert names == ["resposta", "lembrete", "campanha", *[f"t{n}" for n in range(230)]]
    assert [what for what, _body in cloud.calls] == ["message_templates"] * 3


class Odd(BaseHTTPRequestHandler):
    """A Graph that answers whatever it is told to, and keeps what it was given."""

    said: tuple[int, bytes] | None = (200, b"{}")
    headers_seen: list[str] = []

    def _any(self):
        type(self).headers_seen.append(self.headers.get("Authorization", ""))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.said is None:
            return self.connection.close()
        status, body = self.said
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _any

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def odd(settings):
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8"]
    Odd.headers_seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Line(f"http://127.0.0.1:{server.server_address[1]}/v23.0", CAC, "EAAG-token")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("said", [(200, b"<html>"), (200, b"[]"), (200, b'{"messages": [7]}'), (200, b"{}"), None])
def test_an_answer_that_says_nothing_may_have_been_a_yes(odd, said):
    Odd.said = said
    with pytest.raises(TryLater) as caught:
        graph.send(odd, MARIA, contents.text("x"))
    assert caught.value.code == UNANSWERED


def test_nobody_there_is_no_doubt(settings):
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8"]
    with pytest.raises(TryLater) as caught:
        graph.send(Line("http://127.0.0.1:9/v23.0", CAC, "t"), MARIA, contents.text("x"))
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest", "https://evil.example/x", "https://lookaside.fbsbx.com.evil.example/", "file:///etc",
    "http://lookaside.fbsbx.com/x", "https://x@evil.example/.fbsbx.com", "https://a.fbsbx.com:8443/", "https://[", 7,
])  # fmt: skip
def test_the_token_goes_to_no_host_that_is_not_metas(odd, url):
    Odd.said = (200, json.dumps({"url": url, "mime_type": "image/png"}).encode())
    with pytest.raises(Rejected) as caught:
        graph.fetch_file(odd, "1", 100)
    assert caught.value.code == "media" and len(Odd.headers_seen) == 1


def test_a_private_address_is_not_asked_at_all(settings):
    settings.OUTSIDE_ALLOW = []
    with pytest.raises(TryLater):
        graph.send(Line("http://127.0.0.1:9/v23.0", CAC, "t"), MARIA, contents.text("x"))
