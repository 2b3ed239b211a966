"""A real receiver on this machine is told what happened: signed, once it says yes, and again after it had failed."""

import base64
import dataclasses
import hmac
import json
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import transaction
from django.utils import timezone

import balcao.privacy.events
import balcao.questionnaires.events  # noqa: F401  what can be told is known once it is loaded
from balcao.api.jobs import follow_events, forget_told, tell_subscription
from balcao.api.models import Attempt, Outgoing, Reading, Subscription
from balcao.api.webhooks.actions import change_subscription, remove_subscription, renew_secret, replay
from balcao.api.webhooks.following import follow
from balcao.api.webhooks.kinds import KEPT_INSIDE, KINDS
from balcao.api.webhooks.telling import WAITS, due, tell
from balcao.cases.actions import write_note
from balcao.platform import faults
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.events import Fact
from balcao.platform.models import Epoch, Event, Fault, Revision
from tests.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


class Receiver(BaseHTTPRequestHandler):
    said: list[tuple[dict[str, str], str]] = []
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.said.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(Receiver.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver(settings) -> Iterator[str]:
    settings.OUTSIDE_ALLOW = ["127.0.0.1/32"]
    Receiver.said, Receiver.status = [], 204
    running = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/hook"
    running.shutdown()
    running.server_close()


@pytest.fixture
def world() -> World:
    return make_world()


def subscribe(world: World, url: str, *kinds: str) -> Subscription:
    wanted = Subscription(agency=world.agency, name="Zeladoria", url=url, kinds=list(kinds or ["CaseOpened"]))
    return change_subscription(actor=world.actor("administrator"), subscription=wanted)


def tell_all(at=None) -> None:
    for message, _subscription in due(at or timezone.now()):
        tell(message, at)


def test_what_happens_is_told_once_with_ids_only_and_a_signature_that_holds(world, receiver):
    world.open()  # before anybody asked
    one = subscribe(world, receiver)
    case = world.open(description="Segredo do quintal")
    write_note(actor=world.actor("attendant"), case=case, text="Outro segredo")
    assert follow() == 1 and follow() == 0
    tell_all()
    tell_all()
    [(headers, body)] = Receiver.said
    told = json.loads(body)
    assert told["type"] == "CaseOpened" and told["data"]["case"] == case.protocol and "egredo" not in body
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    key = base64.b64decode(one.secret.removeprefix("whsec_"))
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    message = Outgoing.objects.get()
    assert (message.state, message.tries, message.attempts.get().status) == ("done", 1, 204)


def test_only_the_kinds_that_were_asked_for_and_only_of_the_own_agency(world, receiver):
    subscribe(world, receiver, "OrderIssued")
    make_world("vale-do-sado", default=False).open()
    case = world.open()
    follow()
    assert [m.kind for m in Outgoing.objects.all()] == ["OrderIssued"] and Outgoing.objects.get().case_id == case.pk


def test_an_event_of_a_transaction_that_commits_later_is_not_left_out(world, receiver):
    """Its id is lower than one that was read already: following by id would lose it."""
    subscribe(world, receiver)
    opened, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        from django.db import connection

        with transaction.atomic():
            world.open()
            opened.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    opened.wait(10)
    world.open()
    first = follow()
    go_on.set()
    thread.join()
    assert first + follow() == 2


def test_a_failure_is_tried_again_with_longer_waits_and_then_stands_among_the_faults(world, receiver):
    one = subscribe(world, receiver)
    world.open()
    follow()
    Receiver.status, now = 503, timezone.now()
    for wait in [timedelta(0), *WAITS]:
        now += wait
        if wait:
            assert not due(now - timedelta(seconds=1))
        tell_all(now)
    message = Outgoing.objects.get()
    assert (message.state, message.attempts.count()) == ("dead", 1 + len(WAITS))
    assert len({h["webhook-id"] for h, _body in Receiver.said}) == 1
    fault = Fault.objects.get(kind="webhook")
    assert fault.agency_id == world.agency.pk and "503" in fault.reason and not due(now + timedelta(days=9))
    Receiver.status = 200
    faults.retry(actor=world.actor("administrator"), fault=fault)
    assert tell_subscription(one.pk) == 1
    fault.refresh_from_db()
    assert fault.ended_at and Outgoing.objects.get().state == "done"


def test_a_receiver_that_is_down_is_asked_once_in_a_round(world, receiver):
    one = subscribe(world, receiver)
    world.open()
    world.open()
    follow()
    Receiver.status = 500
    assert tell_subscription(one.pk) == 0
    assert len(Receiver.said) == 1 and Attempt.objects.count() == 1


def test_two_workers_at_once_tell_it_once(world, receiver):
    subscribe(world, receiver)
    world.open()
    follow()
    [(message, _one)] = due(timezone.now())
    Outgoing.objects.update(claimed_at=timezone.now())
    assert not tell(message) and not Receiver.said
    assert tell(message, timezone.now() + timedelta(minutes=2))  # the other worker died


def test_gone_means_never_again_until_somebody_switches_it_on(world, receiver):
    one = subscribe(world, receiver)
    world.open()
    follow()
    Receiver.status = 410
    tell_all()
    one.refresh_from_db()
    assert not one.is_active and Outgoing.objects.get().state == "dead"
    with pytest.raises(Refusal):
        replay(actor=world.actor("administrator"), message=Outgoing.objects.get())


def test_what_was_told_can_be_told_again_with_the_same_id(world, receiver):
    subscribe(world, receiver)
    world.open()
    follow()
    tell_all()
    replay(actor=world.actor("administrator"), message=Outgoing.objects.get())
    tell_all()
    assert len(Receiver.said) == 2 and Receiver.said[0][0]["webhook-id"] == Receiver.said[1][0]["webhook-id"]
    assert Receiver.said[0][1] == Receiver.said[1][1]


def test_for_a_day_after_a_change_the_old_secret_signs_too(world, receiver):
    old = subscribe(world, receiver)
    one = renew_secret(actor=world.actor("administrator"), subscription=old)
    assert one.secret != old.secret
    world.open()
    world.open()
    follow()
    first, second = due(timezone.now())
    tell(first[0])
    tell(second[0], timezone.now() + timedelta(days=2))
    assert [len(h["webhook-signature"].split()) for h, _body in Receiver.said] == [2, 1]


def test_an_address_of_our_own_network_is_never_asked(world, receiver, settings):
    subscribe(world, receiver)
    world.open()
    follow()
    settings.OUTSIDE_ALLOW = []
    tell_all()
    assert not Receiver.said and "own network" in Attempt.objects.get().error


def test_what_an_import_or_a_restore_brings_is_no_news(world, receiver):
    subscribe(world, receiver)
    world.open(now=timezone.now() - timedelta(days=200))
    assert follow() == 0
    Epoch.objects.create(reason="restored")
    world.open()
    assert follow() == 1 and Reading.objects.get().epoch == Epoch.objects.latest("pk").pk


def test_the_secret_is_in_no_history_and_is_encrypted(world, receiver):
    one = subscribe(world, receiver)
    renew_secret(actor=world.actor("administrator"), subscription=one)
    assert "whsec_" not in str(list(Revision.objects.values()))
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret || old_secret FROM api_subscription")
        assert "whsec_" not in cursor.fetchone()[0]


def test_only_who_edits_settings_subscribes_and_only_to_what_exists(world):
    wanted = Subscription(agency=world.agency, name="x", url="https://example.org/", kinds=["CaseOpened"])
    with pytest.raises(NotAllowed):
        change_subscription(actor=world.actor("supervisor"), subscription=wanted)
    wanted.kinds = ["NoteWritten"]
    with pytest.raises(Invalid):
        change_subscription(actor=world.actor("administrator"), subscription=wanted)


def test_what_can_be_subscribed_to_exists_and_carries_no_words():
    assert set(KINDS) <= set(Fact.registry) and not KEPT_INSIDE & set(KINDS)
    plain = {"int", "str", "bool", "int | None", "str | None"}
    for kind in KINDS:
        fields = dataclasses.fields(Fact.registry[kind])
        types = {getattr(field.type, "__name__", str(field.type)) for field in fields}
        assert types <= plain, kind
        assert not {"text", "name", "body", "reason"} & {field.name for field in fields}, kind


def test_every_fact_of_a_case_an_order_or_a_clock_can_be_subscribed_to():
    rooms = ("balcao.cases.events", "balcao.workorders.events", "balcao.clocks.events", "balcao.questionnaires.events")
    assert set(rooms) <= set(sys.modules)
    found = {kind: fact for kind, fact in Fact.registry.items() if fact.__module__.startswith(rooms)}
    facts = {kind for kind, fact in found.items() if not fact.__subclasses__()}
    assert facts - set(KINDS) - KEPT_INSIDE == set(), "say it in kinds.py, or say there why not"


def test_removing_forgets_and_the_night_forgets_what_is_old(world, receiver):
    one = subscribe(world, receiver)
    world.open()
    follow()
    tell_all()
    Outgoing.objects.update(created_at=timezone.now() - timedelta(days=31))
    forget_told(0)
    assert not Outgoing.objects.exists() and Event.objects.exists()
    remove_subscription(actor=world.actor("administrator"), subscription=one)
    assert not Subscription.objects.exists()


def test_the_tick_leaves_one_job_for_each_subscription_on_the_webhooks_own_queue(world, receiver):
    from django.db import connection

    one = subscribe(world, receiver)
    world.open()
    world.open()
    assert follow_events(0) == 2 and follow_events(0) == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, args->>'subscription_id' FROM procrastinate_jobs WHERE task_name = 'api.tell'"
        )
        assert cursor.fetchall() == [("webhooks", str(one.pk))]
