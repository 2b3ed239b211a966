"""A known problem: made, changed, reported once for everybody in it, or withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.catalog.models import Kind, Outcome, Service
from balcao.organization.models import Place
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import IllegalMove, Invalid, Stale
from balcao.platform.events import emit
from balcao.platform.geography import is_point
from balcao.platform.text import clean_text

from .. import incident_batches
from ..events import IncidentChanged, IncidentMade, IncidentReported, IncidentWithdrawn
from ..incident_models import Incident, IncidentState
from ..words import required

MOST_TEXT = 1000  # characters of what everybody reads
FARTHEST = 10_000  # metres around its point
OUTCOMES = (Outcome.SOLVED, Outcome.PARTLY, Outcome.SCHEDULED, Outcome.INFORMED)


@action
def keep_incident(
    *,
    actor: Actor,
    incident: Incident,
    services: Collection[Service],
    places: Collection[Place] = (),
    version: int | None = None,
    now: datetime | None = None,
) -> Incident:
    """Save a new or changed incident; from now on the portal tells of it. Its history keeps what was changed.

    Invalid names the field: it needs a title, a text, a service whose demands may name it, an area that is active, and
    with a point a radius. Stale when somebody has changed it since `version`; an ended one does not change."""
    now = now or timezone.now()
    actor.same_agency(incident.agency_id)
    fresh = incident.pk is None
    if not fresh:
        kept = locked(incident, actor=actor, version=version)
        actor.at(kept.area_id).require("case.triage")
        incident.state, incident.version = kept.state, kept.version + 1
    actor.at(incident.area_id).require("case.triage")
    _check(incident, services, places)
    incident = history.keep(actor=actor, obj=incident)
    for name, chosen in (("services", services), ("places", places)):
        _choose(actor, incident, name, chosen)
    made = IncidentMade if fresh else IncidentChanged
    emit(made(incident_id=incident.pk), actor=actor, agency_id=incident.agency_id, at=now)
    return incident


def locked(incident: Incident, *, actor: Actor, version: int | None = None) -> Incident:
    """The open incident as it is now, its row locked. IllegalMove when it has ended."""
    actor.same_agency(incident.agency_id)
    fresh = Incident.objects.select_for_update(of=("self",)).select_related("area").get(pk=incident.pk)
    if version is not None and fresh.version != version:
        raise Stale(log=f"incident {fresh.pk} is at version {fresh.version}, not {version}")
    if fresh.state != IncidentState.OPEN:
        raise IllegalMove(log=f"incident {fresh.pk} is {fresh.state}")
    return fresh


def _check(incident: Incident, services: Collection[Service], places: Collection[Place]) -> None:
    incident.title = clean_text(incident.title, one_line=True).strip()[:120]
    incident.address = clean_text(incident.address, one_line=True).strip()[:200]
    required(incident.title, field="title")
    incident.text = required(incident.text, field="text", most=MOST_TEXT)
    if not services:
        raise Invalid(_("Choose at least one service that people ask for because of it."), field="services")
    for agency_id in (incident.area.agency_id, *(s.agency_id for s in services), *(p.agency_id for p in places)):
        if agency_id != incident.agency_id:
            raise Invalid(_("Choose from your own office's list."), field="services")
    for service in services:
        if not set(service.kinds) - {Kind.DENUNCIA}:
            raise Invalid(_("Demands of “%(name)s” are sealed one by one.") % {"name": service.name}, field="services")
    if not incident.area.is_active:
        raise Invalid(_("This area is switched off, so nobody would act. Choose another one."), field="area")
    placed = incident.lat is not None and incident.lon is not None
    if placed and not is_point(incident.lat or 0.0, incident.lon or 0.0):
        raise Invalid(_("This is no point on the map."), field="lat")
    if placed != bool(incident.radius_m) or (incident.radius_m or 0) > FARTHEST:
        raise Invalid(_("A point needs a radius of up to 10,000 metres, and a radius needs a point."), field="radius_m")
    if incident.expected_by is not None and incident.expected_by <= incident.began_at:
        raise Invalid(_("It cannot be solved before it began."), field="expected_by")


def _choose(actor: Actor, incident: Incident, name: str, chosen: Iterable[Model]) -> None:
    related = getattr(incident, name)
    before, after = sorted(related.values_list("pk", flat=True)), sorted(one.pk for one in chosen)
    if before != after:
        related.set(after)
        history.note(actor=actor, obj=incident, changes={name: [before, after]})


@action
def report_incident(
    *,
    actor: Actor,
    incident: Incident,
    outcome: str,
    report: str,
    version: int | None = None,
    now: datetime | None = None,
) -> Incident:
    """One report for everybody in it: each gets it as the answer to their own demand. The notice goes at once; the
    answers follow in jobs, a batch each, which begin where they stopped."""
    here = actor.at(incident.area_id)
    if not (here.can("report.review") or here.can("case.triage")):
        here.require("report.review")
    if outcome not in OUTCOMES:
        raise Invalid(_("Choose how it ended."), field="outcome")
    now = now or timezone.now()
    incident = locked(incident, actor=actor, version=version)
    incident.report = required(report, field="report")
    incident.outcome = outcome
    people = _end(incident, IncidentState.SOLVED, actor, now)
    fact = IncidentReported(incident_id=incident.pk, outcome=outcome, people=people)
    emit(fact, actor=actor, agency_id=incident.agency_id, at=now)
    return incident


@action
def withdraw_incident(
    *, actor: Actor, incident: Incident, version: int | None = None, now: datetime | None = None
) -> Incident:
    """It was no such problem. The notice goes, and everybody in it goes back to triage and is routed anew, in jobs."""
    actor.at(incident.area_id).require("case.triage")
    now = now or timezone.now()
    incident = locked(incident, actor=actor, version=version)
    people = _end(incident, IncidentState.WITHDRAWN, actor, now)
    fact = IncidentWithdrawn(incident_id=incident.pk, people=people)
    emit(fact, actor=actor, agency_id=incident.agency_id, at=now)
    return incident


def _end(incident: Incident, state: str, actor: Actor, now: datetime) -> int:
    incident.state, incident.ended_at, incident.ended_by_id = state, now, actor.staff_id
    incident.version += 1
    history.keep(actor=actor, obj=incident)
    return incident_batches.leave_ending(incident)
