"""A case and its known incident: gathered under it, let go of it, answered with it."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.catalog.models import Kind
from balcao.clocks.actions import resume_deadline
from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.events import emit

from ..events import CaseGathered, CaseReleased, CaseSettled
from ..incident_models import Gathering, Incident, IncidentState
from ..letters import case_letter
from ..models import Answer, Case
from ..moving import locked, move
from .answering import put_answer, release


@action
def gather_case(
    *, actor: Actor, case: Case, incident: Incident, version: int | None = None, now: datetime | None = None
) -> Case:
    """Put a case under an open incident: its area must act now, for all of them at once. What an area had been ordered
    for this case alone is cancelled; its deadline runs on, also where we had asked the person something.

    A citizen's "me too" names a service of the incident. Never for a report of wrongdoing or a sealed author."""
    by_citizen = actor.kind == "citizen"
    if not by_citizen:
        actor.at(case.area_id).require("case.triage")
    now = now or timezone.now()
    _hold(incident)
    case = locked(case, actor=actor, version=version)
    if incident.agency_id != case.agency_id or case.sealed or case.kind == Kind.DENUNCIA:
        raise Refusal(_("This demand cannot be part of a known problem."), log=f"case {case.pk} is not to be gathered")
    if by_citizen and not incident.services.filter(pk=case.service_id).exists():
        raise Refusal(_("This demand is about something else."), log=f"incident {incident.pk}: another service")
    case = move(case, "gather", area=incident.area)
    if case.deadline.state == "paused":
        resume_deadline(actor=actor, deadline=case.deadline, now=now)
    rows.write(Gathering(incident=incident, case=case, by_citizen=by_citizen, at=now))
    fact = CaseGathered(incident_id=incident.pk, area_id=incident.area_id, by_citizen=by_citizen)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case


def _hold(incident: Incident) -> None:
    """The incident stays open until this transaction ends: whoever reports it waits for us, and counts this case too.
    Many may hold it at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM cases_incident WHERE id = %s FOR SHARE", [incident.pk])
        found = cursor.fetchone()
    if found is None or found[0] != IncidentState.OPEN:
        raise Refusal(_("This problem is over: nothing more can be put under it."), log=f"incident {incident.pk}")


def _belongs(case: Case) -> Gathering:
    found = Gathering.objects.select_for_update(of=("self",)).select_related("incident__area")
    return found.get(case=case, ended_at=None)


@action
def release_case(*, actor: Actor, case: Case, version: int | None = None, now: datetime | None = None) -> Case:
    """It was another problem, or no problem at all: the case goes back to triage and is routed anew."""
    actor.at(case.area_id).require("case.triage")
    now = now or timezone.now()
    case = move(locked(case, actor=actor, version=version), "release", area=None)
    gathering = _belongs(case)
    gathering.ended_at = now
    gathering.save(update_fields=["ended_at"])
    fact = CaseReleased(incident_id=gathering.incident_id)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now, subject=case)
    return case


@action
def settle_case(*, actor: Actor, case: Case, now: datetime | None = None) -> Answer:
    """The incident's report is this case's answer, in the words of its own service and language, by its own name and
    number. It is sent like any other, and the case closes when its delivery was attempted. Called by the jobs."""
    now = now or timezone.now()
    case = move(locked(case, actor=actor), "settle")
    gathering = _belongs(case)
    incident = gathering.incident
    if incident.state != IncidentState.SOLVED:
        raise Refusal(_("This problem has no report yet."), log=f"incident {incident.pk} is {incident.state}")
    letter = case_letter(case, "answer", outcome=incident.outcome, report=incident.report, area=incident.area.name)
    answer = put_answer(
        case,
        outcome=incident.outcome,
        body=letter.body,
        subject=letter.subject,
        actor=actor,
        now=now,
        author_id=incident.ended_by_id,
    )
    gathering.ended_at, gathering.answer = now, answer
    gathering.save(update_fields=["ended_at", "answer"])
    fact = CaseSettled(incident_id=incident.pk, answer_id=answer.pk)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    release(case, answer, actor=actor, now=now)
    return answer
