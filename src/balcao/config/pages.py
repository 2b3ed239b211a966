"""Django's pages inside ASGI: a request takes a thread only once its whole body has arrived.

Otherwise eight half-sent forms would block eight threads, and with them every page. Bodies are spooled to a temporary
file, with a limit of size, of silence and of total time, and a limit of how many one address may have under way.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any

from balcao.config.bridge import Bridge, Message, Scope, Send, Wsgi

Receive = Callable[[], Awaitable[Message]]

MAX_BODY = 12 * 25 * 1024 * 1024 + 4 * 1024 * 1024  # bytes: twelve files of 25 MB and the form around them
SILENCE = 15.0  # seconds that a body may pause
PATIENCE = 600.0  # seconds that a body may take: 25 MB over a poor mobile link
UNDER_WAY = 32  # bodies that one address may be sending at a time
SMALL, SMALL_UNDER_WAY = 64 * 1024, 512  # bytes; forms of words alone: a whole office may send at once
DRAINED = 4 * MAX_BODY  # bytes: a browser shows our answer only when it could send all of its own
PROXIED = b"x-proxied"  # ours: a stranger's is dropped
REFUSED = "/recusado/{status}/"  # the page that says why, in the visitor's language (web.errors.refused)
CHUNK = 256 * 1024


class Refused(Exception):
    """A request that gets no thread: 408, 413, 429, or 503 where there is no room for its body."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Pages:
    """ASGI application around a WSGI one."""

    def __init__(self, wsgi: Wsgi, threads: int, trust_proxy: bool) -> None:
        self._app = Bridge(wsgi, threads)
        self._trust = trust_proxy
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = clean(scope, self._trust)
        try:
            if not any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]):
                await self._app(scope, BytesIO(), send)
                return
            with tempfile.SpooledTemporaryFile(max_size=CHUNK) as body:
                with self.counted(scope):
                    size = await spool(scope, receive, body)
                headers = [h for h in scope["headers"] if h[0] not in (b"content-length", b"transfer-encoding")]
                headers.append((b"content-length", str(size).encode()))
                await self._app(scope | {"headers": headers}, body, send)
        except Refused as refused:
            await self._explain(scope, refused.status, send)
        except ConnectionError:
            pass  # whoever asked has gone: there is nobody to answer

    async def _explain(self, scope: Scope, status: int, send: Send) -> None:
        """Django's own page for it, asked for in the visitor's name and without the body that was refused."""
        headers = [
            h for h in scope["headers"] if h[0] not in (b"content-length", b"transfer-encoding", b"content-type")
        ]
        path = REFUSED.format(status=status)
        asked = {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}

        async def closing(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and status in (408, 413):
                message = message | {"headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._app(scope | asked, BytesIO(), closing)

    @contextmanager
    def counted(self, scope: Scope) -> Iterator[None]:
        small = any(n == b"content-length" and v.isdigit() and int(v) <= SMALL for n, v in scope["headers"])
        who = f"{address(scope)} {small}"
        if self._under_way[who] >= (SMALL_UNDER_WAY if small else UNDER_WAY):
            raise Refused(429)
        self._under_way[who] += 1
        try:
            yield
        finally:
            self._under_way[who] -= 1
            if not self._under_way[who]:
                del self._under_way[who]


async def spool(scope: Scope, receive: Receive, body: IO[bytes]) -> int:
    """Write the request's body to `body`, rewound; its size in bytes. Raises Refused or ConnectionError."""
    size, clock = 0, asyncio.get_running_loop().time
    end, more = clock() + PATIENCE, True
    while more:
        try:
            async with asyncio.timeout(min(SILENCE, end - clock())):
                message = await receive()
        except TimeoutError:
            raise Refused(413 if size > MAX_BODY else 408) from None
        if message["type"] == "http.disconnect":
            raise ConnectionError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY:
            try:
                body.write(chunk)
            except OSError:
                raise Refused(503) from None
        elif size > DRAINED:
            raise Refused(413)
        more = message.get("more_body", False)
    if size > MAX_BODY:
        raise Refused(413)
    body.seek(0)
    return size


def clean(scope: Scope, trust_proxy: bool) -> Scope:
    """The scope without what a stranger could forge.

    WSGI cannot tell `X-Real_IP` from `X-Real-IP`: names with an underscore are dropped. Forwarding headers are
    believed only behind a proxy of ours, and of X-Forwarded-For only its last entry, which that proxy wrote.
    """
    headers, forwarded, scheme = [], None, scope.get("scheme", "http")
    proxied = any(name == b"x-forwarded-for" for name, _ in scope["headers"])
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for" and trust_proxy:
            forwarded = value.decode("latin1").rpartition(",")[2].strip()
        if b"_" in name or (name.startswith(b"x-forwarded-") and not trust_proxy) or name in (b"proxy", PROXIED):
            continue
        headers.append((name, value))
    if proxied and not trust_proxy:  # somebody stands between, whom nobody told us to believe
        headers.append((PROXIED, b"1"))
    client = scope.get("client")
    if forwarded:
        client = (forwarded, 0)
    query = "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in scope.get("query_string", b""))
    return scope | {"headers": headers, "client": client, "query_string": query.encode(), "scheme": scheme}


def address(scope: Scope) -> str:
    return (scope.get("client") or ("unknown", 0))[0]


async def answer(send: Send, status: int, sentence: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    body = f"{sentence}\n".encode()
    start = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    close = [(b"connection", b"close")] if status in (408, 413) else []
    await send({"type": "http.response.start", "status": status, "headers": start + close + (headers or [])})
    await send({"type": "http.response.body", "body": body})
