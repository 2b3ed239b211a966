"""Django's pages, which run on threads, asked from the loop.

A hand-over between a thread and the loop costs as much as much of a page: an answer goes back with the end of its
thread's work, in one. Only what is long goes piece by piece, and then the thread waits for a slow reader."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import IO, Any

Scope = dict[str, Any]
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[..., Any]  # (environ, start_response) -> the answer in pieces

PIECE = 64 * 1024  # bytes of an answer that are held before they are sent


class Bridge:
    """`await bridge(scope, body, send)`: the answer of a WSGI application to an ASGI request whose body is here."""

    def __init__(self, wsgi: Wsgi, threads: int) -> None:
        self._wsgi = wsgi
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def __call__(self, scope: Scope, body: IO[bytes], send: Send) -> None:
        loop = asyncio.get_running_loop()

        def at_once(message: Message) -> None:
            asyncio.run_coroutine_threadsafe(_sent(send, message), loop).result()

        # A context of its own: what one request switches on, such as a language, the thread's next does not find.
        run = partial(contextvars.copy_context().run, self._answer, environ_of(scope, body), at_once)
        for message in await loop.run_in_executor(self._threads, run):
            await send(message)

    def _answer(self, environ: dict[str, Any], at_once: Callable[[Message], None]) -> list[Message]:
        """On a thread: the messages that are still to be sent."""
        start: Message = {"type": "http.response.start"}
        waiting, held = [start], b""

        def begin(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            start["status"] = int(status[:3])
            start["headers"] = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]

        pieces = self._wsgi(environ, begin)
        try:
            for piece in pieces:
                held = held + piece if held else piece
                if len(held) >= PIECE:
                    for message in (*waiting, {"type": "http.response.body", "body": held, "more_body": True}):
                        at_once(message)
                    waiting, held = [], b""
        finally:
            getattr(pieces, "close", lambda: None)()
        return [*waiting, {"type": "http.response.body", "body": held}]


def environ_of(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The request as WSGI tells it (PEP 3333)."""
    host, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if client := scope.get("client"):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    for name, value in scope["headers"]:
        key, told = _key(name), value.decode("latin1")
        if key in environ:
            told = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + told
        environ[key] = told
    return environ


@lru_cache(maxsize=256)
def _key(name: bytes) -> str:
    key = name.decode("latin1").upper().replace("-", "_")
    return key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"


async def _sent(send: Send, message: Message) -> None:
    await send(message)
