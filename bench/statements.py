"""How many statements a request sends, and where its time goes: to see what a ratio is made of."""

from __future__ import annotations

import cProfile
import io
import pstats
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def of_request(verb: str, path: str, body: Any = None, *, cookie: str = "", **more: Any) -> dict[str, Any]:
    """The statements of one request to our pages, in this process: how many, by verb, and the statements themselves.
    SystemExit when it fails. Send it once before: what a process remembers is remembered by then."""
    client, arguments = Client(HTTP_COOKIE=cookie, HTTP_HOST="localhost"), [path] if body is None else [path, body]
    with CaptureQueriesContext(connection) as seen:
        answer = getattr(client, verb)(*arguments, **more)
    if answer.status_code >= 400:
        raise SystemExit(f"{verb} {path}: {answer.status_code} {answer.content[:300]!r}")
    sent = [one["sql"] for one in seen.captured_queries]
    verbs: dict[str, int] = {}
    for one in sent:
        verbs[one.split(None, 1)[0].upper()] = verbs.get(one.split(None, 1)[0].upper(), 0) + 1
    return {"statements": len(sent), "by_verb": verbs, "sent": sent}


def profile(work: Callable[[], Any], repeats: int = 40, top: int = 15) -> list[str]:
    """cProfile of `work`, by own time: the lines of its table."""
    work()
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(repeats):
        work()
    profiler.disable()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(top)
    return [line for line in text.getvalue().splitlines() if line.strip()][2:]
