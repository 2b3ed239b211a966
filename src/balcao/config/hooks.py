"""What other systems deliver, on a short way: read on the loop, kept on a thread, answered. No session, language or
policy of a page belongs to it, and Django's way to a page costs several times what keeping a message does.

Only what is small goes this way, so that the loop's memory is bounded; the rest goes Django's, to the same function."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import InterfaceError, OperationalError, connection

from balcao.config.pages import CHUNK, Pages, Receive, Refused, Scope, Send, answer

Door = Callable[[str, bytes, Mapping[str, str]], int]
"""(the rest of the path, the body, the headers by their lower-case names) → the status. Whatever it returns 200 for is
durable. It may be called twice with the same."""

PATIENCE = 15.0  # seconds that a small body may take
log = structlog.get_logger()


class Hooks:
    """ASGI application before `pages`. `doors`: by the path's beginning."""

    def __init__(self, doors: Mapping[str, Door], pages: Pages, threads: int = 4) -> None:
        self._doors, self._pages = doors, pages
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="hook")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, _, rest = scope["path"][1:].partition("/")
        door = self._doors.get(start)
        headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]} if door else {}
        if door is None or scope["method"] != "POST" or not _is_small(headers):
            await self._pages(scope, receive, send)
            return
        try:
            with self._pages.counted(scope):
                body = await _body(receive)
            work = asyncio.get_running_loop().run_in_executor(self._threads, _opened, door, rest, body, headers)
            status = await work
        except Refused as refused:
            await answer(send, refused.status, "Try again later.")
            return
        except ConnectionError:
            return  # whoever delivered has gone: it comes again
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


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


def _opened(door: Door, rest: str, body: bytes, headers: Mapping[str, str]) -> int:
    """A connection that died while nobody used it is found out by using it: asking each time costs a round trip."""
    if connection.close_at is not None and time.monotonic() >= connection.close_at:
        connection.close()
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
