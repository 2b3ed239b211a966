"""A whole day of conversations, played faster: people come by the hours of a real service, talk with attendants, go.

Attendants are too few for the busiest hours on purpose, so that lines form. What the database has at the end says
who was overtaken; what both screens had, who was not answered."""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from . import cpu
from .attending import Desk, Thread
from .desks import CHAT, seats
from .doors import AGENCY
from .harness import Figure, Goal, console
from .house import House
from .lives import _worker as worker
from .talks import ROUNDS, Talkers, Visitor, answered, ask, numbers_of, p95, talkers, token

TALKS = int(os.environ.get("DAY_TALKS", "20000"))
MINUTES = float(os.environ.get("DAY_MINUTES", "60"))
# of a thousand demands to São Paulo's 156 service (2015 to 2018, 371,282), how many came in each hour of the day
HOURS = (14, 8, 4, 2, 3, 6, 16, 35, 65, 79, 88, 85, 76, 70, 67, 65, 62, 57, 50, 45, 35, 28, 23, 19)
THOUGHT = 60.0  # seconds of the real day between an answer and what is said to it
CAPACITY, SHORT = 4, 0.75  # talks at once of an attendant; of what the busiest hour wants, how much they can take
LOOKS = 12  # at the memory, through the day
TALK = re.compile(rb"/console/inbox/(\d+)/")
NONE, FLAT = Goal(0, at_most=True), Goal(1.15, at_most=True)


@dataclass(frozen=True)
class Day:
    talks: int
    seconds: float

    @property
    def thought(self) -> float:
        return THOUGHT * self.seconds / 86400

    @property
    def desks(self) -> int:
        """Attendants, when half a second is what an answer takes."""
        at_once = self.talks * max(HOURS) / sum(HOURS) / (self.seconds / 24) * ROUNDS * (self.thought + 0.5)
        return max(2, round(SHORT * at_once / CAPACITY))

    def moments(self) -> list[float]:
        """When each comes, in seconds from the beginning."""
        draw, hour = random.Random(156), self.seconds / 24
        return sorted((draw.choices(range(24), HOURS)[0] + draw.random()) * hour for _ in range(self.talks))


def figures(house: House) -> Iterable[Figure]:
    day = Day(TALKS, MINUTES * 60)
    desks = seats(day.desks, capacity=CAPACITY)
    classes = _known(day)
    ours, process = talkers(house.port, desks, _Days)
    roots = {"web": house.web, "PostgreSQL": house.database}
    try:
        with worker(house) as hands:
            roots["worker"] = hands
            ask(ours, "sit", _Desk)
            spent = {name: cpu.seconds(pid) for name, pid in roots.items()}
            ours.send(("play", day))
            memory = _watched(ours, day, roots)
            told = answered(ours, "play")
            missing = ask(ours, "settle", numbers_of(house))
            spent = {name: round(cpu.seconds(pid) - spent[name], 1) for name, pid in roots.items()}
    finally:
        process.kill()
    yield from _told(day, told | {"attendants": day.desks, "of_legal_priority": classes, "cpu_s": spent}, missing)
    yield from _fair(house)
    yield from _flat(memory)


def _told(day: Day, told: dict[str, Any], missing: dict[str, Any]) -> Iterable[Figure]:
    name = f"a day of {day.talks:,} talks in {day.seconds / 60:g} minutes"
    backs = told.pop("back")
    console.print(f"  {told}", style="dim")
    yield Figure.of(f"{name}: unanswered words", missing["unanswered"], "", NONE,
                    product=f"{told['words']} of visitors, {ROUNDS} each, as many answers", **told)  # fmt: skip
    wrong = sum(missing[what] for what in ("lost", "twice", "disordered"))
    if wrong or missing["refused"]:
        console.print(f"  {missing}", style="red")
    yield Figure.of("… lost, doubled or out of order", wrong, "", NONE, product="on two screens", **missing)
    yield Figure.of("… an answer in a talk", p95(backs) if backs else 0, "ms", product="p95, the first word left out")


