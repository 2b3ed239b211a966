"""`GET /stream/`: the live stream over server-sent events, for signed-in staff: of their own agency, and of the
conversations that they may see."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import parse_qs

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, close_old_connections, connections
from django.http import HttpRequest

from balcao.config import live_words
from balcao.config.concerning import concerns, heard_by
from balcao.config.pages import Receive, Scope, Send, address, answer
from balcao.config.together import Together
from balcao.organization.queries import actor_of, agency_known_as, mfa_required
from balcao.platform.actors import Actor
from balcao.platform.stream import Away, Cursor, Key, Tailer

HEARTBEAT = 15.0  # seconds
ASK_AGAIN = 60.0  # seconds after which a listener's session is checked again
PER_ADDRESS = 200  # a whole office may sit behind one address
IN_ALL = 5000
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
T = TypeVar("T")


@dataclass(frozen=True)
class Ear:
    """An agency, and what of it somebody listens for; as whom, in which language and time zone they read."""

    agency_id: int
    keys: frozenset[Key]
    actor: Actor | None = None
    language: str = ""
    zone: str = ""


class Live:
    """ASGI application."""

    def __init__(self, ear_of: Callable[[str], Ear | None] | None = None) -> None:
        self._ear_of, self._words = ear_of or ear_of_session, Together(self._run, live_words.words)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="stream-session")
        self._open: Counter[str] = Counter()
        self._tailer: Tailer | None = None
        self._ending = asyncio.Event()

    def end(self) -> None:
        """End every open stream, on the loop that serves them: the server waits for them before it stops."""
        self._ending.set()

    @property
    def ending(self) -> bool:
        return self._ending.is_set()

    async def ended(self) -> None:
        """Returns when every stream is to end."""
        await self._ending.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await answer(send, 405, "Only GET.", [(b"allow", b"GET")])
            return
        key = cookies(scope).get(settings.SESSION_COOKIE_NAME, "")
        try:
            ear = await self._ear(key)
        except DatabaseError:
            await _away(send)
            return
        if ear is None:
            await answer(send, 401, "Sign in first.")
            return
        who = address(scope)
        if self._open[who] >= PER_ADDRESS or self._open.total() >= IN_ALL:
            await answer(send, 503, "Too many live pages are open: close some.", [(b"retry-after", b"30")])
            return
        self._open[who] += 1
        try:
            await self._tell(scope, receive, send, key, ear)
        except Away:
            await _away(send)
        finally:
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]

    async def _tell(self, scope: Scope, receive: Receive, send: Send, key: str, ear: Ear) -> None:
        gone = asyncio.ensure_future(_gone(receive))
        ends = [gone, asyncio.ensure_future(self._ending.wait())]
        try:
            async with self.tailer().listen(ear.agency_id, place(scope), ear.keys) as (listener, here, missed):
                ends.append(asyncio.ensure_future(listener.lost.wait()))
                await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
                # "reset": what was missed cannot be told, the page reads itself anew.
                first = "reset" if missed is None else "hello"
                if missed:
                    await _send(send, b"retry: 3000\n\n" + b"".join(told.frame() for told in missed))
                await _send(send, f"retry: 3000\nid: {here}\nevent: {first}\ndata: {{}}\n\n".encode())
                for end in ends:  # whatever ends it wakes it
                    end.add_done_callback(lambda _: listener.queue.put_nowait(b""))
                clock = asyncio.get_running_loop().time
                asked, draw = clock(), self._drawing(scope, key, ear)
                while not any(end.done() for end in ends):
                    piece = await _next(listener.queue)
                    await _send(send, await draw(piece) + piece if piece else b": still here\n\n")
                    if clock() - asked >= ASK_AGAIN:
                        asked = clock()
                        if await self._still(key) != ear:
                            break  # signed out, or other lines are theirs now: whoever comes back is asked again
                if not gone.done():
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for end in ends:
                end.cancel()

    def _drawing(self, scope: Scope, key: str, ear: Ear) -> Callable[[bytes], Awaitable[bytes]]:
        """What goes before a piece of news: the words that it tells of, for a page that has their conversation open."""
        talks, known = live_words.open_talks(scope["query_string"]), set[int]()
        language = live_words.language(cookies(scope), ear.language)

        async def draw(piece: bytes) -> bytes:
            since = live_words.written_in(piece, talks)
            if not since or ear.actor is None:
                return b""
            try:
                return await self._words.ask(live_words.Asked(key, ear.actor, language, ear.zone, since, known))
            except DatabaseError:
                return b""  # the page asks for them

        return draw

    def tailer(self) -> Tailer:
        """The one of this process."""
        self._tailer = self._tailer or Tailer(_conninfo(), concerns)
        return self._tailer

    async def _still(self, key: str) -> Ear | None:
        """As `_ear`; None too while the database is away: whoever comes back is asked again."""
        try:
            return await self._ear(key)
        except DatabaseError:
            return None

    async def _ear(self, key: str) -> Ear | None:
        if not key:
            return None
        return await self._run(self._ear_of, key)

    async def _run(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)


def ear_of_session(key: str) -> Ear | None:
    """What the member of staff who holds this session may hear; None for everybody else."""
    close_old_connections()
    try:
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        user = get_user(request)
        if not user.is_authenticated or not user.is_active:
            return None
        if mfa_required(user) and not is_mfa_enabled(user):  # type: ignore[arg-type]
            return None  # as on every page: half a sign-in opens nothing
        actor = actor_of(user)  # type: ignore[arg-type]
        if actor.kind != "staff" or actor.agency_id is None:
            return None
        agency = agency_known_as(actor.agency_id)
        assert agency is not None
        return Ear(actor.agency_id, heard_by(actor), actor, user.locale or agency.locale, agency.timezone)  # type: ignore[union-attr]
    finally:
        close_old_connections()


def cookies(scope: Scope) -> dict[str, str]:
    """The request's, by their names."""
    found: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            with contextlib.suppress(CookieError):
                found.load(value.decode("latin1"))
    return {name: one.value for name, one in found.items()}


def place(scope: Scope) -> Cursor | None:
    """Where the listener left off: what the browser sends when it reconnects, else `?after=`."""
    for name, value in scope["headers"]:
        if name == b"last-event-id":
            return Cursor.parse(value.decode("latin1"))
    return Cursor.parse(parse_qs(scope["query_string"].decode("latin1")).get("after", [""])[0])


def _conninfo() -> dict[str, Any]:
    params = connections["default"].get_connection_params()
    dropped = ("cursor_factory", "context", "prepare_threshold")
    return {key: value for key, value in params.items() if key not in dropped}


async def _away(send: Send) -> None:
    await answer(send, 503, "The live page comes back in a moment.", [(b"retry-after", b"3")])


async def _gone(receive: Receive) -> None:
    """granian neither cancels a disconnected stream nor makes `send` raise: only this tells."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _next(queue: asyncio.Queue[bytes]) -> bytes:
    """Whatever waits to be told, as soon as there is something; nothing after a heartbeat, or when it is over."""
    try:
        async with asyncio.timeout(HEARTBEAT):
            pieces = [await queue.get()]
    except TimeoutError:
        return b""
    while not queue.empty():
        pieces.append(queue.get_nowait())
    return b"".join(pieces)


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
