"""`GET /chat/stream/?chat=KEY`: a visitor's own conversation over server-sent events, on the same tail of events as the
staff's stream.

The id of a message is "TALK.NUMBER": whoever comes back says the last one that they have (`Last-Event-ID`, or
`?after=`) and hears what is above it, in order and once. Kinds: `message`; `standing` (place in line, who attends, what
was read), also when it changes by itself; `typing` (an attendant is). The token comes in a header,
or as our own page's cookie."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeVar
from urllib.parse import parse_qs

from django.db import DatabaseError, close_old_connections
from django.utils import translation

from balcao.channels.webchat import telling
from balcao.channels.webchat.passed import beside
from balcao.channels.webchat.visitors import COOKIE, OURS, Visitor, account_for, may_show, token_in
from balcao.channels.webchat.words import language_for
from balcao.config.live import PER_ADDRESS, Live
from balcao.config.pages import Receive, Scope, Send, address, answer
from balcao.config.together import Together
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.states import State
from balcao.inbox.conversations.typing import tell_presence
from balcao.inbox.handing.following import trail
from balcao.platform.stream import Away, Listener

HEARTBEAT = 25.0  # seconds
LINE_MOVES = 10.0  # seconds after which whoever waits is told anew how they stand
ASK_AGAIN = 300.0  # seconds after which it is asked again whether the chat is still there
IN_ALL = 5000
THREADS = 4
RETRY = b"retry: 3000\n\n"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Door:
    """Where a visitor listens. `origin`: the other site that may read the stream. `talk`: 0, nothing was said yet.
    `beside`: what stands beside its standing where another agency passed it on."""

    agency_id: int
    origin: str
    language: str
    zone: str
    talk: int = 0
    contact: str = ""
    beside: Mapping[str, Any] = field(default_factory=dict)


class Refused(Exception):
    """The status, and a sentence for whoever looks into it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class LiveChat:
    """ASGI application."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="stream-chat")
        self._open: Counter[str] = Counter()
        self._here: Counter[int] = Counter()
        self._news = Together(self._run, telling.news)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value.decode("latin1") for name, value in scope["headers"]}
        if scope["method"] not in ("GET", "OPTIONS"):
            await answer(send, 405, "Only GET.", [(b"allow", b"GET")])
            return
        who = address(scope)
        try:
            door = await self._run(find, headers, scope)
            if scope["method"] == "OPTIONS":
                await _let_in(send, door)
                return
            if not door.talk:  # nothing was said yet, and a browser shows no error for it
                await send({"type": "http.response.start", "status": 204, "headers": _headers(door)})
                await send({"type": "http.response.body", "body": b""})
                return
            if self._open[who] >= PER_ADDRESS or self._open.total() >= IN_ALL:
                raise Refused(503, "Too many chats are open.")
        except Refused as refused:
            await answer(send, refused.status, str(refused), [(b"retry-after", b"30"), *_shared(headers)])
            return
        except DatabaseError:
            await answer(send, 503, "The chat comes back in a moment.", [(b"retry-after", b"3"), *_shared(headers)])
            return
        self._open[who] += 1
        try:
            await self._tell(receive, send, door, place(headers, scope))
        except (Away, DatabaseError):
            await answer(send, 503, "The chat comes back in a moment.", [(b"retry-after", b"3"), *_shared(headers)])
        finally:
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]

    async def _tell(self, receive: Receive, send: Send, door: Door, after: tuple[int, int]) -> None:
        stream = self._live.tailer().listen(door.agency_id, None, [("talk", door.talk)])
        async with stream as (listener, _here, _missed):  # from here on nothing is missed
            told = Teller(door, after[1] if after[0] == door.talk else 0)
            first = told.frames(await self._news.ask(told.asks()))
            if first is None:
                raise Away  # it was forgotten a moment ago
            await send({"type": "http.response.start", "status": 200, "headers": _headers(door)})
            await _body(send, RETRY + first)
            watch = asyncio.ensure_future(self._watch(receive, listener))
            self._arrive(door.talk)
            try:
                await self._follow(send, told, listener, watch)
                if not watch.done():
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                watch.cancel()
                self._leave(door.talk)

    async def _follow(self, send: Send, told: "Teller", listener: Listener, watch: "asyncio.Future[None]") -> None:
        clock = asyncio.get_running_loop().time
        asked = clock()
        while not (watch.done() or self._live.ending or listener.lost.is_set()):
            found = await _next(listener.queue, LINE_MOVES if told.waits else HEARTBEAT)
            body, news = b"", found is None and told.waits
            if found:
                news, typing, seen = _sorted(found)
                body = b"event: typing\ndata: {}\n\n" if typing else b""
                if seen:
                    self._threads.submit(_say_presence, told.door.talk, True)
            if news:
                new = told.frames(await self._news.ask(told.asks()))
                if new is None:
                    return
                body += new
                if told.closed and not await self._run(told.still):
                    await _body(send, body)
                    return  # it goes on elsewhere, which is found when they come back
            if clock() - asked >= ASK_AGAIN:
                asked = clock()
                if not await self._run(told.still):
                    return
            if body or found is None:
                await _body(send, body or b": still here\n\n")

    async def _watch(self, receive: Receive, listener: Listener) -> None:
        """Until the visitor has gone, the tail is lost, or we end; whoever waits for the queue is woken then."""
        gone = asyncio.ensure_future(_gone(receive))
        lost = asyncio.ensure_future(listener.lost.wait())
        ends = asyncio.ensure_future(self._live.ended())
        try:
            await asyncio.wait({gone, lost, ends}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (gone, lost, ends):
                one.cancel()
            listener.queue.put_nowait(b"")

    def _arrive(self, talk: int) -> None:
        self._here[talk] += 1
        if self._here[talk] == 1:
            self._threads.submit(_say_presence, talk, True)

    def _leave(self, talk: int) -> None:
        self._here[talk] -= 1
        if self._here[talk] <= 0:
            del self._here[talk]
            self._threads.submit(_say_presence, talk, False)

    async def _run(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _in_thread, work, args)


class Teller:
    """What one visitor was told, and what is new: little, for thousands are open."""

    __slots__ = ("_number", "_standing", "closed", "door", "waits")

    def __init__(self, door: Door, number: int) -> None:
        self.door, self._number = door, number
        self._standing = 0  # a hash of how it stood
        self.waits = self.closed = False

    def asks(self) -> telling.Asked:
        return telling.Asked(self.door.talk, self._number, self.door.language, self.door.zone)

    def frames(self, news: telling.News | None) -> bytes | None:
        """What is new as the visitor's browser takes it; None when it is over."""
        if news is None:
            return None
        frames = [_frame("message", one, f"{self.door.talk}.{one['number']}") for one in news.messages]
        self._number = news.last
        self.waits, self.closed = news.standing.state == State.WAITING, news.standing.state == State.CLOSED
        stands = {**news.standing.data(), **self.door.beside}
        seen = hash(json.dumps(stands))
        if seen != self._standing:
            self._standing = seen
            frames.append(_frame("standing", stands))
        return b"".join(frames)

    def still(self) -> bool:
        """Whether this is still the visitor's conversation: not forgotten, not passed on, and the chat is in use."""
        found = Conversation.objects.filter(pk=self.door.talk, account__is_active=True).first()
        led = Conversation.objects.filter(pk=self.door.beside.get("before", self.door.talk)).first()
        return found is not None and found.contact == self.door.contact and (not led or trail(led)[-1] == found)


