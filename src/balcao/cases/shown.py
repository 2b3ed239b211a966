"""Public cases one by one, as everybody may see them: what other systems read. Who is shown at all, and which words,
photos and places, is decided where the portal's neighbours are (`public`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, QuerySet

from balcao.platform.geography import coarsened
from balcao.platform.models import Event

from .models import Attachment, Case
from .public import everybodys
from .states import State

#: The facts that change what everybody sees; the migration `case_changes` has an index of them by moment.
CHANGES = (
    "CaseOpened", "CaseClassified", "CaseDispatched", "CaseTransferred", "CaseGivenBack", "CaseMerged", "CaseParted",
    "CaseReopened", "CaseClosed", "CasePublished", "CaseUnpublished",
)  # fmt: skip

FEW = 10_000  # changed cases that are looked up by their ids

_FIELDS = {
    "service_slug": F("service__slug"),
    "service_name": F("service__name"),
    "coarse": F("service__coarse_location"),
    "area_name": F("area__name"),
    "due_at": F("deadline__due_at"),
    "text": F("publication__text"),
    "exact": F("publication__exact_place"),
    "withdrawn": F("publication__withdrawn_at"),
}


@dataclass(frozen=True)
class Shown:
    """What everybody may know of one case. Without a review: no words, no address, its place as the middle of a block.
    `lat` and `lon` are None for a case without a point."""

    case_id: int
    protocol: str
    state: str
    outcome: str
    service_slug: str
    service_name: str
    area_name: str
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    text: str
    address: str
    lat: float | None
    lon: float | None
    photos: Sequence[UUID]

    @property
    def closed(self) -> bool:
        return self.state == State.CLOSED


def shown_cases(agency_id: int) -> QuerySet[Any]:
    """The public cases of an agency, the newest first. Index `case_newest`."""
    return everybodys().filter(agency_id=agency_id).order_by("-opened_at", "-id")


def changed_between(cases: QuerySet[Any], agency_id: int, after: datetime | None, before: datetime | None) -> Any:
    """Those of `cases` whose last change lies in [after, before]; None: open. Index `case_changes`."""
    changes = Event.objects.filter(agency_id=agency_id, kind__in=CHANGES, case_id__isnull=False)
    within = changes
    if after is not None:
        within = within.filter(at__gte=after)
    if before is not None:
        within = within.filter(at__lte=before)
        later = Event.objects.filter(case_id=OuterRef("pk"), kind__in=CHANGES, at__gt=before)
        cases = cases.filter(~Exists(later))
    # Few, as whoever asks every hour finds, are looked up one by one; for many the planner reads all cases once.
    few = list(within.order_by().values_list("case_id", flat=True).distinct()[: FEW + 1])
    return cases.filter(pk__in=few if len(few) <= FEW else within.values("case_id"))


def number_of(agency_id: int, *, channel: str, external_id: str) -> str | None:
    """The number of what came under this id on a channel: all that is told to whoever knows the id. Served by the
    constraint `case_external_once`."""
    asked = Case.objects.filter(agency_id=agency_id, channel=channel, external_id=external_id)
    return asked.values_list("protocol", flat=True).first()


def as_shown(cases: QuerySet[Any]) -> list[Shown]:
    """These cases in their order. Three queries, however many there are."""
    rows = list(cases.values("id", "protocol", "state", "outcome", "opened_at", "address", "lat", "lon", **_FIELDS))
    ids = [row["id"] for row in rows]
    reviewed = {row["id"] for row in rows if row["text"] is not None and row["withdrawn"] is None}
    photos: dict[int, list[UUID]] = {}
    if reviewed:
        pictures = Attachment.objects.filter(case__in=reviewed, published=True, file__kind="image")
        for case_id, uuid in pictures.values_list("case_id", "file__uuid"):
            photos.setdefault(case_id, []).append(uuid)
    changed: dict[Any, datetime] = dict(
        Event.objects.filter(case_id__in=ids, kind__in=CHANGES)
        .values("case_id")
        .annotate(last=Max("at"))
        .values_list("case_id", "last")
        if ids
        else ()
    )
    return [_shown(row, row["id"] in reviewed, photos.get(row["id"], ()), changed) for row in rows]


def _shown(row: dict[str, Any], reviewed: bool, photos: Sequence[UUID], changed: dict[Any, datetime]) -> Shown:
    exact = bool(reviewed and row["exact"] and not row["coarse"])
    lat, lon = row["lat"], row["lon"]
    if not exact and lat is not None and lon is not None:
        lat, lon = coarsened(lat, lon)
    return Shown(
        case_id=row["id"],
        protocol=row["protocol"],
        state=row["state"],
        outcome=row["outcome"],
        service_slug=row["service_slug"],
        service_name=row["service_name"],
        area_name=row["area_name"] or "",
        opened_at=row["opened_at"],
        changed_at=max(row["opened_at"], changed.get(row["id"], row["opened_at"])),
        due_at=row["due_at"],
        text=row["text"] if reviewed else "",
        address=row["address"] if exact else "",
        lat=lat,
        lon=lon,
        photos=photos,
    )


@dataclass(frozen=True)
class Change:
    """One fact about a public case: `kind` of CHANGES, `outcome` of a CaseClosed."""

    event_id: int
    protocol: str
    kind: str
    outcome: str
    at: datetime


def changes_of_shown(
    agency_id: int, *, start: datetime, end: datetime, kinds: Sequence[str], first: int, size: int
) -> list[Change]:
    """`size` of what happened to public cases in [start, end], the oldest first, without the first `first`. Two
    queries. Index `case_changes`."""
    events = Event.objects.filter(
        agency_id=agency_id, kind__in=kinds, case_id__isnull=False, at__gte=start, at__lte=end
    )
    shown = everybodys().filter(agency_id=agency_id, pk=OuterRef("case_id"))
    events = events.filter(Exists(shown)).order_by("at", "id")
    rows = list(events.values_list("id", "case_id", "kind", "data__outcome", "at")[first : first + size])
    numbers: dict[Any, str] = dict(Case.objects.filter(pk__in={row[1] for row in rows}).values_list("pk", "protocol"))
    return [Change(pk, numbers[case], kind, outcome or "", at) for pk, case, kind, outcome, at in rows]
