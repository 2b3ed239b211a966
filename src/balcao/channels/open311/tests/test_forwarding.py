"""An order goes from one agency's area to another agency's Open311 server over real HTTP, and its end comes back."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from balcao.cases.actions import delivery_attempted
from balcao.cases.models import Case, Remark
from balcao.channels.open311.client import _tree
from balcao.organization.models import Agency
from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.platform.models import Fault
from balcao.workorders.actions import accept_report, change_system, file_report, forwarding, settle_doubt
from balcao.workorders.actions.reading_back import read_back
from balcao.workorders.models import RemoteOrder, RemoteSystem
from balcao.workorders.remote import Perhaps
from tests.world import make_world

from .conftest import key_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def outside_here(settings):
    """This machine counts as outside, as an operator opens a network of theirs."""
    settings.OUTSIDE_ALLOW = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def other(world):
    """The other city, at a host name of its own."""
    made = make_world("outra", default=False)
    Agency.objects.filter(pk=made.agency.pk).update(hostname="localhost", locale="en")
    Agency.objects.filter(pk=world.agency.pk).update(hostname="nossa.example.org")
    return made


def system_of(world, url: str, **fields) -> RemoteSystem:
    given = {"connector": "open311", "url": url, "secret": "x", "repeats_safely": False} | fields
    system = RemoteSystem(agency=world.agency, area=world.trees, **given)
    return change_system(actor=world.actor("administrator"), system=system)


def send_all() -> None:
    RemoteOrder.objects.filter(next_try_at__isnull=False).update(next_try_at=timezone.now())
    for pk in forwarding.take_up():
        forwarding.forward(pk)


def test_an_order_is_forwarded_once_and_its_end_comes_back(world, other, live_server, outside_here):
    system = system_of(world, f"{live_server.url}/open311/v2", secret=key_for(other))
    case = world.open(location=None, description="A dry tree")
    Case.objects.filter(pk=case.pk).update(address="Rua das Flores, 12")
    send_all()
    remote = RemoteOrder.objects.get()
    assert remote.state == "sent", remote.last_error
    there = Case.objects.get(agency=other.agency)
    assert remote.reference == there.protocol and there.description.startswith("A dry tree\n[")
    assert there.reporter is None and there.address == "Rua das Flores, 12"
    assert case.orders.get().state == "accepted"
    for _n in range(3):
        send_all()
    assert Case.objects.filter(agency=other.agency).count() == 1
    read_back(system)
    assert Remark.objects.filter(case=case, kind="note").exists()
    finish(other, there)
    read_back(system)
    read_back(system)
    report = case.orders.get().reports.get()
    assert report.outcome == "solved" and there.protocol in report.text
    assert RemoteOrder.objects.get().state == "ended"
    case.refresh_from_db()
    assert case.state == "review"  # a person of ours decides whether it is solved


def finish(world, case: Case) -> None:
    """The other city works, reviews and answers."""
    system = Actor.system(world.agency.pk)
    report = file_report(actor=system, order=case.orders.get(), outcome="solved", text="The tree is cut")
    answer = accept_report(actor=world.actor("supervisor"), report=report)
    from balcao.cases.actions import send_answer

    send_answer(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk))
    answer.refresh_from_db()
    if Case.objects.get(pk=case.pk).state != "closed":
        delivery_attempted(actor=system, answer=answer)


def test_a_worker_that_dies_after_sending_sends_nothing_twice(world, other, live_server, outside_here, monkeypatch):
    """kill -9 between the server's answer and our commit: the next try finds it by its token."""
    system_of(world, f"{live_server.url}/open311/v2", secret=key_for(other))
    world.open()
    Case.objects.update(address="Rua das Flores, 12")

    class Killed(BaseException):
        pass

    def die(*_arguments) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(forwarding, "_sent", die)
        with pytest.raises(Killed):
            send_all()
    remote = RemoteOrder.objects.get()
    assert (remote.state, remote.reference) == ("sending", "")
    send_all()
    remote.refresh_from_db()
    there = Case.objects.get(agency=other.agency)
    assert (remote.state, remote.reference) == ("sent", there.protocol)


def test_what_the_other_system_refuses_stands_on_the_operators_page(world, other, live_server, outside_here):
    system = system_of(world, f"{live_server.url}/open311/v2", secret="wrong")
    world.open()
    send_all()
    fault = Fault.objects.get()
    assert fault.kind == "remote" and "403" in fault.reason and RemoteOrder.objects.get().state == "refused"
    Case.objects.update(address="Rua das Flores, 12")
    system.secret = key_for(other)
    change_system(actor=world.actor("administrator"), system=system)
    faults.retry(actor=world.actor("administrator"), fault=fault)
    send_all()
    fault.refresh_from_db()
    assert RemoteOrder.objects.get().state == "sent" and fault.ended_at


