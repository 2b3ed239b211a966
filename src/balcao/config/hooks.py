"""What other systems deliver, and the words of a talk, on a short way: read on the loop, kept on a thread, answered. No
session, language or policy of a page belongs to them, and Django's way to a page costs several times what keeping a
message does.

Only what is small goes this way, so that the loop's memory is bounded; the rest goes Django's, to the same function. So
does whatever such a function does not know how to end: it is one that may be called twice with the same."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from typing import Any

import structlog
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse, HttpResponseBase

from balcao.config.bridge import environ_of
from balcao.config.pages import CHUNK, Pages, Receive, Refused, Scope, Send, answer, clean

Door = Callable[[str, bytes, Mapping[str, str]], int]
"""(the rest of the path, the body, the headers by their lower-case names) → the status. Whatever it returns 200 for is
durable. It may be called twice with the same."""

View = Callable[..., HttpResponseBase | None]
"""(the request, what the path says) → its answer; None: as a page. Of the middleware it has had none."""

Said = tuple[int, list[tuple[bytes, bytes]], bytes]  # status, headers, body
PATIENCE = 15.0  # seconds that a small body may take
log = structlog.get_logger()


class Hooks:
    """ASGI application before `pages`. `doors`: by the path's beginning; `views`: by the whole of it."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        pages: Pages,
        threads: int = 4,
        *,
        views: Mapping[str, View] | None = None,
        trust_proxy: bool = False,
    ) -> None:
        self._doors, self._pages, self._trust = doors, pages, trust_proxy
        self._views = [(re.compile(path), view) for path, view in (views or {}).items()]
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="hook")
        self._hands = ThreadPoolExecutor(threads, thread_name_prefix="short")  # a talk holds up no delivery

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        work = self._work(scope)
        if work is None:
            await self._pages(scope, receive, send)
            return
        try:
            with self._pages.counted(scope):
                body = await _body(receive)
            said = await asyncio.get_running_loop().run_in_executor(*work, body)
        except Refused as refused:
            await answer(send, refused.status, "Try again later.")
            return
        except ConnectionError:
            return  # whoever delivered has gone: it comes again
        if said is None:
            await self._pages(scope, _again(body), send)
            return
        status, headers, told = said
        headers.append((b"content-length", str(len(told)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": told})

    def _work(self, scope: Scope) -> tuple[ThreadPoolExecutor, Callable[[bytes], Said | None]] | None:
        """Where and what is to be done with the body; None for a page."""
        if scope["method"] != "POST":
            return None
        start, _, rest = scope["path"][1:].partition("/")
        door = self._doors.get(start)
        found = ((view, path.fullmatch(scope["path"])) for path, view in self._views if door is None)
        view, asked = next(((view, asked) for view, asked in found if asked is not None), (None, None))
        if door is None and view is None:
            return None
        headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}
        if not _is_small(headers):
            return None
        if door is not None:
            return self._threads, partial(_delivered, door, rest, headers)
        if view is None or asked is None or headers.get("content-type", "").startswith("multipart/"):
            return None  # files are a page's business
        return self._hands, partial(_shown, view, asked.groupdict(), clean(scope, self._trust))


def _is_small(headers: Mapping[str, str]) -> bool:
    length = headers.get("content-length", "")
    return length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= CHUNK


async def _body(receive: Receive) -> bytes:
    """The whole body. Raises Refused or ConnectionError when it does not come."""
    pieces: list[bytes] = []
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ConnectionError
                pieces.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        raise Refused(408) from None


def _again(body: bytes) -> Receive:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _delivered(door: Door, rest: str, headers: Mapping[str, str], body: bytes) -> Said:
    return _opened(door, rest, body, headers), [], b""


def _opened(door: Door, rest: str, body: bytes, headers: Mapping[str, str]) -> int:
    """A connection that died while nobody used it is found out by using it: asking each time costs a round trip."""
    _close_old()
    for last in (False, True):
        try:
            return door(rest, body, headers)
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if last:
                log.warning("hook_not_kept", why=type(error.__cause__ or error).__name__)
        except Exception:
            log.exception("hook_failed")
            return 500
    return 503


def _shown(view: View, asked: Mapping[str, str], scope: Scope, body: bytes) -> Said | None:
    _close_old()
    try:
        found = view(WSGIRequest(environ_of(scope, BytesIO(body))), **asked)
    except (OperationalError, InterfaceError):
        connection.close()
        return None
    except Exception:
        return None  # a page says what went wrong, and the log
    if found is None or not isinstance(found, HttpResponse):
        return None
    headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in found.items()]
    headers += [(b"set-cookie", one.OutputString().encode("latin1")) for one in found.cookies.values()]
    return found.status_code, [*headers, (b"x-content-type-options", b"nosniff")], found.content


def _close_old() -> None:
    if connection.close_at is not None and time.monotonic() >= connection.close_at:
        connection.close()
