"""An action is one transaction, however many actions it is made of."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from psycopg.errors import DeadlockDetected

from .errors import Stale

P = ParamSpec("P")
R = TypeVar("R")


class Memory(dict[Any, Any]):
    """What one action remembers while it runs; `unit` holds the rows that it has still to write (`platform.rows`)."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.unit = name, None  # type: str, Any
        self.link = connections[DEFAULT_DB_ALIAS]  # `connection` looks for it at each touch


_running: ContextVar[Memory | None] = ContextVar("the_running_action", default=None)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in a transaction, all or nothing. An action called by another is part of it: it opens no savepoint
    (two statements saved each time), so the outer one must not catch what an inner one raises and go on; whoever
    needs to wraps the call in `transaction.atomic()`."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if running() is not None:
            return function(*args, **kwargs)
        memory = Memory(f"{function.__module__}.{function.__qualname__}")
        token = _running.set(memory)
        try:
            with transaction.atomic():
                result = function(*args, **kwargs)
                if memory.unit is not None:
                    memory.unit.flush(last=True)
                return result
        except OperationalError as error:
            if isinstance(error.__cause__, DeadlockDetected):  # two people at once, and PostgreSQL let the other one go
                raise Stale(log="deadlock: rolled back") from error
            raise
        finally:
            if memory.unit is not None:
                memory.unit.end()
            _running.reset(token)

    return run


def running() -> Memory | None:
    """What the running action remembers (empty at its start, forgotten at its end); None outside of any.

    For what cannot change under it: a row that it has locked, a calendar that it has read."""
    memory = _running.get()
    return memory if memory is not None and memory.link.in_atomic_block else None
