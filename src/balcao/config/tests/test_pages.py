"""Pages inside ASGI: a body is spooled before a thread is taken, and nothing forged passes."""

import asyncio
import io
import threading

import pytest

from balcao.config import pages
from balcao.config.pages import Pages, clean
from balcao.platform import health


def scope(headers=(), path="/", client=("203.0.113.9", 4000), query=b""):
    return {
        "type": "http",
        "method": "POST" if headers else "GET",
        "path": path,
        "query_string": query,
        "headers": list(headers),
        "client": client,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("localhost", 8000),
    }


def echo(environ, start_response):
    """A WSGI application that answers with what it read, or with the status of why it was not read."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    path = environ["PATH_INFO"]
    status = f"{path.split('/')[2]} Refused" if path.startswith("/recusado/") else "200 OK"
    start_response(status, [("content-type", "text/plain"), ("x-from", environ.get("REMOTE_ADDR", ""))])
    return [body]


async def call(app, scope, receive):
    sent = []

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    status = sent[0]["status"]
    return status, b"".join(m.get("body", b"") for m in sent[1:]), dict(sent[0]["headers"])


def chunks(*parts):
    """granian's kind of `receive`: a plain function that returns an awaitable."""
    rest = list(parts)

    def receive():
        done = asyncio.get_running_loop().create_future()
        if rest:
            done.set_result({"type": "http.request", "body": rest.pop(0), "more_body": bool(rest)})
        return done

    return receive


def test_a_body_in_pieces_and_without_a_length_arrives_whole():
    body = b"a" * 300_000 + b"z"
    sent = scope([(b"transfer-encoding", b"chunked")])
    status, got, _ = asyncio.run(call(Pages(echo, 2, False), sent, chunks(body[:100_000], body[100_000:])))
    assert (status, got) == (200, body)


def test_half_sent_bodies_take_no_thread(monkeypatch):
    """More of them than there are threads, and a page still comes at once; in the end each hears why."""
    monkeypatch.setattr(pages, "SILENCE", 0.3)

    async def story():
        app = Pages(echo, 2, False)
        half = [
            asyncio.ensure_future(
                call(app, scope([(b"content-length", b"9")], client=(f"198.51.100.{n}", 1)), _stuck())
            )
            for n in range(20)
        ]
        await asyncio.sleep(0.05)
        page = await asyncio.wait_for(call(app, scope(), chunks(b"")), 0.2)
        return page, await asyncio.gather(*half)

    page, halves = asyncio.run(story())
    assert page[0] == 200
    assert {status for status, _, _ in halves} == {408}


def _stuck():
    first = [True]

    def receive():
        answer = asyncio.get_running_loop().create_future()
        if first:
            first.clear()
            answer.set_result({"type": "http.request", "body": b"half", "more_body": True})
        return answer

    return receive


def test_too_big_is_refused_by_its_length_and_by_what_comes(monkeypatch):
    monkeypatch.setattr(pages, "MAX_BODY", 10)
    app = Pages(echo, 1, False)
    assert asyncio.run(call(app, scope([(b"content-length", b"11")]), chunks(b"12345678901")))[0] == 413
    assert asyncio.run(call(app, scope([(b"transfer-encoding", b"chunked")]), chunks(b"123456", b"78901")))[0] == 413


def test_a_browser_may_finish_sending_what_is_too_big_so_that_it_shows_why(monkeypatch):
    monkeypatch.setattr(pages, "MAX_BODY", 10)
    monkeypatch.setattr(pages, "DRAINED", 40)
    read = []

    def counted(*parts):
        receive = chunks(*parts)

        def one():
            read.append(1)
            return receive()

        return one

    app = Pages(echo, 1, False)
    status, body, headers = asyncio.run(call(app, scope([(b"content-length", b"30")]), counted(*[b"x" * 10] * 3)))
    assert (status, body, headers[b"connection"], len(read)) == (413, b"", b"close", 3)
    read.clear()
    assert asyncio.run(call(app, scope([(b"content-length", b"90")]), counted(*[b"x" * 10] * 9)))[0] == 413
    assert len(read) == 5  # but not without end


def test_a_whole_office_may_send_words_at_once(monkeypatch):
    monkeypatch.setattr(pages, "UNDER_WAY", 1)
    monkeypatch.setattr(pages, "SILENCE", 0.3)

    async def story():
        app = Pages(echo, 1, False)
        large = scope([(b"content-length", b"999999")])
        waiting = [call(app, s, _stuck()) for s in (large, large, *[scope([(b"content-length", b"9")])] * 5)]
        return [status for status, _, _ in await asyncio.gather(*waiting)]

    assert asyncio.run(story()) == [408, 429, 408, 408, 408, 408, 408]


def test_one_address_cannot_take_all_the_room(monkeypatch):
    monkeypatch.setattr(pages, "SILENCE", 0.3)
    monkeypatch.setattr(pages, "UNDER_WAY", 3)
    monkeypatch.setattr(pages, "SMALL_UNDER_WAY", 3)

    async def story():
        app = Pages(echo, 1, False)
        return await asyncio.gather(*(call(app, scope([(b"content-length", b"9")]), _stuck()) for _ in range(5)))

    assert sorted(status for status, _, _ in asyncio.run(story())) == [408, 408, 408, 429, 429]


@pytest.mark.parametrize(("trusted", "seen"), [(False, "203.0.113.9"), (True, "192.0.2.7")])
def test_the_address_is_what_our_own_proxy_says_or_the_one_that_connects(trusted, seen):
    forged = scope([(b"x-forwarded-for", b"10.0.0.1, 192.0.2.7"), (b"x_forwarded_for", b"10.0.0.1")])
    cleaned = clean(forged, trusted)
    assert cleaned["client"][0] == seen
    assert not [name for name, _ in cleaned["headers"] if b"_" in name]
    assert any(name == b"x-forwarded-for" for name, _ in cleaned["headers"]) is trusted


@pytest.mark.django_db
def test_figures_are_not_for_whoever_comes_through_a_proxy_that_we_were_not_told_of(rf):
    """Everybody would seem to come from this machine."""
    for forged, status in [([], 200), ([(b"x-proxied", b"0")], 200), ([(b"x-forwarded-for", b"127.0.0.1")], 403)]:
        cleaned = clean(scope(forged, client=("127.0.0.1", 4000)), False)
        headers = {name.decode(): value.decode() for name, value in cleaned["headers"]}
        assert health.metrics(rf.get("/metrics", REMOTE_ADDR="127.0.0.1", headers=headers)).status_code == status


def test_a_query_that_is_no_ascii_does_not_break_the_page():
    assert clean(scope(query="q=ção".encode()), False)["query_string"] == b"q=%C3%A7%C3%A3o"


def test_whoever_hangs_up_while_sending_costs_nothing():
    served = threading.Event()

    def never(environ, start_response):
        served.set()
        return [b""]

    async def gone():
        return {"type": "http.disconnect"}

    async def story():
        await Pages(never, 1, False)(scope([(b"content-length", b"5")]), gone, _forbidden)

    asyncio.run(story())
    assert not served.is_set()


async def _forbidden(message):
    raise AssertionError("nobody is there to be answered")


def test_spooling_reports_the_size_and_rewinds():
    body = io.BytesIO()
    size = asyncio.run(pages.spool(scope([(b"content-length", b"4")]), chunks(b"ab", b"cd"), body))
    assert size == 4
    assert body.read() == b"abcd"
