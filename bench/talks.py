"""Live conversations: a visitor's words until an attendant sees them, and back; and visitors who only listen.

All talkers are in one process of their own, which keeps the number of every word that came to a screen, on both sides.
At the end the database says which there are: each must have come once, in order, to both."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Any

import psycopg

from . import cpu
from .attending import WORD, Desk, Thread
from .desks import CHAT, Seat, give_out, seats
from .harness import Figure, Goal, Run, console
from .house import House
from .lives import _worker as worker
from .wires import Wire

TALKS = int(os.environ.get("TALKS", "500"))
IDLE = int(os.environ.get("TALKS_IDLE", "2000"))
EVERY = float(os.environ.get("TALKS_EVERY", "5"))  # seconds between one visitor's messages
ROUNDS = 6  # how many each writes
PATIENCE = 60.0  # seconds in which nothing came any more: then what is missing is lost
A_DESK = 25  # conversations of one attendant
BACK, LOST = Goal(300, at_most=True), Goal(0, at_most=True)
MEMORY, PROCESSOR = Goal(60, at_most=True), Goal(5, at_most=True)


def figures(house: House) -> Iterable[Figure]:
    desks = seats(-(-TALKS // A_DESK), capacity=min(50, A_DESK * 2))
    ours, process = talkers(house.port, desks)
    try:
        with worker(house) as hands:
            ask(ours, "begin", TALKS)
            give_out()
            ask(ours, "open", _owners(house))
            roots = {"web": house.web, "PostgreSQL": house.database, "worker": hands, "talkers": process.pid}
            before = {name: cpu.seconds(pid) for name, pid in roots.items()}
            told = ask(ours, "talk")
            spent = {name: cpu.seconds(pid) - before[name] for name, pid in roots.items()}
            missing = ask(ours, "settle", numbers_of(house))
        each = {name: round(1000 * one / max(1, told["said"]), 1) for name, one in spent.items()}
        console.print(f"  processor of a message and its answer, ms: {each}", style="dim")
        yield Figure(
            f"{TALKS} talks at once: there and back",
            f"a visitor's message until an attendant has it and their answer is back, each every {EVERY:.0f} s; p95",
            goal=BACK,
            unit="ms",
            runs=[(Run(p95(one), sorted(one)), None) for one in told["back"] if one],
            notes={"to_the_screen_ms": told["screen"], "cpu_ms_a_message": each, **told["counts"]},
        )
        wrong = sum(missing[name] for name in ("lost", "twice", "disordered"))
        if wrong or missing["refused"]:
            console.print(f"  {missing}", style="red")
        yield Figure.of("… lost, doubled or out of order", wrong, "", LOST,
                        product=f"{missing['words']} words, each on two screens", **missing)  # fmt: skip
        yield from _idle(house, ours, desks[0])
    finally:
        process.kill()


def talkers(port: int, desks: list[Seat], kind: type[Talkers] | None = None) -> tuple[Connection, Process]:
    """They begin, in a process of their own; the pipe by which they are asked."""
    ours, theirs = Pipe()
    process = Process(target=_run, args=(theirs, port, desks, kind or Talkers), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _idle(house: House, ours: Connection, desk: Seat) -> Iterable[Figure]:
    """Visitors whose conversation is with somebody, and who say nothing."""
    ask(ours, "begin", IDLE, False)
    with psycopg.connect(
        house.url, autocommit=True
    ) as link:  # in somebody's hands: whoever waits is told of their place
        link.execute("UPDATE inbox_wait SET ended_at = now(), \"end\" = 'taken' WHERE ended_at IS NULL")
        link.execute(
            "UPDATE inbox_conversation SET state = 'held', owner_id = %s WHERE state = 'waiting'", [desk.staff]
        )
    before = cpu.megabytes(house.web)
    ask(ours, "listen", IDLE)
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


def numbers_of(house: House) -> dict[int, list[int]]:
    """conversation → the numbers of the words that both sides have said in it."""
    with psycopg.connect(house.url, autocommit=True) as link:
        found = link.execute(
            "SELECT m.conversation_id, array_agg(m.number ORDER BY m.number) FROM inbox_message m"
            " JOIN inbox_conversation c ON c.id = m.conversation_id"
            " WHERE c.channel = 'webchat' AND m.author_kind IN ('citizen', 'staff') AND m.purpose <> 'note' GROUP BY 1"
        )
        return {int(talk): list(numbers) for talk, numbers in found}


def ask(ours: Connection, verb: str, *values: Any) -> Any:
    ours.send((verb, *values))
    return answered(ours, verb)


def answered(ours: Connection, verb: str) -> Any:
    """What they say to what was asked of them; SystemExit with what went wrong."""
    if not ours.poll(600):
        raise SystemExit(f"the talkers did not {verb} within ten minutes")
    try:
        found = ours.recv()
    except EOFError:
        raise SystemExit(f"the talkers ended while they were to {verb}") from None
    if isinstance(found, str):
        raise SystemExit(found)
    return found


def p95(milliseconds: list[float]) -> float:
    return sorted(milliseconds)[min(len(milliseconds) - 1, int(len(milliseconds) * 0.95))]


@dataclass
class Visitor:
    """One browser. `heard`: the numbers of all words of the conversation, in the order of their coming."""

    number: int
    wire: Wire
    ear: Wire
    talk: int = 0
    sent: dict[int, float] = field(default_factory=dict)
    heard: list[int] = field(default_factory=list)
    back: dict[int, float] = field(default_factory=dict)


def token(number: int) -> str:
    """A visitor's own, by which the chat knows them again."""
    return f"{'t' * 40}{number:08d}"