TAKEN = """SELECT c.line_id, c.rank, extract(epoch FROM c.queued_at)::float, extract(epoch FROM w.began_at)::float,
       extract(epoch FROM w.ended_at)::float
    FROM platform_event e JOIN inbox_conversation c ON c.id = (e.data->>'conversation_id')::bigint
    JOIN inbox_wait w ON w.conversation_id = c.id AND w."end" = 'taken' AND w.ended_at = e.at
    WHERE e.kind = 'ConversationTaken' AND c.channel = 'webchat' ORDER BY e.id"""
WITHIN, ACROSS = "within their class", "by a lesser class"


def _fair(house: House) -> Iterable[Figure]:
    """Who was taken before whom, in the order of the events, which the line's lock makes one. Where somebody had stood
    there for less than a second, their coming may not have been committed when the other was taken."""
    with psycopg.connect(house.url, autocommit=True) as link:
        rows = link.execute(TAKEN).fetchall()
    lines, waits = defaultdict[int, list[Taken]](list), []
    for line, rank, stood, came, taken in rows:
        lines[line].append((rank, stood, came, taken))
        waits.append(1000 * (taken - came))
    found = [one for taken_in_turn in lines.values() for one in overtaken(taken_in_turn)]
    notes = {"taken": len(rows), "waited_ms": {f"p{part}": round(_part(waits, part)) for part in (50, 95, 100)}}
    for how in (WITHIN, ACROSS):
        gaps = [gap for kind, gap in found if kind == how]
        yield Figure.of(
            f"… overtaken {how}", sum(gap > 1 for gap in gaps), "", NONE, product="after a second in the line, or more",
            within_a_second=sum(gap <= 1 for gap in gaps), **notes,
        )  # fmt: skip


# rank, place in the line, since when they stood there (later, for who was with somebody and came back), when taken
Taken = tuple[int, float, float, float]


def overtaken(line: list[Taken]) -> Iterable[tuple[str, float]]:
    """Of those of a line, in the order in which they were taken: how each who was overtaken was, and how long they had
    stood there then."""
    for turn, (rank, place, came, _taken) in enumerate(line):
        gaps: dict[str, float] = {}
        for other, behind, _came, taken in reversed(line[:turn]):
            if taken < came:
                break  # before they came
            if other > rank or (other == rank and behind > place):
                how = WITHIN if other == rank else ACROSS
                gaps[how] = max(gaps.get(how, 0), taken - came)
        yield from gaps.items()


def _part(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)] if values else 0.0


def _watched(ours: Any, day: Day, roots: dict[str, int]) -> list[dict[str, float]]:
    """The memory of each, from when it is warm to the end."""
    found, began = list[dict[str, float]](), time.monotonic()
    while not ours.poll(max(0.0, began + (len(found) + 1) * day.seconds / LOOKS - time.monotonic())):
        found.append({name: round(cpu.megabytes(pid), 1) for name, pid in roots.items()})
        console.print(f"  {time.monotonic() - began:.0f} s: {found[-1]} MB", style="dim")
    return found


