"""Between the loop and the threads of pages: what is short goes back at once, what is long piece by piece."""

import asyncio
import contextvars
import io

import pytest

from balcao.config.bridge import PIECE, Bridge, environ_of

SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/ação",
    "query_string": b"a=1",
    "headers": [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"content-type", b"text/plain"), (b"x-two", b"\xe9")],
    "http_version": "1.1",
}
kept = contextvars.ContextVar("kept", default=0)


class Pieces:
    """An answer in pieces; whether it was closed."""

    def __init__(self, *pieces):
        self.pieces, self.closed, self.taken = iter(pieces), False, 0

    def __iter__(self):
        return self

    def __next__(self):
        piece = next(self.pieces)
        self.taken += 1
        return piece

    def close(self):
        self.closed = True


def asked(wsgi, send=None, times=1):
    """The messages that were sent."""
    sent = []

    async def keep(message):
        sent.append(message)

    async def story():
        bridge = Bridge(wsgi, 1)
        for _ in range(times):
            await bridge(SCOPE, io.BytesIO(), send or keep)

    asyncio.run(story())
    return sent


def answering(pieces):
    def wsgi(environ, start_response):
        start_response("200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return pieces

    return wsgi


def test_a_short_answer_is_two_messages_with_all_its_headers():
    pieces = Pieces(b"one ", b"two")
    start, body = asked(answering(pieces))
    assert start["status"] == 200
    assert start["headers"] == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert body == {"type": "http.response.body", "body": b"one two"}
    assert pieces.closed


def test_a_long_one_goes_in_pieces_and_loses_nothing():
    pieces = Pieces(*[b"x" * (PIECE // 2)] * 5)
    start, *bodies = asked(answering(pieces))
    assert start["type"] == "http.response.start"
    assert [len(one["body"]) for one in bodies] == [PIECE, PIECE, PIECE // 2]
    assert [one.get("more_body", False) for one in bodies] == [True, True, False]


def test_when_the_reader_has_gone_the_rest_is_not_made():
    pieces = Pieces(*[b"x" * PIECE] * 50)

    async def gone(message):
        if message["type"] == "http.response.body":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        asked(answering(pieces), gone)
    assert (pieces.taken, pieces.closed) == (1, True)


def test_what_one_request_switches_on_the_next_does_not_find():
    found = []

    def wsgi(environ, start_response):
        found.append(kept.get())
        kept.set(1)
        start_response("204 No Content", [])
        return []

    asked(wsgi, times=2)
    assert found == [0, 0]


def test_the_request_as_wsgi_tells_it():
    environ = environ_of(SCOPE, io.BytesIO())
    assert environ["PATH_INFO"].encode("latin1").decode() == "/ação"
    assert (environ["HTTP_COOKIE"], environ["CONTENT_TYPE"], environ["HTTP_X_TWO"]) == ("a=1; b=2", "text/plain", "é")
