"""What a citizen sees: their own case behind its access code, and, of others, only that something like it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Q, QuerySet

from balcao.catalog.models import Kind, Service
from balcao.platform.access_codes import code_matches
from balcao.platform.geography import cells_within, coarsened, distance_m
from balcao.platform.search import matching

from .models import Case
from .states import State
from .streets import street_of

NEAR = 200  # metres
ROUGHLY = 400  # metres: how far a coarsened neighbour may seem to be
HOUSES = 100  # how far two house numbers of one street may lie apart
JOINABLE = (State.TRIAGE, State.WORKING, State.WAITING, State.REVIEW, State.DRAFTING)


def case_by_code(*, agency_id: int, protocol: str, code: str) -> Case | None:
    """The case whose receipt this is. An unknown number and a wrong code give the same answer and take as long."""
    case = Case.objects.filter(agency_id=agency_id, protocol=protocol).first()
    matches = code_matches(code, case.access_hash if case else None)
    return case if matches else None


def own_case(*, agency_id: int, protocol: str, proven: Sequence[int]) -> Case | None:
    """A case of which the person has proven the code before (`proven`: case ids), with what its page shows."""
    return (
        Case.objects.filter(agency_id=agency_id, protocol=protocol, pk__in=proven)
        .select_related("agency", "service", "area", "deadline", "primary")
        .first()
    )


def own_cases(*, agency_id: int, proven: Sequence[int]) -> list[Case]:
    """The cases whose code this person has proven before, the newest first."""
    return list(Case.objects.filter(agency_id=agency_id, pk__in=proven).select_related("service").order_by("-pk"))


@dataclass(frozen=True)
class Nearby:
    """An open demand close by, without a number, a word or a name of who asked. `metres` None: only roughly near,
    or, with `same_street`, known by its address alone."""

    case_id: int
    opened_at: datetime
    metres: int | None
    state: str
    people: int
    area: str
    same_street: bool = False


def _joinable(service: Service) -> QuerySet[Any]:
    """Cases with `people`: how many have asked for it."""
    return (
        Case.objects.filter(service=service, state__in=JOINABLE, sealed=False)
        .exclude(kind=Kind.DENUNCIA)
        .annotate(people=Count("followers", filter=Q(followers__state=State.FOLLOWING)) + 1)
        .select_related("area")
        .defer("description", "answers", "search")
    )


def nearby(service: Service, lat: float, lon: float, limit: int = 5) -> list[Nearby]:
    """Open demands of a public service within 200 m, the nearest first. Sealed ones and reports of wrongdoing are never
    shown; where the service shows places only roughly, so is this."""
    if not service.is_public:
        return []
    reach = ROUGHLY if service.coarse_location else NEAR
    found = _joinable(service).filter(h3__in=cells_within(lat, lon, reach))
    near = []
    for case in found.order_by("-opened_at")[:200]:
        if case.lat is None or case.lon is None:
            continue
        there = coarsened(case.lat, case.lon) if service.coarse_location else (case.lat, case.lon)
        metres = distance_m((lat, lon), there)
        if metres <= reach:
            shown = None if service.coarse_location else max(10, round(metres / 10) * 10)
            area = case.area.name if case.area else ""
            near.append((metres, Nearby(case.pk, case.opened_at, shown, case.state, case.people, area)))
    return [one for _metres, one in sorted(near, key=lambda pair: pair[0])[:limit]]


def on_the_street(service: Service, address: str, district: str = "", limit: int = 5) -> list[Nearby]:
    """Like `nearby` for an address without a pin: open demands on the same street, of the same district (its slug) and
    within a hundred house numbers where both are known. No distance is claimed. Where the service shows places only
    roughly there are none: a street is more than that."""
    street, number = street_of(address)
    if not service.is_public or service.coarse_location or not street:
        return []
    name = street.partition(" ")[2]  # "Rua" may be written "R."
    found = _joinable(service).filter(address__gt="", search=matching(name)).select_related("place")
    near = []
    for case in found.order_by("-opened_at")[:200]:
        there, its_number = street_of(case.address)
        apart = abs(number - its_number) if number is not None and its_number is not None else HOUSES
        elsewhere = district and case.place is not None and case.place.slug != district
        if there == street and apart <= HOUSES and not elsewhere:
            area = case.area.name if case.area else ""
            near.append((apart, Nearby(case.pk, case.opened_at, None, case.state, case.people, area, same_street=True)))
    return [one for _apart, one in sorted(near, key=lambda pair: pair[0])[:limit]]


def most_asked(agency_id: int, *, now: datetime, limit: int = 6) -> list[int]:
    """The ids of the services that people asked for most in the last 90 days, most first. Up to ten minutes old.
    What takes everything else tells nobody what is asked, so it is not among them."""
    cache = caches["process"]
    key = f"most-asked:{agency_id}"
    found = cache.get(key)
    if found is None:
        since = now - timedelta(days=90)
        asked = Case.objects.filter(
            agency_id=agency_id, opened_at__gte=since, service__is_published=True, service__is_catch_all=False
        )
        counted = asked.values("service_id").annotate(n=Count("pk")).order_by("-n", "service_id")
        found = [row["service_id"] for row in counted[:limit]]
        cache.set(key, found, 600)
    return found
