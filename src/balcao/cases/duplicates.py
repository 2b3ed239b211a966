"""Which open cases a new one probably repeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from balcao.platform.actors import Actor
from balcao.platform.geography import cells_within, distance_m

from .models import Case
from .states import State

NEAR = 300  # metres
RECENT = timedelta(days=30)
MAY_LEAD = [State.TRIAGE, State.WORKING, State.WAITING, State.REVIEW, State.DRAFTING]  # what may be joined


@dataclass(frozen=True)
class Likely:
    """An open case that another one may repeat. `metres` between them; None where that is not known."""

    case: Case
    metres: int | None
    same_person: bool


def likely_duplicates(case: Case, actor: Actor, *, limit: int = 8) -> list[Likely]:
    """Open cases that `case` may repeat: the same service within 300 m and 30 days, or the same person's of the same
    service. The nearest first. One query.

    A sealed author is no hint, except for who may know them."""
    near = Q(pk__in=[])
    if case.lat is not None and case.lon is not None:
        window = (case.opened_at - RECENT, case.opened_at + RECENT)
        near = Q(h3__in=cells_within(case.lat, case.lon, NEAR), opened_at__range=window)
    same = Q(pk__in=[])
    if case.reporter_id and (actor.can("person.sealed") or (actor.can("person.read") and not case.sealed)):
        same = Q(reporter_id=case.reporter_id)
        if not actor.can("person.sealed"):
            same &= Q(sealed=False)
    found = (
        Case.objects.visible_to(actor)
        .filter(near | same, service_id=case.service_id, state__in=MAY_LEAD)
        .exclude(pk=case.pk)
        .select_related("service", "place", "area", "deadline")
        .order_by("-opened_at")[:200]
    )
    likely = [Likely(other, _metres(case, other), _same_person(case, other, actor)) for other in found]
    likely = [one for one in likely if one.same_person or (one.metres is not None and one.metres <= NEAR)]
    likely.sort(key=lambda one: (one.metres is None, one.metres or 0))
    return likely[:limit]


def _metres(a: Case, b: Case) -> int | None:
    if None in (a.lat, a.lon, b.lat, b.lon):
        return None
    return round(distance_m((a.lat, a.lon), (b.lat, b.lon)))  # type: ignore[arg-type]


def _same_person(case: Case, other: Case, actor: Actor) -> bool:
    here, there = actor.at(case.area_id), actor.at(other.area_id)
    known = all(who.can("person.sealed") or not one.sealed for who, one in ((here, case), (there, other)))
    readable = here.can("person.read") and there.can("person.read")
    return bool(case.reporter_id) and case.reporter_id == other.reporter_id and readable and known