def find(headers: dict[bytes, str], scope: Scope) -> Door:
    """The visitor's door; Refused for a stranger, or a site that the agency did not name."""
    asked = parse_qs(scope["query_string"].decode("latin1"))
    host = headers.get(b"host", "")
    account = account_for(asked.get("chat", [""])[0][:120], host)
    if account is None:
        raise Refused(404, "There is no such chat here.")
    origin = headers.get(b"origin", "")
    if not may_show(account, origin, host, scope.get("scheme") == "https"):
        raise Refused(403, "This site may not show the chat.")
    agency = account.agency
    door = Door(account.agency_id, origin, language_for(asked.get("lang", [""])[0], agency), agency.timezone)
    if scope["method"] == "OPTIONS":
        return door
    ours = OURS.lower().encode() in headers
    token, _cookie = token_in(headers.get(b"authorization", ""), cookie_of(headers), ours=ours)
    visitor = Visitor(account, token)
    if not token or not (talks := visitor.trail()):
        return door
    with translation.override(door.language):
        shown = beside(talks)
    return replace(door, agency_id=talks[-1].agency_id, talk=talks[-1].pk, contact=visitor.contact, beside=shown)


def cookie_of(headers: dict[bytes, str]) -> str:
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get(b"cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def place(headers: dict[bytes, str], scope: Scope) -> tuple[int, int]:
    """The talk and the number of the last message that the visitor has; zeros when they say nothing of the kind."""
    asked = parse_qs(scope["query_string"].decode("latin1"))
    said = headers.get(b"last-event-id") or asked.get("after", [""])[0]
    talk, _dot, number = said.partition(".")
    if not (talk.isascii() and talk.isdigit() and number.isascii() and number.isdigit() and len(said) < 32):
        return 0, 0
    return int(talk), int(number)


def _sorted(found: bytes) -> tuple[bool, bool, bool]:
    """Whether there is news to read, whether an attendant types, whether one has just opened the conversation."""
    news = typing = seen = False
    for frame in found.split(b"\n\n"):
        if frame.startswith((b"event: Typing\n", b"event: Presence\n")):
            data = json.loads(frame.partition(b"data: ")[2])
            if data.get("side") == "staff":
                typing |= frame.startswith(b"event: Typing")
                seen |= bool(data.get("here"))
        else:
            news |= bool(frame)
    return news, typing, seen


def _say_presence(talk: int, here: bool) -> None:
    with contextlib.suppress(DatabaseError):  # a sign that nobody sees now
        _in_thread(tell_presence, (talk, "citizen", here))


def _in_thread(work: Callable[..., T], args: tuple[Any, ...]) -> T:
    close_old_connections()
    try:
        return work(*args)
    finally:
        close_old_connections()


def _frame(kind: str, data: dict[str, Any], id: str = "") -> bytes:
    named = f"id: {id}\n" if id else ""
    return f"{named}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _headers(door: Door) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"vary", b"Origin"),
    ]
    return headers + ([(b"access-control-allow-origin", door.origin.encode())] if door.origin else [])


def _shared(headers: dict[bytes, str]) -> list[tuple[bytes, bytes]]:
    """A refusal says nothing that a stranger may not know, and a widget must see its status."""
    return [(b"access-control-allow-origin", b"*")] if b"origin" in headers else []


async def _let_in(send: Send, door: Door) -> None:
    headers = [
        (b"access-control-allow-origin", door.origin.encode()),
        (b"access-control-allow-methods", b"GET"),
        (b"access-control-allow-headers", b"Authorization, Last-Event-ID"),
        (b"access-control-max-age", b"7200"),
        (b"vary", b"Origin"),
    ]
    await answer(send, 200, "", headers)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _next(queue: "asyncio.Queue[bytes]", patience: float) -> bytes | None:
    """Whatever was told, as soon as there is something; None after `patience`."""
    try:
        async with asyncio.timeout(patience):
            pieces = [await queue.get()]
    except TimeoutError:
        return None
    while not queue.empty():
        pieces.append(queue.get_nowait())
    return b"".join(pieces)


async def _body(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
