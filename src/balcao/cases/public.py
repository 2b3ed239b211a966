"""What a citizen sees: their own case behind its access code, and, of others, only that something like it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import caches
from django.db.models import Count, Q, QuerySet

from balcao.catalog.models import Kind, Service
from balcao.platform.access_codes import code_matches
from balcao.platform.geography import cells_within, coarsened, distance_m
from balcao.platform.models import StoredFile
from balcao.platform.search import matching

from .models import Attachment, Case, Publication
from .states import State
from .streets import street_of

NEAR = 200  # metres
ROUGHLY = 400  # metres: how far a coarsened neighbour may seem to be
HOUSES = 100  # house numbers of one street that count as one block
JOINABLE = (State.TRIAGE, State.WORKING, State.WAITING, State.REVIEW, State.DRAFTING)


def case_by_code(*, agency_id: int, protocol: str, code: str) -> Case | None:
    """The case whose receipt this is. An unknown number and a wrong code give the same answer and take as long."""
    case = Case.objects.filter(agency_id=agency_id, protocol=protocol).first()
    matches = code_matches(code, case.access_hash if case else None)
    return case if matches else None


def mark_of(case: Case) -> str:
    """What a browser keeps of the access code that it proved: a new code makes it worthless."""
    return bytes(case.access_hash or b"").hex()[:16]


def own_case(*, agency_id: int, protocol: str, proven: Mapping[int, str]) -> Case | None:
    """A case of which the person has proven the code before (`proven`: `mark_of` by case id), with what its page
    shows. A code that was renewed since proves nothing."""
    case = (
        Case.objects.filter(agency_id=agency_id, protocol=protocol, pk__in=proven)
        .select_related("agency", "service", "area", "deadline", "primary", "contact", "reporter")
        .first()
    )
    return case if case and proven[case.pk] == mark_of(case) else None


def own_cases(*, agency_id: int, proven: Mapping[int, str]) -> list[Case]:
    """The cases whose code this person has proven before, the newest first."""
    found = Case.objects.filter(agency_id=agency_id, pk__in=proven).select_related("service").order_by("-pk")
    return [case for case in found if proven[case.pk] == mark_of(case)]


@dataclass(frozen=True)
class Nearby:
    """An open demand close by, without a number or a name of who asked. Until it was reviewed: no words, and its place
    as a block. `metres` None: only roughly near, or, with `same_street`, known by its address alone. `text`, `photos`
    (addresses by file, see `published_photo`), `area` and `people`: of a reviewed one only."""

    case_id: int
    opened_at: datetime
    metres: int | None
    same_street: bool = False
    people: int = 1
    area: str = ""
    text: str = ""
    photos: Sequence[UUID] = ()


def everybodys() -> QuerySet[Any]:
    """The only cases of which anybody else ever sees something."""
    return Case.objects.filter(service__is_public=True, sealed=False).exclude(kind=Kind.DENUNCIA)


def _joinable(service: Service) -> QuerySet[Any]:
    """Cases with `people`: how many have asked for it."""
    return (
        everybodys()
        .filter(service=service, state__in=JOINABLE)
        .annotate(people=Count("followers", filter=Q(followers__state=State.FOLLOWING)) + 1)
        .select_related("area", "place", "publication")
        .defer("description", "answers", "search")
    )


def _published(case: Case) -> Publication | None:
    found = getattr(case, "publication", None)
    return found if found is not None and found.withdrawn_at is None else None


def _described(found: Sequence[tuple[float, Any, Nearby]], limit: int) -> list[Nearby]:
    """The nearest of them, with what a reviewer has let everybody see."""
    nearest = sorted(found, key=lambda one: one[0])[:limit]
    reviewed = {case.pk: held for _far, case, _one in nearest if (held := _published(case))}
    photos: dict[int, list[UUID]] = {}
    pictures = Attachment.objects.filter(case__in=reviewed, published=True, file__kind="image").select_related("file")
    for one in pictures if reviewed else []:
        photos.setdefault(one.case_id, []).append(one.file.uuid)
    described = []
    for _far, case, near in nearest:
        if held := reviewed.get(case.pk):
            area = case.area.name if case.area else ""
            near = replace(near, text=held.text, photos=photos.get(case.pk, ()), area=area, people=case.people)
        described.append(near)
    return described


def nearby(service: Service, lat: float, lon: float, limit: int = 5) -> list[Nearby]:
    """Open demands of a public service, the nearest first: within 200 m those whose exact place was reviewed, and
    within 400 m of their block's middle the others. Sealed ones and reports of wrongdoing are never shown; where the
    service shows places only roughly, so is this."""
    if not service.is_public:
        return []
    near = []
    for case in _joinable(service).filter(h3__in=cells_within(lat, lon, ROUGHLY)).order_by("-opened_at")[:200]:
        if case.lat is None or case.lon is None:
            continue
        held = _published(case)
        exact = held is not None and held.exact_place and not service.coarse_location
        there = (case.lat, case.lon) if exact else coarsened(case.lat, case.lon)
        metres = distance_m((lat, lon), there)
        if metres <= (NEAR if exact else ROUGHLY):
            shown = max(10, round(metres / 10) * 10) if exact else None
            near.append((metres, case, Nearby(case.pk, case.opened_at, shown)))
    return _described(near, limit)


def on_the_street(service: Service, address: str, district: str = "", limit: int = 5) -> list[Nearby]:
    """Like `nearby` for an address without a pin: open demands on the same street, of the same district (its slug) and,
    where both numbers are known, in the same hundred of house numbers or the next. No distance is claimed, and trying
    numbers finds no house. Where the service shows places only roughly there are none: a street is more than that."""
    street, number = street_of(address)
    if not service.is_public or service.coarse_location or not street:
        return []
    name = street.partition(" ")[2]  # "Rua" may be written "R."
    found = _joinable(service).filter(address__gt="", search=matching(name))
    near = []
    for case in found.order_by("-opened_at")[:200]:
        there, its_number = street_of(case.address)
        known = number is not None and its_number is not None
        apart = abs(number // HOUSES - its_number // HOUSES) if known else 1  # type: ignore[operator]
        elsewhere = district and case.place is not None and case.place.slug != district
        if there == street and apart <= 1 and not elsewhere:
            near.append((apart, case, Nearby(case.pk, case.opened_at, None, same_street=True)))
    return _described(near, limit)


def published_photo(*, agency_id: int, uuid: UUID) -> StoredFile | None:
    """A photo that everybody may see: chosen by a reviewer, and only as long as the case may be shown at all."""
    found = Attachment.objects.filter(
        case__in=everybodys().filter(agency_id=agency_id, publication__withdrawn_at=None, publication__isnull=False),
        published=True,
        file__kind="image",
        file__uuid=uuid,
    )
    held = found.select_related("file").first()
    return held.file if held else None


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
