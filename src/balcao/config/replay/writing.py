"""Batches on their way into the database beside the composing of the next: each in one transaction by COPY, with
indexes, foreign keys and triggers live."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import tuple_row

from balcao.organization.models import Agency

from .tables import Rows, Table

WRITERS = 2  # connections; composing takes about half of one writer's time
LONGEST = 1.0  # seconds of a transaction: after two the live stream would wait
LOCK = 225229  # the advisory lock, shared, of batches on their way into one agency

Then = Callable[[], None]


class Writers:
    """`with Writers(tables, agency) as writers`: at the end all that was sent is committed, or has failed and said so.

    Within a transaction of the caller everything goes through the caller's connection, at once."""

    def __init__(self, tables: Mapping[str, Table], agency: Agency) -> None:
        self._tables, self._agency, self._count = tables, agency, 0 if connection.in_atomic_block else WRITERS
        self.parts = 1
        """Into how many transactions a batch is best divided, as fast as the machine has been lately."""
        self._links: list[Any] = []
        self._free: queue.SimpleQueue[psycopg.Connection[Any]] = queue.SimpleQueue()
        self._sent: deque[tuple[Future[None], Then]] = deque()

    def __enter__(self) -> Writers:
        self._threads = ThreadPoolExecutor(max(1, self._count), "replay")
        with connection.cursor() as cursor:  # a killed run's last batch may be at its commit: then it is here, or never
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, self._agency.pk])
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, self._agency.pk])
        for _ in range(self._count):
            link = connection.copy()
            link.settings_dict["OPTIONS"].pop("pool", None)
            link.inc_thread_sharing()
            self._links.append(link)
            link.ensure_connection()
            link.connection.execute("SET synchronous_commit TO off")
            self._free.put(link.connection)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        try:
            self.settle()
        finally:
            self._threads.shutdown()
            for link in self._links:
                link.close()

    def send(self, rows: Rows, then: Then) -> None:
        """Write `rows`; `then` is called here, by a later `send` or `settle`, once they are committed.

        Waits while every writer is busy and one batch is ready: what is on its way stays a few batches."""
        if not self._count:
            with connection.connection.transaction(), connection.connection.cursor(row_factory=tuple_row) as cursor:
                self._copy(rows, cursor)
            then()
            return
        self._settle(self._count)
        self._sent.append((self._threads.submit(self._write, rows), then))

    def settle(self) -> None:
        """Wait until all that was sent is committed. Raises what a writer met."""
        self._settle(0)

    def _settle(self, left: int) -> None:
        while self._sent and (len(self._sent) > left or self._sent[0][0].done()):
            done, then = self._sent.popleft()
            done.result()
            then()

    def _write(self, rows: Rows) -> None:
        link, started = self._free.get(), time.monotonic()
        try:
            with link.transaction(), link.cursor(row_factory=tuple_row) as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCK, self._agency.pk])
                self._copy(rows, cursor)
        finally:
            self._free.put(link)
        took = time.monotonic() - started
        if took > LONGEST:
            self.parts = min(16, self.parts * 2)
        elif took < LONGEST / 4:
            self.parts = max(1, self.parts // 2)

    def _copy(self, rows: Rows, cursor: psycopg.Cursor[Any]) -> None:
        for name, lines in rows.items():
            self._tables[name].copy(cursor, lines)
