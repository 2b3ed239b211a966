"""How many statements the actions send, and where their time goes: to see what a ratio is made of."""

from __future__ import annotations

import cProfile
import io
import pstats
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from .harness import console

REPEATS = 60


def _opener():
    from balcao.cases.actions import Location, open_case
    from balcao.catalog.models import Service
    from balcao.organization.models import Place
    from balcao.platform.actors import Actor

    place = Place.objects.get(agency__slug="vila-serena", slug="centro")
    service = Service.objects.select_related("agency").get(agency__slug="vila-serena", slug="arvore")

    def opened() -> Any:
        return open_case(
            actor=Actor.citizen(service.agency_id),
            service=service,
            kind="solicitacao",
            channel="bench",
            description="A árvore em frente à escola está seca.",
            location=Location(address="Rua das Acácias, 218", lat=-22.16, lon=-48.615, place=place),
            now=timezone.now(),
        )

    return opened


def count() -> dict[str, Any]:
    """Statements of one `open_case`, and of the receipt that goes with it over a channel."""
    opened = _opener()
    opened()  # what is remembered for the process is remembered by now
    with CaptureQueriesContext(connection) as seen:
        opened()
    verbs: dict[str, int] = {}
    for one in seen.captured_queries:
        verb = one["sql"].split(None, 1)[0].upper()
        verbs[verb] = verbs.get(verb, 0) + 1
    return {"open_case": len(seen), "by_verb": verbs}


def profile(top: int = 15) -> str:
    """cProfile of `open_case`, by cumulative time, our own functions."""
    opened = _opener()
    opened()
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(REPEATS):
        opened()
    profiler.disable()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(top)
    lines = [line for line in text.getvalue().splitlines() if line.strip()]
    console.print(f"\nWhere {REPEATS} × open_case spend their time (cProfile, own time, top {top}):")
    console.print("\n".join(lines[2:]), markup=False, highlight=False)
    return "\n".join(lines)