def _flat(memory: list[dict[str, float]]) -> Iterable[Figure]:
    """The night is too quiet to warm anything up: from the busiest hours to the end."""
    first, last = memory[min(len(memory), LOOKS) // 2], memory[-1]
    for name in first:
        yield Figure.of(f"… memory of {name}, from noon to the end", last[name] / first[name], "×",
                        FLAT if name != "PostgreSQL" else None, MB=[look[name] for look in memory])  # fmt: skip


def _known(day: Day) -> dict[int, int]:
    """One in eight was here before and is served earlier by law: rank → how many."""
    from datetime import timedelta

    from django.utils import timezone

    from balcao.channels.webchat.visitors import contact_of
    from balcao.citizens.models import Person, PriorityGroup
    from balcao.inbox.conversations.models import Account, Conversation
    from balcao.inbox.conversations.moving import contact_hash
    from balcao.organization.models import Agency

    agency = Agency.objects.get(slug=AGENCY)
    account = Account.objects.get(channel="webchat", key=CHAT)
    groups = list(PriorityGroup.objects.in_force(agency.jurisdiction).order_by("rank"))[:2]
    people = [Person.objects.create(agency=agency, name="Bench", priority=group) for group in groups]
    then, found = timezone.now() - timedelta(days=60), defaultdict[int, int](int)
    before = []
    for number in range(0, day.talks, 8):
        person, contact = people[number // 8 % len(people)], contact_of(token(number))
        found[person.priority.rank] += 1  # type: ignore[union-attr]
        before.append(
            Conversation(
                agency=agency, account=account, channel="webchat", contact=contact, address=contact, person=person,
                contact_hash=contact_hash("webchat", contact), state="closed", ending="done", line=account.line,
                opened_at=then, closed_at=then,
            )
        )  # fmt: skip
    Conversation.objects.bulk_create(before, batch_size=1000)
    _open_all_day(account.line)
    return dict(found)


def _open_all_day(line: Any) -> None:
    from balcao.organization.calendar_models import WorkingCalendar

    weekly = [[["00:00", "24:00"]]] * 7
    line.calendar, _ = WorkingCalendar.objects.get_or_create(
        agency_id=line.agency_id, slug="bench", defaults={"name": "Bench", "weekly": weekly}
    )
    line.save()


class _Desk(Desk):
    """Sees in its list whom it was given, as long as it has room; closes a talk with its last answer."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.with_me: set[int] = set()
        self.listing = False

    def taken(self) -> None:
        if not self.listing and len(self.with_me) < CAPACITY:
            self.listing = True
            self.begin(self._list())

    async def _list(self) -> None:
        async with self.turn:
            self.listing = False  # what is given from now on is asked for anew
            status, page = await self.hand.call("GET", "/console/inbox/?part=mine&piece=1")
        if status != 200:
            raise RuntimeError(f"the list: {status}")
        self.asked["listed"] += 1
        for talk in {int(number) for number in TALK.findall(page)} - self.threads.keys():
            self.threads[talk] = Thread()
            self.with_me.add(talk)
            self.begin(self.look(talk))

    async def _answer(self, talk: int, number: int, who: int) -> list[tuple[int, int]]:
        fresh = await super()._answer(talk, number, who)
        if number == ROUNDS:
            await self._post(self.hand, f"/console/inbox/{talk}/close/", {"notice": "Obrigada por falar conosco."}, 302)
            self.with_me.discard(talk)
            self.taken()  # perhaps the next one was told before the answer to this came
        return fresh


class _Days(Talkers):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.news: dict[int, asyncio.Event] = {}

    async def play(self, day: Day) -> dict[str, Any]:
        """The whole of it, until nothing has come any more for a while."""
        self.visitors = [self.visitor(number) for number in range(day.talks)]
        began = time.monotonic()
        for one, moment in zip(self.visitors, day.moments(), strict=True):
            await asyncio.sleep(max(0, began + moment - time.monotonic()))
            self.talking.append(one)
            self.begin_to(self._visits(one, day.thought))
        late = time.monotonic() - began - day.seconds
        await self.until(lambda: all(len(one.back) >= ROUNDS for one in self.talking))
        backs = [1000 * (one.back[n] - one.sent[n]) for one in self.talking for n in one.back if n > 1]
        return {
            "words": day.talks * ROUNDS,
            "back": backs,
            "late_s": round(late, 1),
            "ended_after_s": round(time.monotonic() - began - day.seconds, 1),
        }

    async def _visits(self, one: Visitor, thought: float) -> None:
        self.news[one.number] = news = asyncio.Event()
        await self.say(one, 1)
        listening = self.begin_to(self.hear(one, asyncio.Event()))
        for number in range(1, ROUNDS + 1):
            if number > 1:
                await asyncio.sleep(thought)
                await self.say(one, number)
            while number not in one.back:
                await news.wait()
                news.clear()
        await asyncio.sleep(2)  # the farewell comes
        listening.cancel()
        one.wire.close()
        one.ear.close()

    def _heard(self, one: Visitor, data: dict[str, Any]) -> None:
        super()._heard(one, data)
        self.news[one.number].set()
