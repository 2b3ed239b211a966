"""The live stream over a real PostgreSQL: each event once and in order, nothing to strangers."""

import asyncio
import contextlib
import re
import threading

import psycopg
import pytest
from django.db import connection

from balcao.config import live
from balcao.config.live import Ear, Live
from balcao.platform.stream import Cursor
from tests.world import make_world

from .listening import Listener

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = (
    "INSERT INTO platform_event (kind, agency_id, case_id, actor_kind, data) "
    "VALUES (%s, %s, 7, 'system', '{\"name\": \"Maria\"}') RETURNING id"
)


def database():
    return psycopg.connect(**live._conninfo())


class Listening(Listener):
    """One listener of agency 1; `frames()` is what it has heard."""

    def __init__(self, app, after="", key="good"):
        query = f"after={after}".encode()
        cookie = (b"cookie", f"sessionid={key}".encode())
        scope = {"type": "http", "method": "GET", "path": "/stream/", "query_string": query, "headers": [cookie]}
        super().__init__(app, scope | {"client": ("203.0.113.9", 1)})

    @property
    def ids(self):
        """The ids of the events heard, without the greeting."""
        return [int(n) for n in re.findall(r'data: \{"id": (\d+)', self.text)]

    @property
    def last(self):
        return re.findall(r"^id: (\S+)$", self.text, re.MULTILINE)[-1]


@pytest.fixture
def app():
    ears = {"good": Ear(1, frozenset({("agency", 1)})), "other": Ear(2, frozenset({("agency", 2)}))}
    return Live(ear_of=ears.get)


def test_events_come_once_in_order_although_commits_do_not(app):
    async def story():
        async with Listening(app) as listener:
            with database() as slow, database() as fast:
                first = slow.execute(INSERT, ["First", 1]).fetchone()[0]
                second = fast.execute(INSERT, ["Second", 1]).fetchone()[0]
                fast.commit()  # the later number is visible first
                await asyncio.sleep(0.6)
                assert listener.ids == [], "told an event although an earlier one was still open"
                slow.commit()
            await listener.until(lambda: len(listener.ids) == 2)
            assert listener.ids == [first, second]

    asyncio.run(story())


def test_many_writers_lose_and_double_nothing(app):
    written = []

    def write(n):
        with database() as link:
            for _ in range(25):
                written.append(link.execute(INSERT, [f"Writer{n}", 1]).fetchone()[0])
                link.commit()

    async def story():
        async with Listening(app) as listener:
            threads = [threading.Thread(target=write, args=[n]) for n in range(8)]
            for thread in threads:
                thread.start()
            await listener.until(lambda: len(listener.ids) >= 200, 20)
            for thread in threads:
                thread.join()
            await asyncio.sleep(0.5)
            assert sorted(listener.ids) == sorted(written)

    asyncio.run(story())


def test_a_listener_that_returns_hears_what_it_missed(app):
    async def story():
        async with Listening(app) as listener:
            with database() as link:
                link.execute(INSERT, ["Heard", 1])
            await listener.until(lambda: len(listener.ids) == 1)
            place = listener.last
        with database() as link:
            missed = [link.execute(INSERT, ["Missed", 1]).fetchone()[0] for _ in range(3)]
        async with Listening(app, after=place) as again:
            await again.until(lambda: len(again.ids) == 3)
            await asyncio.sleep(0.5)
            assert again.ids == missed

    asyncio.run(story())


def test_two_thousand_missed_events_are_told_and_not_answered_with_a_fresh_start(app):
    many = INSERT.replace("VALUES (%s, %s, 7, 'system',", "SELECT %s, %s, n, 'system',").replace(
        ") RETURNING", " FROM generate_series(1, 2500) n RETURNING"
    )

    async def story():
        async with Listening(app) as listener:
            place = listener.last
        with database() as link:
            missed = [row[0] for row in link.execute(many, ["Missed", 1]).fetchall()]
        async with Listening(app, after=place) as again:
            await again.until(lambda: len(again.ids) == 2500)
            assert again.ids == sorted(missed) and "event: reset" not in again.text

    asyncio.run(story())


def test_a_listener_is_let_go_at_once_when_the_database_goes(app):
    async def story():
        async with Listening(app) as listener:
            with database() as link:
                ended = link.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_snapshot_xmin%'"
                    " AND pid <> pg_backend_pid()"
                ).fetchall()
            assert ended == [(True,)]
            await listener.until(listener.task.done, 3)  # far before the next heartbeat
        async with Listening(app, after=listener.last) as again:
            assert "event: hello" in again.text

    asyncio.run(story())


def test_without_a_database_it_asks_to_come_back(app, monkeypatch):
    nowhere = live._conninfo() | {"host": "127.0.0.1", "port": 1}
    monkeypatch.setattr(live, "_conninfo", lambda: nowhere)

    async def story():
        async with Listening(app) as listener:
            pass
        assert listener.sent[0]["status"] == 503 and (b"retry-after", b"3") in listener.sent[0]["headers"]

    asyncio.run(story())


def test_another_epoch_asks_the_page_to_read_itself_anew(app):
    async def story():
        async with Listening(app, after="99.5.5") as listener:
            assert "event: reset" in listener.text

    asyncio.run(story())


def test_every_stream_ends_when_the_server_does(app):
    async def story():
        async with Listening(app) as first, Listening(app, key="other") as second:
            app.end()
            await first.until(lambda: first.task.done() and second.task.done(), 1)
            assert first.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    asyncio.run(story())


def test_only_ones_own_agency_and_never_a_persons_words(app):
    async def story():
        async with Listening(app) as mine, Listening(app, key="other") as theirs:
            with database() as link:
                link.execute(INSERT, ["CaseOpened", 2])
            await theirs.until(lambda: theirs.ids)
            assert mine.ids == []
            assert "Maria" not in theirs.text

    asyncio.run(story())


def test_strangers_are_refused(app):
    async def story():
        for key in ("", "forged"):
            with contextlib.suppress(TimeoutError):
                async with Listening(app, key=key) as stranger:
                    pass
            assert stranger.sent[0]["status"] == 401
        assert live.ear_of_session is not None
        real = Live()
        async with Listening(real, key="nosuchsession0123456789abcdefgh") as stranger:
            pass
        assert stranger.sent[0]["status"] == 401

    asyncio.run(story())
    connection.close()


@pytest.mark.parametrize("text", ["", "x", "1.2", "1.2.3.4", "1.-2.3", "1.2.٣", "9" * 60, "1.99999999999999999999.1"])
def test_what_is_no_cursor_starts_from_now(text):
    assert Cursor.parse(text) is None


def test_a_cursor_reads_back_as_written():
    assert Cursor.parse(str(Cursor(3, 2**40, 17))) == Cursor(3, 2**40, 17)


@pytest.mark.django_db
def test_half_a_sign_in_hears_nothing(client, monkeypatch):
    """A role that needs a second factor opens no page before it is set up, and no stream either."""
    monkeypatch.setattr(live, "close_old_connections", lambda: None)
    world = make_world()
    client.force_login(world.staff["attendant"])
    assert live.ear_of_session(client.session.session_key).agency_id == world.agency.pk
    client.force_login(world.staff["administrator"])
    assert live.ear_of_session(client.session.session_key) is None
