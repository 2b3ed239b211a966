"""The small protocol: signed both ways of asking, a repeat opens nothing, a doubt is settled by asking again."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from balcao.cases.actions import refuse_case
from balcao.cases.models import Case
from balcao.channels.signed_http.client import signature
from balcao.console.faults.words import of
from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.platform.models import Event, Fault
from balcao.workorders.actions import (
    accept_report,
    change_system,
    file_report,
    forwarding,
    give_back_order,
    reading_back,
)
from balcao.workorders.actions.reading_back import read_back
from balcao.workorders.models import RemoteOrder, RemoteSystem
from tests.world import make_world

pytestmark = pytest.mark.django_db
SECRET = "s" * 32


class Legacy(BaseHTTPRequestHandler):
    """A system of the town hall's own, which checks what the README demands."""

    orders: dict[str, dict] = {}
    news: list[dict] = []
    break_line = False
    cancelled: list[tuple[str, str, str]] = []
    cancels = True

    def _signed(self, body: bytes) -> bool:
        given = self.headers["X-Balcao-Signature"]
        return given == signature(SECRET, self.headers["X-Balcao-Timestamp"], self.command, self.path, body)

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._signed(body):
            return self._answer(403, {})
        key = self.headers["Idempotency-Key"]
        type(self).orders.setdefault(key, json.loads(body) | {"reference": f"N-{len(self.orders) + 1}"})
        if self.break_line:
            type(self).break_line = False
            return self.connection.close()
        return self._answer(200, {"reference": self.orders[key]["reference"]})

    def do_GET(self):
        if not self._signed(b""):
            return self._answer(403, {})
        asked = parse_qs(urlsplit(self.path).query)
        if "key" in asked:
            found = self.orders.get(asked["key"][0])
            return self._answer(200, [{"reference": found["reference"]}] if found else [])
        return self._answer(200, self.news)

    def do_DELETE(self):
        if not self._signed(b""):
            return self._answer(403, {})
        if not self.cancels:
            return self._answer(405, {})
        asked = parse_qs(urlsplit(self.path).query)
        type(self).cancelled.append((asked["reference"][0], asked["words"][0], self.headers["Idempotency-Key"]))
        return self._answer(200, {})

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def system(settings):
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8"]
    Legacy.orders, Legacy.news, Legacy.break_line = {}, [], False
    Legacy.cancelled, Legacy.cancels = [], True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Legacy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world = make_world()
    made = RemoteSystem(
        agency=world.agency, area=world.trees, connector="signed_http", secret=SECRET, codes={"poda": "0042"},
        url=f"http://127.0.0.1:{server.server_address[1]}/orders?town=1",
    )  # fmt: skip
    change_system(actor=world.actor("administrator"), system=made)
    made.world = world
    yield made
    server.shutdown()


def send_all() -> None:
    RemoteOrder.objects.filter(next_try_at__isnull=False).update(next_try_at=timezone.now())
    for pk in forwarding.take_up():
        forwarding.forward(pk)


def test_an_order_goes_there_and_its_end_comes_back(system):
    person, contact = system.world.person()
    case = system.world.open(reporter=person, contact=contact)
    send_all()
    (there,) = Legacy.orders.values()
    assert there["service"]["code"] == "0042" and there["description"] == case.description
    assert "Maria" not in json.dumps(there) and "maria@" not in json.dumps(there)
    remote = RemoteOrder.objects.get()
    assert (remote.state, remote.reference) == ("sent", "N-1")
    update = {"reference": "N-1", "status": "planned", "words": "Tomorrow @supervisor", "update_id": "1"}
    Legacy.news = [update]
    assert (read_back(system), read_back(system)) == (1, 0)
    note = case.remarks.get()
    assert "Tomorrow" in note.text and not note.mentions.exists()
    Legacy.news = [update, {"reference": "N-1", "status": "done", "closed": True, "outcome": "solved", "words": "Cut"}]
    read_back(system)
    report = case.orders.get().reports.get()
    assert report.outcome == "solved" and report.text.startswith("Cut")


def test_a_lost_answer_is_asked_for_by_our_key(system):
    system.world.open()
    Legacy.break_line = True
    send_all()
    assert RemoteOrder.objects.get().state == "unknown"
    send_all()
    remote = RemoteOrder.objects.get()
    assert (remote.state, remote.reference, len(Legacy.orders)) == ("sent", "N-1", 1)


def test_a_wrong_secret_is_the_operators_matter(system):
    RemoteSystem.objects.filter(pk=system.pk).update(secret="wrong")
    system.world.open()
    send_all()
    assert RemoteOrder.objects.get().state == "refused" and "403" in Fault.objects.get().reason
    assert not Legacy.orders


def test_a_signature_binds_moment_method_address_and_body():
    good = ("s", "1", "POST", "/a?b=1", b"{}")
    other = [("t", *good[1:]), ("s", "2", *good[2:]), ("s", "1", "GET", *good[3:]), (*good[:3], "/a", b"{}"),
             (*good[:4], b"[]")]  # fmt: skip
    assert len({signature(*one) for one in [good, *other]}) == 6


