"""The live stream: follows the append-only event table and tells listeners what happened, each thing once, in order.

Commits come out of order, so following by `id` loses events. Following by (tx, id), and only up to the oldest
transaction that is still open, loses none: whatever lies before that point can no longer change.

What is worth no row (somebody is typing) comes by NOTIFY on the same connection and is told once, to whoever listens.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog

log = structlog.get_logger()
CHANNEL = "balcao_live"  # of what is told and not kept
PAUSE = 0.2  # seconds between two looks at the table; one look costs about 0.1 ms
QUICK, LATELY = 0.05, 10.0  # … while something happened within so many seconds: a talk is there and back in two waits
BATCH = 1000  # events of one look
BEHIND = 100  # looks that may wait for a slow listener: twenty seconds
AT_ONCE = 4  # listeners who come back and have what they missed read for them; thousands may come in one second
MOST_MISSED = 10_000  # events told to whoever comes back; after more its page is read anew, which is cheaper
BIGGEST_ID = 2**63 - 1
OF_A_TALK = {"number": "number", "kind": "sort"}  # what of a conversation's event is told, and as what
NEW = """
SELECT ev.tx::text, ev.id, ev.kind, ev.agency_id, ev.case_id, ev.at, ev.data FROM platform_event ev
WHERE (ev.tx, ev.id) > (%s::xid8, %s) AND ev.tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY ev.tx, ev.id LIMIT %s
"""
MISSED = """
SELECT ev.tx::text, ev.id, ev.kind, ev.agency_id, ev.case_id, ev.at, ev.data FROM platform_event ev
WHERE (ev.tx, ev.id) > (%s::xid8, %s) AND (ev.tx, ev.id) <= (%s::xid8, %s) AND ev.agency_id = %s
ORDER BY ev.tx, ev.id LIMIT %s
"""
HORIZON = """
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::numeric - 1)::text,
       coalesce((SELECT max(id) FROM platform_epoch), 0)
