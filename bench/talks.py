"""Live conversations: a visitor's words until an attendant sees them, and back; and visitors who only listen.

All talkers are in one process of their own, which counts what it hears: each answer once, in order."""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlencode

import psycopg

from . import cpu
from .desks import CHAT, Seat, give_out, seats
from .harness import Figure, Goal, Run, console
from .house import House
from .lives import _worker as worker
from .wires import Wire

TALKS = int(os.environ.get("TALKS", "500"))
IDLE = int(os.environ.get("TALKS_IDLE", "2000"))
EVERY, ROUNDS = 5.0, 6  # seconds between one visitor's messages; how many each writes
A_DESK = 25  # conversations of one attendant
BACK, LOST = Goal(300, at_most=True), Goal(0, at_most=True)
MEMORY, PROCESSOR = Goal(60, at_most=True), Goal(5, at_most=True)
CSRF = "b" * 32
WORD = re.compile(r"palavra (\d+) de (\d+)")


def figures(house: House) -> Iterable[Figure]:
    desks = seats(-(-TALKS // A_DESK), capacity=min(50, A_DESK * 2))
    ours, theirs = Pipe()
    talkers = Process(target=_run, args=(theirs, house.port, desks), daemon=True)
    talkers.start()
    theirs.close()
    try:
        with worker(house) as hands:
            _ask(ours, "begin", TALKS)
            give_out()
            roots = {"web": house.web, "PostgreSQL": house.database, "worker": hands}
            before = {name: cpu.seconds(pid) for name, pid in roots.items()}
            told = _ask(ours, "talk", _owners(house))
            spent = {name: cpu.seconds(pid) - before[name] for name, pid in roots.items()}
        each = {name: round(1000 * one / max(1, told["said"]), 1) for name, one in spent.items()}
        console.print(f"  processor of a message and its answer, ms: {each}", style="dim")
        yield Figure(
            f"{TALKS} talks at once: there and back",
            f"a visitor's message until an attendant has it and their answer is back, each every {EVERY:.0f} s; p95",
            goal=BACK,
            unit="ms",
            runs=[(Run(_p95(one), sorted(one)), None) for one in told["back"] if one],
            notes={"to_the_screen_ms": told["screen"], "cpu_ms_a_message": each, "messages": told["said"]},
        )
        wrong = told["lost"] + told["twice"] + told["disordered"]
        yield Figure.of("… lost, doubled or out of order", wrong, "", LOST, product=f"{told['said']} messages",
                        lost=told["lost"], twice=told["twice"], disordered=told["disordered"])  # fmt: skip
        yield from _idle(house, ours, desks[0])
    finally:
        talkers.kill()


def _idle(house: House, ours: Connection, desk: Seat) -> Iterable[Figure]:
    """Visitors whose conversation is with somebody, and who say nothing."""
    _ask(ours, "begin", IDLE, False)
    with psycopg.connect(
        house.url, autocommit=True
    ) as link:  # in somebody's hands: whoever waits is told of their place
        link.execute("UPDATE inbox_wait SET ended_at = now(), \"end\" = 'taken' WHERE ended_at IS NULL")
        link.execute(
            "UPDATE inbox_conversation SET state = 'held', owner_id = %s WHERE state = 'waiting'", [desk.staff]
        )
    before = cpu.megabytes(house.web)
    _ask(ours, "listen", IDLE)
    time.sleep(3)
    each = 1024 * (cpu.megabytes(house.web) - before) / IDLE
    yield Figure.of(f"{IDLE:,} idle visitors: memory of each", each, "kB", MEMORY, product="of the web's processes")
    figure = Figure(f"{IDLE:,} idle visitors: processor", "web and PostgreSQL, 3 × 10 s", goal=PROCESSOR, unit="%")

    def watched() -> Run:
        was = cpu.seconds(house.web, house.database)
        time.sleep(10)
        return Run(100 * (cpu.seconds(house.web, house.database) - was) / 10)

    yield figure.measure(watched, pairs=3)


def _owners(house: House) -> dict[int, int]:
    """conversation → its attendant."""
    with psycopg.connect(house.url, autocommit=True) as link:
        found = link.execute("SELECT id, owner_id FROM inbox_conversation WHERE state = 'held' AND channel = 'webchat'")
        return {int(talk): int(owner) for talk, owner in found}


def _ask(ours: Connection, verb: str, *values: Any) -> Any:
    ours.send((verb, *values))
    if not ours.poll(600):
        raise SystemExit(f"the talkers did not {verb} within ten minutes")
    try:
        found = ours.recv()
    except EOFError:
        raise SystemExit(f"the talkers ended while they were to {verb}") from None
    if isinstance(found, str):
        raise SystemExit(found)
    return found


def _p95(milliseconds: list[float]) -> float:
    return sorted(milliseconds)[min(len(milliseconds) - 1, int(len(milliseconds) * 0.95))]


@dataclass
class Visitor:
    """One browser. `heard`: the numbers of the answers, in the order of their coming."""

    number: int
    wire: Wire
    ear: Wire
    talk: int = 0
    sent: dict[int, float] = field(default_factory=dict)
    heard: list[int] = field(default_factory=list)
    back: dict[int, float] = field(default_factory=dict)


def _run(pipe: Connection, port: int, desks: list[Seat]) -> None:
    from balcao.config.server import many_files

    many_files()
    asyncio.run(_Talkers(pipe, port, desks).serve())


class _Talkers:
    def __init__(self, pipe: Connection, port: int, desks: list[Seat]) -> None:
        self.pipe, self.port, self.desks = pipe, port, desks
        self.visitors: list[Visitor] = []
        self.screens: dict[int, float] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.wrong: list[str] = []

    async def serve(self) -> None:
        while True:
            verb, *values = await asyncio.to_thread(self.pipe.recv)
            try:
                self.pipe.send(await getattr(self, verb)(*values))
            except Exception as error:
                self.pipe.send(f"{type(error).__name__}: {error}")

    def begin_to(self, work: Coroutine[Any, Any, None]) -> None:
        """In the background; what goes wrong in it is told at the end."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                self.wrong.append(f"{type(error).__name__}: {error}")

        self.tasks.append(asyncio.create_task(work))
        self.tasks[-1].add_done_callback(ended)

    async def begin(self, many: int, listening: bool = True) -> int:
        """Each says a first word; then listens, when told so."""
        first = len(self.visitors)
        fresh = [self._visitor(first + number) for number in range(many)]
        for start in range(0, many, 8):
            await asyncio.gather(*(self._say(one, 0) for one in fresh[start : start + 8]))
        self.visitors += fresh
        return await self.listen(many) if listening else many

    async def listen(self, many: int) -> int:
        for start in range(len(self.visitors) - many, len(self.visitors), 50):
            some = self.visitors[start : start + 50]
            greeted = [asyncio.Event() for _ in some]
            for one, event in zip(some, greeted, strict=True):
                self.begin_to(self._listen(one, event))
            await asyncio.wait_for(asyncio.gather(*(event.wait() for event in greeted)), 120)
        return many

    def _visitor(self, number: int) -> Visitor:
        address = f"127.78.{number // 25 // 250}.{number // 25 % 250 + 1}"
        headers = {"Authorization": f"Bearer {'t' * 40}{number:08d}"}
        return Visitor(number, Wire(self.port, address, headers), Wire(self.port, address, headers))

    async def _say(self, one: Visitor, number: int) -> None:
        words = {"text": f"palavra {number} de {one.number}", "client_id": f"client-{number:06d}"}
        one.sent[number] = time.monotonic()
        status, said = await one.wire.call("POST", f"/chat/{CHAT}/send/", json.dumps(words).encode())
        if status != 200:
            raise RuntimeError(f"a message was not taken: {status} {said[:200]!r}")
        one.talk = json.loads(said)["talk"]

    async def _listen(self, one: Visitor, greeted: asyncio.Event) -> None:
        async for kind, data in one.ear.stream(f"/chat/stream/?chat={CHAT}"):
            greeted.set()
            found = WORD.search(str(data.get("text"))) if kind == "message" else None
            if found is not None and str(data.get("text")).startswith("resposta"):
                one.heard.append(int(found[1]))
                one.back.setdefault(int(found[1]), time.monotonic())

    async def talk(self, owners: dict[int, int]) -> dict[str, Any]:
        by_staff = {desk.staff: _Desk(self, desk, number) for number, desk in enumerate(self.desks)}
        for desk in by_staff.values():
            desk.mine = {talk: 1 for talk, owner in owners.items() if owner == desk.seat.staff}
            self.begin_to(desk.watch())
            self.begin_to(desk.beat())
        await asyncio.sleep(1)
        talking = [one for one in self.visitors if one.talk in owners]
        started = time.monotonic()

        async def one_talks(one: Visitor) -> None:
            for number in range(1, ROUNDS + 1):
                due = started + EVERY * (number - 1 + one.number / len(self.visitors))
                await asyncio.sleep(max(0, due - time.monotonic()))
                await self._say(one, number)

        await asyncio.gather(*(one_talks(one) for one in talking))
        for _ in range(60):
            if all(len(one.back) >= ROUNDS for one in talking):
                break
            await asyncio.sleep(0.5)
        backs = [[1000 * (one.back[n] - one.sent[n]) for one in talking if n in one.back] for n in range(2, ROUNDS + 1)]
        screen = list(self.screens.values())
        return {
            "said": len(talking) * ROUNDS,
            "back": backs,  # the first round warms everything up
            "screen": {"p50": round(statistics.median(screen)), "p95": round(_p95(screen))} if screen else {},
            "lost": sum(ROUNDS - len(one.back) for one in talking),
            "twice": sum(len(one.heard) - len(set(one.heard)) for one in talking),
            "disordered": sum(one.heard != sorted(one.heard) for one in talking),
        }


class _Desk:
    """An attendant's page: it hears, fetches the words that are new, and answers each."""

    def __init__(self, all_of_them: _Talkers, seat: Seat, number: int) -> None:
        self.all, self.seat = all_of_them, seat
        port, address = all_of_them.port, f"127.79.0.{number + 1}"
        headers = {"Cookie": f"sessionid={seat.session}; csrftoken={CSRF}", "Origin": f"http://localhost:{port}"}
        self.ear, self.hand = Wire(port, address, headers), Wire(port, address, headers)
        self.mine: dict[int, int] = {}  # conversation → from which number on it was not seen
        self.turn = asyncio.Lock()
        self.answered: dict[int, set[int]] = defaultdict(set)

    async def beat(self) -> None:
        while True:
            async with self.turn:
                await self._post("/console/inbox/beat/", {})
            await asyncio.sleep(15)

    async def watch(self) -> None:
        async for kind, data in self.ear.stream("/stream/"):
            if kind == "MessageReceived" and data.get("conversation_id") in self.mine:
                self.all.begin_to(self._look(int(data["conversation_id"])))

    async def _look(self, talk: int) -> None:
        async with self.turn:
            status, page = await self.hand.call("GET", f"/console/inbox/{talk}/?piece=thread&since={self.mine[talk]}")
            assert status == 200, f"a thread: {status}"
            here, text = time.monotonic(), page.decode()
            for number, who in sorted({(int(n), int(w)) for n, w in WORD.findall(text)}):
                if number == 0 or number in self.answered[talk]:
                    continue
                self.answered[talk].add(number)
                visitor = self.all.visitors[who]
                self.all.screens[who * 1000 + number] = 1000 * (here - visitor.sent[number])
                said = {"text": f"resposta a palavra {number} de {who}", "client_id": f"bench-{talk}-{number}"}
                await self._post(f"/console/inbox/{talk}/say/", said | {"piece": "1"})
                self.mine[talk] = 2 * number

    async def _post(self, path: str, fields: dict[str, str]) -> None:
        body = urlencode(fields | {"csrfmiddlewaretoken": CSRF}).encode()
        status, said = await self.hand.call("POST", path, body, "application/x-www-form-urlencoded")
        if status != 200:
            raise RuntimeError(f"{path}: {status} {said[:200]!r}")
