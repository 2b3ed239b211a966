"""The pages that must stay flat: staff's list of demands, and the public figures, with more and more demands there.

Beside each, in turn with it, a page that reads no demand: what that costs more at a later hour is the machine's doing,
and is taken off before a page is called flat."""

from __future__ import annotations

import statistics as middle
from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from . import cpu, statements
from .doors import AGENCY, session
from .harness import Figure, Goal, Run
from .house import House
from .load import Browser
from .past import grow, standing

SIZES = (1_000, 10_000, 100_000, 371_282, 1_000_000)
ASKED, RUNS = 20, 5  # a processor's time is counted in ticks of 10 ms: twenty pages are fifty to a hundred
BESIDE = "/servicos/"
AS_FULL = 0.9  # of a page's bytes: a house of a thousand demands does not fill every list
LIST, PUBLIC, QUERIES, FLAT = Goal(20, at_most=True), Goal(50, at_most=True), Goal(10, at_most=True), 1.5


def figures(house: House) -> Iterable[Figure]:
    """At each size from what is there up to the wanted one; how flat they were, and the most statements of a list."""
    seen: dict[str, list[Figure]] = {}
    most = 0.0
    for size in [size for size in SIZES if standing(house) <= size < house.cases] + [house.cases]:
        grow(house, size)
        for name, path, cookie, goal in _pages(house):
            figure = _measured(f"{name}, {size:,}", house, path, cookie, goal)
            seen.setdefault(name, []).append(figure)
            yield figure
            if name.startswith("list"):
                most = max(most, figure.notes["statements"])
    if most:
        yield Figure.of("list: queries", most, "", QUERIES, product="the most that any of these lists sends")
    for name, found in seen.items():
        if len(found) > 1:
            yield _flat(name, found)


def _pages(house: House) -> Iterator[tuple[str, str, str, Goal]]:
    """(name, address, cookie, goal) of what is wanted."""
    from balcao.catalog.models import Service
    from balcao.organization.models import Area

    if house.wants("triage"):
        cookie = f"sessionid={session('staff.edit')}"
        service = Service.objects.get(agency__slug=AGENCY, slug="buraco-na-rua").pk
        area = Area.objects.get(agency__slug=AGENCY, slug="vias").pk
        for name, asked in {
            "triage": {"show": "triage"},
            "filters": {"show": "open", "service": service, "area": area, "channel": "portal"},
            "search": {"q": "bueiro entupido farmácia"},
            "overdue": {"show": "open", "due": "overdue"},
        }.items():
            yield f"list: {name}", f"/console/cases/?{urlencode(asked)}", cookie, LIST
    if house.wants("indicators"):
        yield "indicators: city", "/transparencia/", "", PUBLIC
        yield "indicators: services", "/transparencia/servicos/", "", PUBLIC


def _measured(name: str, house: House, path: str, cookie: str, goal: Goal) -> Figure:
    browser, spent = Browser(house.host, house.port, 7), {"web": 0.0, "database": 0.0}
    headers = {"Cookie": cookie} if cookie else {}

    def asked(path: str) -> tuple[Run, tuple[float, float], int]:
        status, _, page = browser.ask("GET", path, headers=headers)
        if status != 200:
            raise SystemExit(f"{path}: {status} {page[:200]!r}")
        browser.times, before = [], (cpu.seconds(house.web), cpu.seconds(house.database))
        for _ in range(ASKED):
            browser.ask("GET", path, headers=headers)
        took = cpu.seconds(house.web) - before[0], cpu.seconds(house.database) - before[1]
        return Run(sum(took) * 1000 / ASKED, sorted(browser.times)), took, len(page)

    def product() -> Run:
        run, took, figure.notes["bytes"] = asked(path)
        spent["web"] += took[0]
        spent["database"] += took[1]
        return run

    for _ in range(2 * house.workers):  # each process reads its templates once
        browser.ask("GET", path, headers=headers)
        browser.ask("GET", BESIDE, headers=headers)
        browser.close()
    statements.of_request("get", path, cookie=cookie)
    counted = statements.of_request("get", path, cookie=cookie)
    told = f"GET {path}, pages and PostgreSQL together", f"GET {BESIDE}, which reads no demand"
    figure = Figure(name, *told, goal=goal, unit="ms CPU", notes=counted)
    figure.measure(product, lambda: asked(BESIDE)[0], pairs=RUNS)
    figure.notes["share"] = {who: round(took * 1000 / ASKED / RUNS, 1) for who, took in spent.items()}
    browser.close()
    return figure


def _flat(name: str, found: list[Figure]) -> Figure:
    """From the least size whose page is as full as the most's."""
    last = found[-1]
    first = next(figure for figure in found if figure.notes["bytes"] >= AS_FULL * last.notes["bytes"])
    measured = middle.median(last.products) / middle.median(first.products)
    value = middle.median(last.ratios) / middle.median(first.ratios)
    sizes = f"processor time of “{last.name}” ÷ “{first.name}”, each beside GET {BESIDE}"
    return Figure.of(f"{name}: flat", value, "×", Goal(FLAT, at_most=True), product=sizes, as_measured=measured)
