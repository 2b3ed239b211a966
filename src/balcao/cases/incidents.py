"""What is known of incidents: for everybody on the portal, for staff who gather cases under one, for who is in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from balcao.catalog.models import Kind, Service
from balcao.platform.actors import Actor
from balcao.platform.geography import cells_within, distance_m

from .incident_batches import KIND as FAULT
from .incident_models import Gathering, Incident, IncidentState
from .models import Case
from .states import State

GATHERABLE = (State.TRIAGE, State.WORKING, State.WAITING)
MOST = 20_000  # cases that one look finds
SHOWN = 5  # notices on one page


@dataclass(frozen=True)
class Known:
    """A notice as everybody reads it. `service` is what a "me too" asks for; `late`: the day we named has passed."""

    incident: Incident
    service: Service
    late: bool

    @property
    def placed(self) -> bool:
        """Whether it says where: somebody who is there is told once more."""
        return self.incident.radius_m is not None or bool(self.incident.places.all())


def known(agency_id: int, *, now: datetime, service: Service | None = None) -> list[Known]:
    """The open incidents of an agency, the newest first; with `service`, those that it is about. Three queries; one
    where there is none."""
    found = Incident.objects.filter(agency_id=agency_id, state=IncidentState.OPEN, began_at__lte=now)
    if service is not None:
        found = found.filter(services=service)
    incidents = found.select_related("area", "agency").prefetch_related("services", "places")
    incidents = incidents.order_by("-began_at", "-pk")
    return [one for incident in incidents[:SHOWN] if (one := _known(incident, now, service))]


def known_one(agency_id: int, pk: int, *, now: datetime, service: Service | None = None) -> Known | None:
    """One open incident of this agency."""
    found = Incident.objects.filter(agency_id=agency_id, pk=pk, state=IncidentState.OPEN, began_at__lte=now)
    incident = found.select_related("area", "agency").prefetch_related("services", "places").first()
    return _known(incident, now, service) if incident else None


def _known(incident: Incident, now: datetime, service: Service | None) -> Known | None:
    about = [one for one in incident.services.all() if one.is_published and one.current_id]
    about.sort(key=lambda one: (not one.allows_anonymous, one.pk))
    if service is not None:
        about = [one for one in about if one.pk == service.pk]
    late = incident.expected_by is not None and incident.expected_by < now
    return Known(incident, about[0], late) if about else None


def here(found: Iterable[Known], *, lat: float | None, lon: float | None, place_slug: str = "") -> list[Known]:
    """Those of `found` that say no place, or this one."""
    return [one for one in found if covers(one.incident, lat=lat, lon=lon, place_slug=place_slug)]


def covers(incident: Incident, *, lat: float | None, lon: float | None, place_slug: str = "") -> bool:
    """Whether a point or a district lies within an incident; one that says no place is everywhere."""
    slugs = {place.slug for place in incident.places.all()}
    if incident.radius_m is None and not slugs:
        return True
    if place_slug in slugs:
        return True
    return lat is not None and lon is not None and _within(incident, lat, lon)


def _within(incident: Incident, lat: float, lon: float) -> bool:
    if incident.radius_m is None or incident.lat is None or incident.lon is None:
        return False
    return distance_m((incident.lat, incident.lon), (lat, lon)) <= incident.radius_m


def kind_for(service: Service) -> str:
    """The kind of a "me too": the first that the service takes and that is no report of wrongdoing."""
    return next(str(kind) for kind in service.kinds if kind != Kind.DENUNCIA)


def suggested(incident: Incident, actor: Actor) -> list[int]:
    """The ids of the open cases that probably belong to it: of its services, at its places, opened since it began, and
    with nobody's report under review. Sealed ones and reports of wrongdoing never. The oldest first."""
    found = (
        Case.objects.visible_to(actor)
        .filter(
            agency_id=incident.agency_id,
            service__in=incident.services.all(),
            state__in=GATHERABLE,
            opened_at__gte=incident.began_at,
            sealed=False,
        )
        .exclude(kind=Kind.DENUNCIA)
    )
    places = [place.pk for place in incident.places.all()]
    inside = Q(place__in=places) | Q(place__parent__in=places) if places else Q(pk__in=[])
    if incident.radius_m is None:
        kept = found.filter(inside) if places else found
        return list(kept.order_by("opened_at", "pk").values_list("pk", flat=True)[:MOST])
    near = Q(h3__in=cells_within(incident.lat or 0.0, incident.lon or 0.0, incident.radius_m))
    around = found.filter(inside | near).order_by("opened_at", "pk")
    rows = around.values_list("pk", "lat", "lon", "place_id", "place__parent_id")
    return [
        pk
        for pk, lat, lon, place, above in rows[:MOST]
        if place in places or above in places or (lat is not None and lon is not None and _within(incident, lat, lon))
    ]


