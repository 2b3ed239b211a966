"""The live stream: two thousand listeners on one process, beside a bare ASGI fan-out on the same server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count

import psycopg

from .doors import AGENCY, session
from .ears import Ears
from .harness import Figure, Goal, Run, console
from .house import House, end, free_port, start, wait

LISTENERS = 2000
EVENTS = 100  # of one run: each listener hears them all
MISSED, MORE = 200, 50
RATIO = Goal(0.7, "ratio")
TELL = """INSERT INTO platform_event (kind, agency_id, actor_kind, data)
    SELECT 'BenchTold', g.id, 'system', '{}' FROM organization_agency g, generate_series(1, %s) WHERE g.slug = %s"""


def figures(house: House) -> Iterable[Figure]:
    """Both servers run with one worker; the listeners stay connected for the whole of the line."""
    cookie = f"sessionid={session('staff.edit')}"
    with _servers(house) as (port, bare), psycopg.connect(house.url, autocommit=True) as link:
        numbers = count(1)

        def tell() -> None:
            link.execute(TELL, [EVENTS, AGENCY])

        def feed() -> None:
            asking = HTTPConnection("127.0.0.1", bare, timeout=60)
            asking.request("GET", f"/feed/{EVENTS}/{next(numbers) * EVENTS}")
            asking.getresponse().read()
            asking.close()

        started = time.monotonic()
        with Ears("127.0.0.1", port, LISTENERS, cookie) as ours, Ears("127.0.0.1", bare, LISTENERS) as theirs:
            console.print(f"2 × {LISTENERS:,} listeners let in within {time.monotonic() - started:.0f} s", style="dim")
            _heard(ours, tell), _heard(theirs, feed)
            yield Figure(
                f"live stream, {LISTENERS:,} listeners",
                f"GET /stream/, {EVENTS} events written to the table; deliveries",
                "the same frames by a bare ASGI application, without database, session or agency",
                RATIO,
            ).measure(lambda: _heard(ours, tell), lambda: _heard(theirs, feed))
            yield _back_again(ours, link)


def _heard(ears: Ears, tell: Callable[[], None]) -> Run:
    """Deliveries a second, from the moment that the events exist until the last listener has the last one."""
    ears.begin("wait", EVENTS)
    started = time.monotonic()
    tell()
    last, came = ears.answer()
    return Run(came / (last - started))


def _back_again(ears: Ears, link: psycopg.Connection) -> Figure:
    """All hang up, things happen, all come back by Last-Event-ID: everything once, in order."""
    ears.ask("leave")
    link.execute(TELL, [MISSED, AGENCY])
    started = time.monotonic()
    ears.ask("connect")
    back = time.monotonic() - started
    link.execute(TELL, [MORE, AGENCY])
    time.sleep(0.5)
    told = [pk for (pk,) in link.execute("SELECT id FROM platform_event WHERE kind = 'BenchTold' ORDER BY tx, id")]
    heard = _all(ears, len(told))
    right = sum(one == told for one in heard)
    return Figure.of(
        "live stream: heard all once, in order",
        100 * right / len(heard),
        "%",
        Goal(100),
        product=f"{len(told)} events, {MISSED} of them while nobody listened",
        back_within_seconds=round(back, 1),
    )


def _all(ears: Ears, wanted: int) -> list[list[int]]:
    """What each heard, once they have had the time to hear everything."""
    for _ in range(30):
        ears.ask("drain")
        heard: list[list[int]] = ears.ask("heard")
        if all(len(one) >= wanted for one in heard):
            break
    ears.ask("drain")  # what came twice would come now
    return list(ears.ask("heard"))


@contextmanager
def _servers(house: House) -> Iterator[tuple[int, int]]:
    """(the product's port, the bare one's), each one process with one worker."""
    port, bare = free_port(), free_port()
    product = start(house.home, "web", "--port", str(port), "--workers", "1")
    log = house.home / "bare.log"
    with log.open("wb") as said:
        ceiling = subprocess.Popen([sys.executable, "-m", "bench.bare", str(bare)], stdout=said, stderr=said)
    try:
        wait("127.0.0.1", port, product, house.home / "web.log")
        wait("127.0.0.1", bare, ceiling, log, path="/")
        yield port, bare
    finally:
        end(product)
        end(ceiling)