def test_a_report_of_wrongdoing_is_told_to_nobody_else(world, other, live_server, outside_here):
    system_of(world, f"{live_server.url}/open311/v2", secret=key_for(other))
    world.open(kind="denuncia")
    send_all()
    assert not RemoteOrder.objects.exists()


class Plain(BaseHTTPRequestHandler):
    """A legacy server: it takes a POST, and the line breaks before its answer arrives. It knows no tokens."""

    taken: list[bytes] = []
    shows = False
    refuses = 0

    def do_POST(self):
        if self.refuses:
            return self.send_error(self.refuses)
        self.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.connection.close()

    def do_GET(self):
        from urllib.parse import parse_qs

        body = b"<errors><error><code>404</code></error></errors>"
        found = self.shows and self.path.startswith("/requests.xml")
        if found:
            text = parse_qs(self.taken[0].decode())["description"][0]
            body = (
                "<service_requests><request><service_request_id>L-7</service_request_id><status>open</status>"
                f"<description>{text}</description></request></service_requests>"
            ).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def legacy():
    Plain.taken, Plain.shows, Plain.refuses = [], False, 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Plain)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_a_lost_answer_is_looked_for_and_never_sent_again(world, legacy, outside_here):
    system_of(world, legacy)
    world.open()
    send_all()
    assert RemoteOrder.objects.get().state == "unknown" and len(Plain.taken) == 1
    Plain.shows = True
    send_all()
    remote = RemoteOrder.objects.get()
    assert (remote.state, remote.reference) == ("sent", "L-7") and len(Plain.taken) == 1


def test_what_cannot_be_found_is_a_persons_decision(world, legacy, outside_here):
    system_of(world, legacy)
    world.open()
    send_all()
    for _n in range(4):
        send_all()
    remote = RemoteOrder.objects.get()
    assert remote.state == "unknown" and len(Plain.taken) == 1
    assert Fault.objects.get(ended_at=None).kind == "remote"
    settle_doubt(actor=world.actor("administrator"), remote=remote, reference="L-9")
    remote.refresh_from_db()
    assert (remote.state, remote.reference) == ("sent", "L-9")
    assert not Fault.objects.filter(ended_at=None).exists()
    send_all()
    assert len(Plain.taken) == 1


def test_nobody_at_home_is_tried_again_and_then_said(world, outside_here):
    system_of(world, "http://127.0.0.1:1/open311/v2")
    world.open()
    for _n in range(7):
        send_all()
    remote = RemoteOrder.objects.get()
    assert remote.state == "queued" and remote.next_try_at is None
    assert "ConnectError" in Fault.objects.get().reason


def test_our_own_network_is_not_asked(world):
    system_of(world, "http://127.0.0.1:1/open311/v2")
    world.open()
    send_all()
    assert "own network" in RemoteOrder.objects.get().last_error


def test_a_system_that_cannot_be_asked_is_a_fault_until_it_answers(world, other, live_server, outside_here):
    system = system_of(world, f"{live_server.url}/open311/v2", secret=key_for(other))
    world.open()
    Case.objects.update(address="Rua das Flores, 12")
    send_all()
    url, system.url = system.url, "http://127.0.0.1:1/"
    read_back(system)
    assert Fault.objects.get(ended_at=None).key == f"read:{system.pk}"
    system.url = url
    read_back(system)
    assert not Fault.objects.filter(ended_at=None).exists()


def test_the_key_is_encrypted_and_out_of_the_history(world):
    from django.db import connection

    from balcao.platform.models import Revision

    system = system_of(world, "http://example.org/open311/v2", secret="very-secret")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM workorders_remotesystem WHERE id = %s", [system.pk])
        assert "very-secret" not in cursor.fetchone()[0]
    system.secret = "another-secret"
    change_system(actor=world.actor("administrator"), system=system)
    kept = str(list(Revision.objects.values_list("changes", flat=True)))
    assert "very-secret" not in kept and "another-secret" not in kept
    assert Revision.objects.filter(model="workorders.remotesystem").count() == 2


BOMB = """<?xml version="1.0" encoding="{0}"?><!DOCTYPE r [<!ENTITY a "{1}"><!ENTITY b "{2}">]>
<service_requests><request><service_request_id>&b;</service_request_id></request></service_requests>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_every_encoding(encoding):
    body = BOMB.format(encoding, "A" * 100, "&a;" * 100).encode(encoding)
    with pytest.raises(Perhaps, match="document type"):
        _tree(body, Perhaps)


def test_words_that_a_server_wraps_as_they_are_are_read():
    tree = _tree(b"<service_requests><request><description><![CDATA[a < b]]></description></request>"
                 b"</service_requests>", Perhaps)  # fmt: skip
    assert tree.findtext("request/description") == "a < b"