"""


@dataclass(frozen=True, order=True)
class Cursor:
    """A place in the table. Written "epoch.tx.id"; a restore starts a new epoch, because it breaks the order of tx."""

    epoch: int
    tx: int
    id: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.tx}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """None for whatever is no cursor: the listener then starts from now."""
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 21 for part in parts):
            return None
        cursor = cls(*map(int, parts))
        return cursor if cursor.tx < 2**63 and cursor.id <= BIGGEST_ID else None


Key = tuple[str, int] | tuple[str, int, int]
"""What a listener listens for, and what is told to: ("agency", 1), ("line", 1, 7), ("talk", 42) …"""


@dataclass(frozen=True)
class Told:
    """One event as a listener hears it: ids and its kind, never a person's words or data. `data` is what the event
    holds, for whoever says whom it concerns; of it only the conversation's id and `OF_A_TALK` are told. Without a
    cursor it came by NOTIFY, and all of its data is told."""

    cursor: Cursor | None
    kind: str
    agency_id: int | None = None
    case_id: int | None = None
    at: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conversation_id(self) -> int | None:
        found = self.data.get("conversation_id")
        return found if isinstance(found, int) else None

    def frame(self) -> bytes:
        if self.cursor is None:
            return f"event: {self.kind}\ndata: {json.dumps(dict(self.data))}\n\n".encode()
        told = {"id": self.cursor.id, "kind": self.kind, "case_id": self.case_id, "at": self.at}
        if self.conversation_id is not None:  # also which of its words, and of what sort it is: see `inbox…events`
            told |= {"conversation_id": self.conversation_id}
            told |= {key: self.data[name] for name, key in OF_A_TALK.items() if name in self.data}
        return f"id: {self.cursor}\nevent: {self.kind}\ndata: {json.dumps(told)}\n\n".encode()


Concerns = Callable[["psycopg.AsyncConnection[Any]", Sequence[Told]], Awaitable[Sequence[frozenset[Key]]]]
"""Whom each of these events is told to; it may ask the database."""


async def whole_agency(link: "psycopg.AsyncConnection[Any]", told: Sequence[Told]) -> Sequence[frozenset[Key]]:
    return [frozenset({("agency", one.agency_id)} if one.agency_id else ()) for one in told]


@dataclass(eq=False)
class Listener:
    agency_id: int
    keys: frozenset[Key]
    begins: Cursor  # what lies at or before it was told already, perhaps by another process that had read further
    # What each look found, as frames in one piece. Empty: look whether it is over.
    queue: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    # It was too slow, or the database was away: it must come back and resume.
    lost: asyncio.Event = field(default_factory=asyncio.Event)


class Away(Exception):
    """The database cannot be reached now: come back soon."""


class Tailer:
    """One a process, with one connection of its own; it looks only while somebody listens."""

    def __init__(self, conninfo: dict[str, Any], concerns: Concerns = whole_agency) -> None:
        self._conninfo, self._concerns = conninfo, concerns
        self._listeners: set[Listener] = set()
        self._by_key: dict[Key, set[Listener]] = {}
        self._place: Cursor | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._reading = asyncio.Semaphore(AT_ONCE)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @contextlib.asynccontextmanager
    async def listen(
        self, agency_id: int, after: Cursor | None, keys: Iterable[Key] = ()
    ) -> AsyncIterator[tuple[Listener, Cursor, list[Told] | None]]:
        """A listener of an agency for what concerns any of `keys` (without them, all that concerns the agency as a
        whole), where it begins, and what it missed since `after` (None: too much, or another epoch). Away when the
        database cannot say."""
        place = await self._now()  # read and registered in one tick: nothing can fall between the two
        begins = max(place, after) if after and after.epoch == place.epoch else place
        listener = Listener(agency_id, frozenset(keys) or frozenset({("agency", agency_id)}), begins)
        self._add(listener)
        try:
            try:
                missed = await self._missed(listener, after, place)
            except psycopg.Error as error:
                raise Away from error
            yield listener, listener.begins, missed
        finally:
            self._drop(listener)

    def _add(self, listener: Listener) -> None:
        self._listeners.add(listener)
        for key in listener.keys:
            self._by_key.setdefault(key, set()).add(listener)

    def _drop(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        for key in listener.keys:
            others = self._by_key.get(key, set())
            others.discard(listener)
            if not others:
                self._by_key.pop(key, None)

    async def _now(self) -> Cursor:
        if self._task is None or self._task.done():
            self._started.clear()
            self._task = asyncio.create_task(self._follow())
        started = asyncio.ensure_future(self._started.wait())
        await asyncio.wait({started, self._task}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if not self._started.is_set() or self._place is None:
            raise Away
        return self._place

    async def _missed(self, listener: Listener, after: Cursor | None, place: Cursor) -> list[Told] | None:
        if after is None:
            return []
        if after.epoch != place.epoch:
            return None
        bounds = [str(after.tx), after.id, str(place.tx), place.id, listener.agency_id, MOST_MISSED]
        async with self._reading, await psycopg.AsyncConnection.connect(**self._conninfo, autocommit=True) as link:
            rows = await (await link.execute(MISSED, bounds)).fetchall()
            if len(rows) == MOST_MISSED:
                return None
            told = [_told(place.epoch, row) for row in rows]
            concerned = await self._concerns(link, told) if told else []
        return [one for one, keys in zip(told, concerned, strict=True) if keys & listener.keys]

    async def _follow(self) -> None:
        """Look, tell, sleep; end when nobody has listened for a while, or when the database goes away."""
        try:
            async with await psycopg.AsyncConnection.connect(**self._conninfo, autocommit=True) as link:
                row = await (await link.execute(HORIZON)).fetchone()
                assert row is not None
                await link.execute(f"LISTEN {CHANNEL}")
                self._place = Cursor(row[1], int(row[0]), BIGGEST_ID)
                self._started.set()
                idle, quiet = 0.0, LATELY
                while idle < 30:
                    found = await self._look(link)
                    pause = 0.0 if found == BATCH else QUICK if found or quiet < LATELY else PAUSE
                    # all of them first: the connection answers no question while it is listened to
                    for note in [one async for one in link.notifies(timeout=pause, stop_after=1)]:
                        await self._say(link, note.payload)
                    quiet = 0.0 if found else quiet + pause
                    idle = 0.0 if self._listeners else idle + pause
        except psycopg.Error as error:
            log.warning("stream_database_lost", error=type(error).__name__)
        finally:
            self._started.clear()
            for listener in self._listeners:
                listener.lost.set()
            self._listeners.clear()
            self._by_key.clear()

    async def _look(self, link: psycopg.AsyncConnection[Any]) -> int:
        """Tell what is new; how many events that was."""
        assert self._place is not None
        rows = await (await link.execute(NEW, [str(self._place.tx), self._place.id, BATCH])).fetchall()
        if not rows:
            return 0
        found = [_told(self._place.epoch, row) for row in rows]
        # whoever comes while this is asked begins before these, and is told them with everybody
        concerned = await self._concerns(link, found)
        assert found[-1].cursor is not None
        self._place = found[-1].cursor
        self._tell(zip(found, concerned, strict=True))
        return len(rows)

    async def _say(self, link: psycopg.AsyncConnection[Any], payload: str) -> None:
        """What came by NOTIFY: `{"kind": …, …}`; anything else was not meant for us."""
        try:
            data = json.loads(payload)
            told = Told(None, data.pop("kind"), data=data)
        except (ValueError, KeyError, AttributeError):
            log.warning("stream_note_unread")
            return
        self._tell(zip([told], await self._concerns(link, [told]), strict=True))

    def _tell(self, told: Iterable[tuple[Told, frozenset[Key]]]) -> None:
        """Each listener gets what concerns it as one piece."""
        pieces: dict[Listener, list[bytes]] = {}
        for one, keys in told:
            frame = one.frame()
            for listener in set().union(*(self._by_key.get(key, ()) for key in keys)):
                # it heard some of this from another process
                if one.cursor is None or one.cursor > listener.begins:
                    pieces.setdefault(listener, []).append(frame)
        for listener, frames in pieces.items():
            if listener.queue.qsize() >= BEHIND:
                listener.lost.set()
                self._drop(listener)
            else:
                listener.queue.put_nowait(b"".join(frames))


def tell(**note: Any) -> str:
    """The payload of a NOTIFY on `CHANNEL`: its `kind`, and what the listeners are told of it (8,000 bytes at most)."""
    return json.dumps(note, ensure_ascii=False)


def _told(epoch: int, row: tuple[Any, ...]) -> Told:
    return Told(Cursor(epoch, int(row[0]), row[1]), row[2], row[3], row[4], row[5].isoformat(), row[6] or {})