def described(pks: Sequence[int], actor: Actor) -> list[Case]:
    """These cases as a list shows them, in this order."""
    found = Case.objects.visible_to(actor).filter(pk__in=pks).select_related("service", "area", "place")
    return sorted(found, key=lambda case: (case.opened_at, case.pk))


@dataclass(frozen=True)
class Progress:
    """How far an incident is. `people`: who is in it; of them `waiting` have no answer yet, `sent` have one on its way,
    `answered` have theirs. `failed` stand among the faults; `released` were let go of, and count among no people."""

    people: int
    waiting: int
    sent: int
    answered: int
    failed: int
    released: int

    @property
    def percent(self) -> int:
        return 100 * self.answered // self.people if self.people else 0


def progress(incident: Incident) -> Progress:
    """Counted from the rows, whoever wrote them: what the page shows is what is."""
    from balcao.platform.models import Fault

    closed = Q(answer__attempted_at__isnull=False)
    counted = Gathering.objects.filter(incident=incident).aggregate(
        waiting=Count("pk", filter=Q(ended_at=None)),
        sent=Count("pk", filter=Q(answer__isnull=False) & ~closed),
        answered=Count("pk", filter=closed),
        released=Count("pk", filter=Q(ended_at__isnull=False, answer=None)),
    )
    failed = Fault.objects.filter(kind=FAULT, ended_at=None, data__incident_id=incident.pk).count()
    people = counted["waiting"] + counted["sent"] + counted["answered"]
    return Progress(people=people, failed=failed, **counted)


def listed(actor: Actor, *, ended: bool) -> QuerySet[Any]:
    """The incidents that `actor` may see, open or ended, the newest first, each with its `people`."""
    states = [IncidentState.SOLVED, IncidentState.WITHDRAWN] if ended else [IncidentState.OPEN]
    people = Count("gatherings", filter=Q(gatherings__ended_at=None) | Q(gatherings__answer__isnull=False))
    found = Incident.objects.visible_to(actor).filter(state__in=states).annotate(people=people)
    return found.select_related("area").order_by("-began_at", "-pk")


def incident_of(case: Case) -> Incident | None:
    """The incident that a case is part of now."""
    held = Gathering.objects.filter(case=case, ended_at=None).select_related("incident").first()
    return held.incident if held else None


def members(incident: Incident, actor: Actor, *, after: int = 0, most: int = 25) -> list[Gathering]:
    """Those in it whose cases the reader may see, in the order in which they came. `after`: the last id shown."""
    seen = Case.objects.visible_to(actor)
    found = Gathering.objects.filter(incident=incident, pk__gt=after, case__in=seen)
    found = found.filter(Q(ended_at=None) | Q(answer__isnull=False))
    return list(found.select_related("case__service", "case__place", "answer").order_by("pk")[:most])


def gathered_of(incident: Incident, pks: Collection[int]) -> Case | None:
    """The one among these cases that is part of the incident now."""
    return Case.objects.filter(pk__in=pks, gatherings__incident=incident, gatherings__ended_at=None).first()