def _run(pipe: Connection, port: int, desks: list[Seat], kind: type[Talkers]) -> None:
    from balcao.config.server import many_files

    many_files()
    asyncio.run(kind(pipe, port, desks).serve())


class Talkers:
    def __init__(self, pipe: Connection, port: int, seats: list[Seat]) -> None:
        self.pipe, self.port, self.seats = pipe, port, seats
        self.visitors: list[Visitor] = []
        self.desks: list[Desk] = []
        self.talking: list[Visitor] = []
        self.screens: dict[int, float] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.refused: list[str] = []
        self.cuts = 0

    async def serve(self) -> None:
        while True:
            verb, *values = await asyncio.to_thread(self.pipe.recv)
            try:
                self.pipe.send(await getattr(self, verb)(*values))
            except Exception as error:
                self.pipe.send(f"{type(error).__name__}: {error}")

    def begin_to(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """In the background; what goes wrong in it is told at the end."""

        def ended(task: asyncio.Task[None]) -> None:
            self.tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                self.refused.append(f"{type(error).__name__}: {error}")

        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(ended)
        return task

    async def begin(self, many: int, listening: bool = True) -> int:
        """Each says a first word; then listens, when told so."""
        first = len(self.visitors)
        fresh = [self.visitor(first + number) for number in range(many)]
        for start in range(0, many, 8):
            await asyncio.gather(*(self.say(one, 0) for one in fresh[start : start + 8]))
        self.visitors += fresh
        return await self.listen(many) if listening else many

    async def listen(self, many: int) -> int:
        for start in range(len(self.visitors) - many, len(self.visitors), 50):
            some = self.visitors[start : start + 50]
            greeted = [asyncio.Event() for _ in some]
            for one, event in zip(some, greeted, strict=True):
                self.begin_to(self.hear(one, event))
            await asyncio.wait_for(asyncio.gather(*(event.wait() for event in greeted)), 120)
        return many

    def visitor(self, number: int) -> Visitor:
        address = f"127.78.{number // 25 // 250}.{number // 25 % 250 + 1}"
        headers = {"Authorization": f"Bearer {token(number)}"}
        return Visitor(number, Wire(self.port, address, headers), Wire(self.port, address, headers))

    async def say(self, one: Visitor, number: int) -> None:
        words = {"text": f"palavra {number} de {one.number}", "client_id": f"client-{number:06d}"}
        one.sent[number] = time.monotonic()
        status, said = await one.wire.call("POST", f"/chat/{CHAT}/send/", json.dumps(words).encode())
        if status != 200:
            raise RuntimeError(f"a message was not taken: {status} {said[:200]!r}")
        one.talk = json.loads(said)["talk"]

    async def hear(self, one: Visitor, greeted: asyncio.Event) -> None:
        """As a browser: whenever it is cut it comes back with the last word that it has."""
        while True:
            try:
                async for kind, data in one.ear.stream(f"/chat/stream/?chat={CHAT}"):
                    greeted.set()
                    if kind == "message":
                        self._heard(one, data)
            except (OSError, asyncio.IncompleteReadError):
                pass
            self.cuts += 1
            one.ear.close()
            await asyncio.sleep(1)

    def _heard(self, one: Visitor, data: dict[str, Any]) -> None:
        one.heard.append(int(data["number"]))
        found = WORD.search(str(data.get("text")))
        if found is not None and data["from"] != "me":
            one.back.setdefault(int(found[1]), time.monotonic())

    def screen(self, who: int, number: int, here: float) -> None:
        if number:
            self.screens[who * 1000 + number] = 1000 * (here - self.visitors[who].sent[number])

    async def sit(self, kind: type[Desk] = Desk, owners: Mapping[int, int] = MappingProxyType({})) -> int:
        """The attendants are at their pages, which have the conversations open that are theirs."""
        self.desks = [kind(self.port, seat, n, self.screen, self.begin_to) for n, seat in enumerate(self.seats)]
        for desk in self.desks:
            desk.threads = {talk: Thread() for talk, owner in owners.items() if owner == desk.seat.staff}
            self.begin_to(desk.watch())
            self.begin_to(desk.beat())
        await asyncio.wait_for(asyncio.gather(*(desk.greeted.wait() for desk in self.desks)), 60)
        return len(self.desks)

    async def open(self, owners: dict[int, int]) -> int:
        """The attendants' pages are drawn before anybody writes to them."""
        await self.sit(owners=owners)
        await self.until(lambda: all(one.lines for desk in self.desks for one in desk.threads.values()))
        self.talking = [one for one in self.visitors if one.talk in owners]
        for desk in self.desks:
            desk.asked.clear()
        return len(self.talking)

    async def talk(self) -> dict[str, Any]:
        started = time.monotonic()

        async def one_talks(one: Visitor) -> None:
            for number in range(1, ROUNDS + 1):
                due = started + EVERY * (number - 1 + one.number / len(self.visitors))
                await asyncio.sleep(max(0, due - time.monotonic()))
                await self.say(one, number)

        await asyncio.gather(*(one_talks(one) for one in self.talking))
        await self.until(lambda: all(len(one.back) >= ROUNDS for one in self.talking))
        backs = [
            [1000 * (one.back[n] - one.sent[n]) for one in self.talking if n in one.back] for n in range(2, ROUNDS + 1)
        ]
        screen = list(self.screens.values())
        asked = {name: sum(desk.asked[name] for desk in self.desks) for name in ("read", "said")}
        return {
            "said": len(self.talking) * ROUNDS,
            "back": backs,  # the first round warms everything up
            "screen": {"p50": round(statistics.median(screen)), "p95": round(p95(screen))} if screen else {},
            "counts": {"messages": len(self.talking) * ROUNDS, **asked},
        }

    async def until(self, there: Callable[[], bool]) -> None:
        """Wait; no longer than it takes until nothing has come for a while."""
        count, since = -1, time.monotonic()
        while not there() and time.monotonic() - since < PATIENCE:
            here = sum(len(one.heard) for one in self.visitors) + len(self.screens)
            if here != count:
                count, since = here, time.monotonic()
            await asyncio.sleep(0.2)

    async def settle(self, numbers: dict[int, list[int]]) -> dict[str, Any]:
        """What each screen has, beside what was said by the time at which all had been answered."""
        shown = {talk: thread.lines for desk in self.desks for talk, thread in desk.threads.items()}
        heard = {one.talk: one.heard for one in self.talking}
        shown |= {talk: [] for talk in heard if talk not in shown}  # nobody ever had it

        def there() -> bool:
            return all(set(numbers[t]) <= set(heard[t]) and set(numbers[t]) <= set(shown[t]) for t in heard)

        await self.until(there)
        told: dict[str, Any] = {"words": sum(len(numbers[talk]) for talk in heard)}
        for side, has in (("visitors", heard), ("attendants", shown)):
            told |= {
                f"lost_{side}": sum(len(set(numbers[talk]) - set(has[talk])) for talk in heard),
                f"twice_{side}": sum(len(has[talk]) - len(set(has[talk])) for talk in heard),
                f"disordered_{side}": sum(has[talk] != sorted(has[talk]) for talk in heard),
            }
        for what in ("lost", "twice", "disordered"):
            told[what] = told[f"{what}_visitors"] + told[f"{what}_attendants"]
        unanswered = sum(ROUNDS - len(one.back) for one in self.talking)
        cuts = self.cuts + sum(desk.asked["cut"] for desk in self.desks)
        return told | {"unanswered": unanswered, "cuts": cuts, "refused": self.refused[:5]}