def test_a_cancelled_order_is_told_once_and_one_that_was_never_sent_is_not(system):
    world = system.world
    case, unsent = world.open(), None
    send_all()
    unsent = world.open()
    for one in (case, unsent):
        refuse_case(
            actor=world.actor("supervisor"), case=Case.objects.get(pk=one.pk), reason="Not ours: ask the state."
        )
    read_back(system)  # asking after it meanwhile ends nothing
    for _n in range(3):
        send_all()
    ((reference, words, _key),) = Legacy.cancelled
    assert reference == "N-1" and f"[{case.protocol}/1]" in words
    assert RemoteOrder.objects.get(order__case=case).state == "off" and not Fault.objects.exists()
    assert not RemoteOrder.objects.filter(order__case=unsent).exists()
    assert Event.objects.get(kind="OrderCalledOff").case_id == case.pk


def test_an_order_that_a_colleague_did_is_told_once_its_report_is_accepted(system):
    world = system.world
    ours, both = world.open(), world.open()
    send_all()
    reports = {
        case: file_report(
            actor=Actor.system(world.agency.pk), order=case.orders.get(), outcome="solved", text="We were there first"
        )
        for case in (ours, both)
    }
    Legacy.news = [{"reference": "N-1", "status": "planned"}, {"reference": "N-2", "status": "done", "closed": True}]
    read_back(system)
    send_all()
    assert not Legacy.cancelled, "a report may be sent back, and then they go on"
    for report in reports.values():
        accept_report(actor=world.actor("supervisor"), report=report)
    for _n in range(3):
        send_all()
        read_back(system)
    ((reference, words, _key),) = Legacy.cancelled
    assert reference == "N-1" and "Feita por nós" in words and f"[{ours.protocol}/1]" in words
    assert set(RemoteOrder.objects.values_list("order__case", "state")) == {(ours.pk, "off"), (both.pk, "ended")}
    assert not both.remarks.exists() and not Fault.objects.exists()


def test_who_cannot_be_told_is_told_by_hand_or_later(system):
    world, Legacy.cancels = system.world, False
    case = world.open()
    send_all()
    give_back_order(actor=world.actor("area_manager"), order=case.orders.get(), reason="Not our tree")
    send_all()
    fault = Fault.objects.get()
    assert fault.data["reference"] == "N-1" and "405" in fault.data["why"] and fault.case_id == case.pk
    assert "Tell them by hand" in of(fault).hint
    send_all()
    assert RemoteOrder.objects.get().next_try_at is None, "nobody is asked again and again"
    Legacy.cancels = True
    faults.retry(actor=world.actor("administrator"), fault=fault)
    send_all()
    fault.refresh_from_db()
    assert len(Legacy.cancelled) == 1 and fault.ended_at and RemoteOrder.objects.get().state == "off"


def test_one_answer_that_makes_no_sense_holds_up_no_other(system):
    odd, good = system.world.open(), system.world.open()
    send_all()
    Legacy.news = [
        {"reference": "N-1", "status": "wor\0king \ud800", "words": "\0", "update_id": "\0"},
        {"reference": "N-1", "status": "done", "closed": True, "outcome": "impossible", "words": "---"},
        {"reference": "N-2", "status": "done", "closed": True, "outcome": "solved", "words": "Cut"},
    ]
    read_back(system)
    assert good.orders.get().reports.get().outcome == "solved"
    report = odd.orders.get().reports.get()
    assert report.outcome == "impossible" and report.impossible_because == "done"
    assert not Fault.objects.exists() and not RemoteOrder.objects.filter(state="sent").exists()


def test_two_orders_under_one_number_of_theirs_both_hear_of_it(system):
    cases = [system.world.open(), system.world.open()]
    send_all()
    RemoteOrder.objects.update(reference="N-1")  # it took the second for a repeat of the first
    Legacy.news = [{"reference": "N-1", "status": "done", "closed": True, "outcome": "solved", "words": "Cut"}]
    read_back(system)
    assert [case.orders.get().reports.get().outcome for case in cases] == ["solved", "solved"]


def test_what_fails_on_our_side_stands_on_the_operators_page_and_holds_up_no_other(system, monkeypatch):
    broken, good = system.world.open(), system.world.open()
    send_all()
    Legacy.news = [
        {"reference": one, "status": "done", "closed": True, "outcome": "solved", "words": "Cut"}
        for one in ("N-1", "N-2")
    ]
    real = reading_back.file_report

    def fails(*, order, **what):
        if order.case_id == broken.pk:
            raise RuntimeError("no room")
        return real(order=order, **what)

    with monkeypatch.context() as patch:
        patch.setattr(reading_back, "file_report", fails)
        read_back(system)
    assert good.orders.get().reports.exists() and not broken.orders.get().reports.exists()
    fault = Fault.objects.get()
    assert "RuntimeError" in fault.reason
    read_back(system)
    fault.refresh_from_db()
    assert broken.orders.get().reports.exists() and fault.ended_at


def test_a_reference_that_no_database_keeps_is_a_persons_matter(system, monkeypatch):
    system.world.open()
    monkeypatch.setattr(Legacy, "_answer", lambda self, status, content, real=Legacy._answer: real(
        self, status, {"reference": "\0"} if self.command == "POST" else "[" * 100_000))  # fmt: skip
    send_all()
    remote = RemoteOrder.objects.get()
    assert remote.state == "unknown" and remote.reference == "" and "without a reference" in remote.last_error
