"""An action is one transaction, however many actions it is made of."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")
_within: ContextVar[bool] = ContextVar("within_an_action", default=False)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in a transaction, all or nothing. An action called by another is part of it: it opens no savepoint
    (two statements saved each time), so the outer one must not catch what an inner one raises and go on; whoever
    needs to wraps the call in `transaction.atomic()`."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _within.get() and connection.in_atomic_block:
            return function(*args, **kwargs)
        token = _within.set(True)
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        finally:
            _within.reset(token)

    return run
