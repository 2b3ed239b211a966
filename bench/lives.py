"""The whole life of a demand through our API, with very many others there: open, accept, report, review, answer, find.

Each visitor is a program with a key that leads one demand after the other to its end. A worker runs beside, as in a
real house: letters, rollups, clocks. Then five times as many visitors come for a while, and leave again."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg

from . import cpu
from .doors import api_key
from .harness import Figure, Goal, Run, console
from .house import House, end, start
from .load import BUSY, Browser, Busy, Tally, crowd
from .opening import ANSWERS, SERVICE
from .past import MORE, STREETS, grow

STEADY, SPIKE = 12, 5  # visitors, and how many times as many come
SCOPES = ("case.open", "case.read", "case.search", "order.read", "order.work", "report.review", "case.triage")
RATE, BACK, WRONG = Goal(50), Goal(1000, at_most=True), Goal(0, at_most=True)


def figures(house: House) -> Iterable[Figure]:
    """Rates of whole lives; a request's 95th percentile; whatever was answered that was neither done nor "busy"."""
    grow(house, house.cases)
    with _worker(house) as worker:
        _idle(house)
        crowd(house.host, house.port, life, clients=4, seconds=4)  # warm
        steady = Figure(
            f"whole lives, {house.cases:,} there",
            f"6 calls of the API each, {STEADY} visitors, {house.workers} web workers and a worker",
            goal=RATE,
        )
        roots = {"web": house.web, "PostgreSQL": house.database, "worker": worker}
        before, told = {name: cpu.seconds(pid) for name, pid in roots.items()}, list[Tally]()

        def lived() -> Run:
            told.append(crowd(house.host, house.port, life, clients=STEADY, seconds=house.spike / 3))
            return told[-1].run()

        steady.measure(lived)
        done = max(1, sum(tally.done for tally in told))
        spent = {name: 1000 * (cpu.seconds(pid) - before[name]) / done for name, pid in roots.items()}
        steady.notes["cpu_ms_a_life"] = {name: round(one, 1) for name, one in spent.items()}
        by_process = ", ".join(f"{name} {one:.0f}" for name, one in spent.items())
        console.print(f"  processor of a life: {sum(spent.values()):.0f} ms ({by_process})", style="dim")
        yield steady
        spike = crowd(house.host, house.port, life, clients=STEADY * SPIKE, seconds=house.spike)
        ended = time.monotonic()
        after = crowd(house.host, house.port, life, clients=STEADY, seconds=house.spike)
        told += [spike, after]
        yield _told(f"lives in a spike × {SPIKE}", spike)
        yield _told("lives after it", after)
        back = _back(after, ended)
        yield Figure.of("p95 after the spike", _p95(after), "ms", BACK, product="of a call", below_1_s_after=back)
        wrong = [one for tally in told for one in tally.wrong]
        yield Figure.of(
            "errors but “busy”", len(wrong), "", WRONG, product="of all calls", busy=sum(t.busy for t in told),
            first=wrong[:3],
        )  # fmt: skip


def _told(name: str, tally: Tally) -> Figure:
    milliseconds = sorted(taken for _, taken in tally.times)
    return Figure(name, f"busy: {tally.busy}", runs=[(Run(tally.done / tally.seconds, milliseconds), None)])


def _p95(tally: Tally) -> float:
    return Run(0, sorted(taken for _, taken in tally.times)).percentile(95) or 0.0


def _back(tally: Tally, ended: float) -> float | None:
    """Seconds after the spike until the calls of one whole second had their 95th percentile below one second."""
    for second in range(int(tally.seconds)):
        here = sorted(taken for at, taken in tally.times if second <= at - ended < second + 1)
        if here and here[min(len(here) - 1, int(len(here) * 0.95))] < BACK.value:
            return float(second + 1)
    return None


@contextmanager
def _worker(house: House) -> Iterator[int]:
    process = start(house.home, "worker")
    try:
        time.sleep(3)
        yield process.pid
    finally:
        end(process)


def _idle(house: House, patience: float = 90) -> None:
    """Until the worker has done what the demonstration left behind: alarms, letters."""
    waits = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = ANY(%s) AND status IN ('todo', 'doing')"
    tasks, ends = ["platform.react", "inbox.deliver", "clocks.sweep_alarms"], time.monotonic() + patience
    with psycopg.connect(house.url, autocommit=True) as link:
        quiet = 0
        while quiet < 3 and time.monotonic() < ends:
            found = link.execute(waits, [tasks]).fetchone()
            quiet = quiet + 1 if found == (0,) else 0
            time.sleep(1)


def life(browser: Browser) -> bool:
    """One demand from its opening to its answer, and found afterwards."""
    draw: random.Random = browser.random
    street, said = draw.choice(STREETS), f"{ANSWERS['description']} {draw.choice(MORE)} {draw.choice(MORE)}"
    demand = {
        "service": SERVICE,
        "kind": "solicitacao",
        "description": said,
        "answers": {"porte": "grande", "risco": "galho", "fios": False},
        "location": {"address": street, "number": str(draw.randint(1, 1900)), "lat": -22.16, "lon": -48.615},
    }
    opened = _call(browser, "POST", "/api/cases", demand, **{"Idempotency-Key": str(uuid4())})
    protocol, order = opened["protocol"], opened["orders"][0]
    _call(browser, "POST", f"/api/orders/{order}/accept", {})
    report = {"outcome": "solved", "text": "A equipe podou o galho hoje de manhã.", "key": str(uuid4())}
    _call(browser, "POST", f"/api/orders/{order}/report", report)
    _call(browser, "POST", f"/api/orders/{order}/review", {"verdict": "accept"})
    _call(browser, "POST", f"/api/cases/{protocol}/send", {})
    words = street.replace(" ", "+").encode("ascii", "ignore").decode()
    _call(browser, "GET", f"/api/cases?q=galho+{words}")
    return True


def _call(browser: Browser, verb: str, path: str, body: Any = None, **headers: str) -> Any:
    """The answer. Asked to be patient it tries again, as a program would; Busy when that is in vain."""
    sent = None if body is None else json.dumps(body)
    said = {"Authorization": f"Bearer {api_key(*SCOPES)}", "Content-Type": "application/json", **headers}
    for _ in range(5):
        status, _where, answer = browser.ask(verb, path, sent, said)
        if status not in BUSY:
            break
        time.sleep(browser.random.uniform(0.1, 0.5))
    else:
        raise Busy
    if status not in (200, 201):
        raise SystemExit(f"{verb} {path}: {status} {answer[:300]!r}")
    return json.loads(answer)
