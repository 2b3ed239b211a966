"""Whoever asks at the same time is answered together: while one batch is read the next one gathers, so that a busy hour
asks the database not much more often than a quiet one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")

MOST = 100  # who are answered at once


class Together(Generic[A, B]):
    """`run` does `work` on a thread: an answer for each who asked, in their order."""

    def __init__(self, run: Callable[..., Awaitable[Any]], work: Callable[[Sequence[A]], Sequence[B]]) -> None:
        self._run, self._work = run, work
        self._asked: list[tuple[A, asyncio.Future[B]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def ask(self, asked: A) -> B:
        """Raises what the work raised."""
        answer: asyncio.Future[B] = asyncio.get_running_loop().create_future()
        self._asked.append((asked, answer))
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return await answer

    async def _read(self) -> None:
        while self._asked:
            batch, self._asked = self._asked[:MOST], self._asked[MOST:]
            try:
                found = await self._run(self._work, [asked for asked, _answer in batch])
            except Exception as error:
                for _asked, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_asked, answer), told in zip(batch, found, strict=True):
                if not answer.done():  # who has gone meanwhile waits no more
                    answer.set_result(told)
