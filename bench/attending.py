"""An attendant's pages as their script keeps them: they hear of a word, fetch what is new, and answer each."""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from .desks import Seat
from .wires import Wire

CSRF = "b" * 32
WORD = re.compile(r"palavra (\d+) de (\d+)")
LINE = re.compile(r'<li class="word word-(\w+)[^>]* data-number="(\d+)">(.*?)</li>', re.DOTALL)
Seen = Callable[[int, int, float], None]  # of which visitor, their how many-th word, when


class Thread:
    """One conversation on the screen. `lines`: the numbers of its words in the order of their coming."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.unseen: set[int] = set()  # of ours that the person has not seen, as far as this page knows
        self.to_answer: list[tuple[int, int]] = []

    @property
    def last(self) -> int:
        return max(self.lines, default=0)

    @property
    def since(self) -> int:
        """From where on it is read when something was said."""
        return min([self.last + 1, *self.unseen])

    def take(self, html: str) -> list[tuple[int, int]]:
        """The visitors' words that are new: (number, visitor)."""
        fresh, known = [], set(self.lines)
        for side, number, said in LINE.findall(html):
            (self.unseen.discard if "word-read" in said or side != "ours" else self.unseen.add)(int(number))
            if int(number) in known:
                continue  # a line that stands there is drawn anew
            self.lines.append(int(number))
            if side == "theirs" and (found := WORD.search(said)):
                fresh.append((int(found[1]), int(found[2])))
        return fresh


class Desk:
    def __init__(self, port: int, seat: Seat, number: int, seen: Seen, begin: Callable[[Any], None]) -> None:
        self.seat, self.seen, self.begin = seat, seen, begin
        headers = {"Cookie": f"sessionid={seat.session}; csrftoken={CSRF}", "Origin": f"http://localhost:{port}"}
        self.ear, self.hand, self.pulse = (Wire(port, f"127.79.0.{number + 1}", headers) for _ in range(3))
        self.threads: dict[int, Thread] = {}
        self.turn = asyncio.Lock()
        self.waiting: set[int] = set()
        self.asked: dict[str, int] = defaultdict(int)
        self.greeted = asyncio.Event()

    async def beat(self) -> None:
        while True:
            try:
                await self._post(self.pulse, "/console/inbox/beat/", {})
                await asyncio.sleep(15)
            except (OSError, asyncio.IncompleteReadError):
                self.pulse.close()  # the server let an idle connection go
                await asyncio.sleep(1)

    async def watch(self) -> None:
        """As a browser: whenever it is cut it comes back, and reads what it may have missed."""
        while True:
            try:
                async for kind, data in self.ear.stream(
                    "/stream/?" + urlencode([("talk", one) for one in self.threads])
                ):
                    talk, number = data.get("conversation_id"), data.get("number", 2**31)
                    if kind == "hello":
                        self.greeted.set()
                        for one in self.threads:
                            self.begin(self.look(one))
                    elif kind == "ConversationTaken":
                        self.taken()
                    elif kind == "Words" and talk in self.threads and number <= self.threads[talk].last + 1:
                        # as the page: it has them, and who writes has seen what was there; answered within the second
                        # in which it would say that it was read
                        fresh = self._shown(self.threads[talk], data["html"].encode())
                        self.threads[talk].unseen.clear()
                        self.begin(self._answer_all(talk, fresh))
                    elif kind == "MessageReceived" and talk in self.threads and number > self.threads[talk].last:
                        self.begin(self.look(talk))
            except (OSError, asyncio.IncompleteReadError):
                pass
            self.asked["cut"] += 1
            self.ear.close()
            await asyncio.sleep(1)

    def taken(self) -> None:
        """Somebody of the line was given to somebody."""

    async def look(self, talk: int) -> None:
        if talk in self.waiting:
            return  # the fetch that has not begun brings this too
        self.waiting.add(talk)
        async with self.turn:
            self.waiting.discard(talk)
            fresh = await self._read(talk)
        await self._answer_all(talk, fresh)

    async def _answer_all(self, talk: int, fresh: list[tuple[int, int]]) -> None:
        async with self.turn:
            while fresh:
                number, who = fresh.pop(0)
                if number:  # the first one only began the conversation
                    fresh += await self._answer(talk, number, who)

    async def _read(self, talk: int) -> list[tuple[int, int]]:
        thread = self.threads[talk]
        status, page = await self.hand.call("GET", f"/console/inbox/{talk}/?piece=thread&since={thread.since}")
        if status != 200:
            raise RuntimeError(f"a thread: {status}")
        self.asked["read"] += 1
        return self._shown(thread, page)

    async def _answer(self, talk: int, number: int, who: int) -> list[tuple[int, int]]:
        thread = self.threads[talk]
        said = {"text": f"resposta a palavra {number} de {who}", "client_id": f"bench-{talk}-{number}", "piece": "1"}
        page = await self._post(self.hand, f"/console/inbox/{talk}/say/", said | {"since": str(thread.last + 1)})
        self.asked["said"] += 1
        return self._shown(thread, page) if page.lstrip().startswith(b"<") else await self._read(talk)

    def _shown(self, thread: Thread, page: bytes) -> list[tuple[int, int]]:
        fresh, here = thread.take(page.decode()), time.monotonic()
        for number, who in fresh:
            self.seen(who, number, here)
        return fresh

    async def _post(self, wire: Wire, path: str, fields: dict[str, str], well: int = 200) -> bytes:
        body = urlencode(fields | {"csrfmiddlewaretoken": CSRF}).encode()
        status, said = await wire.call("POST", path, body, "application/x-www-form-urlencoded")
        if status != well:
            raise RuntimeError(f"{path}: {status} {said[:200]!r}")
        return said
