"""What other systems deliver goes a short way: the same is kept, and Django's pages are not asked."""

import asyncio
import json
import threading

import pytest
from django.db import OperationalError, connection, connections

from balcao.channels.whatsapp import webhook
from balcao.channels.whatsapp.models import Arrival
from balcao.channels.whatsapp.tests.conftest import fixture, meta, sign  # noqa: F401
from balcao.config import hooks
from balcao.config.hooks import Hooks
from balcao.config.pages import CHUNK, Pages

from .test_pages import call, chunks, echo, scope


class Door:
    def __init__(self, *failures):
        self.failures, self.calls = list(failures), []

    def __call__(self, rest, body, headers):
        self.calls.append((rest, body, headers))
        if self.failures:
            raise self.failures.pop(0)
        return 200


def post(door, path, *pieces, **more):
    app = Hooks({"whatsapp": door}, Pages(echo, 1, False), 1)
    length = str(sum(map(len, pieces))).encode()
    sent = scope([(b"content-length", length), (b"x-hub-signature-256", b"sha256=aa")], path=path)
    return asyncio.run(call(app, sent | more, chunks(*pieces)))


def test_a_small_delivery_goes_to_its_door_and_nothing_else_does():
    door = Door()
    assert post(door, "/whatsapp/abc/", b"ab", b"c")[:2] == (200, b"")
    (rest, body, headers), *more = door.calls
    assert (rest, body, headers["x-hub-signature-256"], more) == ("abc/", b"abc", "sha256=aa", [])
    assert post(door, "/whatsapp/abc/", b"x" * (CHUNK + 1))[1] == b"x" * (CHUNK + 1), "a page answered"
    assert post(door, "/whatsapp/abc/", b"x", method="PUT")[1] == b"x"
    assert post(door, "/pedir/poda/", b"x")[1] == b"x" and len(door.calls) == 1


def test_a_body_that_does_not_come_is_told_so_and_takes_no_thread(monkeypatch):
    monkeypatch.setattr(hooks, "PATIENCE", 0.05)
    door = Door()

    async def story():
        app = Hooks({"whatsapp": door}, Pages(echo, 1, False), 1)
        never = asyncio.get_running_loop().create_future()
        half = scope([(b"content-length", b"9")], path="/whatsapp/abc/")
        return await call(app, half, lambda: never)

    assert asyncio.run(story())[0] == 408 and not door.calls


def test_what_is_not_kept_is_not_acknowledged():
    assert post(Door(OperationalError(), OperationalError()), "/whatsapp/abc/", b"x")[0] == 503
    assert post(Door(ValueError("ours")), "/whatsapp/abc/", b"x")[0] == 500


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_unused_costs_no_delivery(meta):  # noqa: F811
    """On the very thread whose connection PostgreSQL had ended."""
    body = json.dumps(fixture("fifty")).encode()
    told = []

    def thread():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()[0]
            ending.append(pid)
            ended.wait()
            headers = {"x-hub-signature-256": sign(body)}
            told.append(hooks._opened(webhook.delivered, f"{meta.app.hook}/", body, headers))
        finally:
            connections.close_all()

    ending, ended = [], threading.Event()
    one = threading.Thread(target=thread)
    one.start()
    while not ending:
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", ending)
    ended.set()
    one.join()
    assert told == [200] and Arrival.objects.count() == 50
