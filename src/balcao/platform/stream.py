"""The live stream: follows the append-only event table and tells listeners what happened, each thing once, in order.

Commits come out of order, so following by `id` loses events. Following by (tx, id), and only up to the oldest
transaction that is still open, loses none: whatever lies before that point can no longer change.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog

log = structlog.get_logger()
PAUSE = 0.2  # seconds between two looks at the table; one look costs about 0.1 ms
BATCH = 1000  # events of one look
BEHIND = 100  # looks that may wait for a slow listener: twenty seconds
AT_ONCE = 4  # listeners who come back and have what they missed read for them; thousands may come in one second
MOST_MISSED = 10_000  # events told to whoever comes back; after more its page is read anew, which is cheaper
BIGGEST_ID = 2**63 - 1
NEW = """
SELECT ev.tx::text, ev.id, ev.kind, ev.agency_id, ev.case_id, ev.at FROM platform_event ev
WHERE (ev.tx, ev.id) > (%s::xid8, %s) AND ev.tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY ev.tx, ev.id LIMIT %s
"""
MISSED = """
SELECT ev.tx::text, ev.id, ev.kind, ev.agency_id, ev.case_id, ev.at FROM platform_event ev
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


@dataclass(frozen=True)
class Told:
    """One event as a listener hears it: ids and its kind, never a person's words or data."""

    cursor: Cursor
    kind: str
    agency_id: int | None
    case_id: int | None
    at: str

    def frame(self) -> bytes:
        data = json.dumps({"id": self.cursor.id, "kind": self.kind, "case_id": self.case_id, "at": self.at})
        return f"id: {self.cursor}\nevent: {self.kind}\ndata: {data}\n\n".encode()


@dataclass(eq=False)
class Listener:
    agency_id: int
    begins: Cursor  # what lies at or before it was told already, perhaps by another process that had read further
    # What each look found, as frames in one piece that all of the agency share. Empty: look whether it is over.
    queue: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    # It was too slow, or the database was away: it must come back and resume.
    lost: asyncio.Event = field(default_factory=asyncio.Event)


class Away(Exception):
    """The database cannot be reached now: come back soon."""


class Tailer:
    """One a process, with one connection of its own; it looks only while somebody listens."""

    def __init__(self, conninfo: dict[str, Any]) -> None:
        self._conninfo = conninfo
        self._listeners: set[Listener] = set()
        self._place: Cursor | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._reading = asyncio.Semaphore(AT_ONCE)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @contextlib.asynccontextmanager
    async def listen(
        self, agency_id: int, after: Cursor | None
    ) -> AsyncIterator[tuple[Listener, Cursor, list[Told] | None]]:
        """A listener, where it begins, and what it missed since `after` (None: too much, or another epoch). Away when
        the database cannot say."""
        place = await self._now()  # read and registered in one tick: nothing can fall between the two
        listener = Listener(agency_id, max(place, after) if after and after.epoch == place.epoch else place)
        self._listeners.add(listener)
        try:
            try:
                missed = await self._missed(agency_id, after, place)
            except psycopg.Error as error:
                raise Away from error
            yield listener, listener.begins, missed
        finally:
            self._listeners.discard(listener)

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

    async def _missed(self, agency_id: int, after: Cursor | None, place: Cursor) -> list[Told] | None:
        if after is None:
            return []
        if after.epoch != place.epoch:
            return None
        bounds = [str(after.tx), after.id, str(place.tx), place.id, agency_id, MOST_MISSED]
        async with self._reading, await psycopg.AsyncConnection.connect(**self._conninfo, autocommit=True) as link:
            rows = await (await link.execute(MISSED, bounds)).fetchall()
        return None if len(rows) == MOST_MISSED else [_told(place.epoch, row) for row in rows]

    async def _follow(self) -> None:
        """Look, tell, sleep; end when nobody has listened for a while, or when the database goes away."""
        try:
            async with await psycopg.AsyncConnection.connect(**self._conninfo, autocommit=True) as link:
                row = await (await link.execute(HORIZON)).fetchone()
                assert row is not None
                self._place = Cursor(row[1], int(row[0]), BIGGEST_ID)
                self._started.set()
                idle = 0.0
                while idle < 30:
                    full = await self._look(link)
                    await asyncio.sleep(0 if full else PAUSE)
                    idle = 0.0 if self._listeners else idle + PAUSE
        except psycopg.Error as error:
            log.warning("stream_database_lost", error=type(error).__name__)
        finally:
            self._started.clear()
            for listener in self._listeners:
                listener.lost.set()
            self._listeners.clear()

    async def _look(self, link: psycopg.AsyncConnection[Any]) -> bool:
        assert self._place is not None
        rows = await (await link.execute(NEW, [str(self._place.tx), self._place.id, BATCH])).fetchall()
        if not rows:
            return False
        before, found = self._place, [_told(self._place.epoch, row) for row in rows]
        self._place = found[-1].cursor
        of_agency: dict[int | None, list[tuple[Told, bytes]]] = {}
        for told in found:
            of_agency.setdefault(told.agency_id, []).append((told, told.frame()))
        whole = {agency: b"".join(frame for _, frame in frames) for agency, frames in of_agency.items()}
        for listener in [one for one in self._listeners if one.agency_id in whole]:
            piece = whole[listener.agency_id]
            if listener.begins > before:  # it heard some of this from another process
                fresh = [frame for told, frame in of_agency[listener.agency_id] if told.cursor > listener.begins]
                piece = b"".join(fresh)
            if listener.queue.qsize() >= BEHIND:
                listener.lost.set()
                self._listeners.discard(listener)
            elif piece:
                listener.queue.put_nowait(piece)
        return len(rows) == BATCH


def _told(epoch: int, row: tuple[Any, ...]) -> Told:
    return Told(Cursor(epoch, int(row[0]), row[1]), row[2], row[3], row[4], row[5].isoformat())
