"""Many cases at once, in jobs of a hundred. Each case is a transaction of its own; what is done says so in its row, so
a job that died begins again where it stopped. A case that fails stands on the faults page and stops no other."""

from __future__ import annotations

from collections.abc import Collection

import structlog
from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from balcao.organization.models import Staff
from balcao.organization.queries import actor_of
from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.models import Fault
from balcao.platform.reactions import leave

from .actions.gathering import gather_case, release_case, settle_case
from .incident_models import Gathering, Incident, IncidentState
from .models import Case

BATCH = 100
AT_ONCE = 25  # cases that a person may wait for
KIND = "incident"
log = structlog.get_logger()
RETRY = RetryStrategy(max_attempts=5, exponential_wait=4)


def leave_ending(incident: Incident) -> int:
    """Leave the jobs that answer or let go of everybody in an incident that ends now. How many people those are."""
    waiting = Gathering.objects.filter(incident=incident, ended_at=None).order_by("pk")
    pks = list(waiting.values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        chunk = pks[start : start + BATCH]
        leave(end_batch, incident_id=incident.pk, first=chunk[0], last=chunk[-1])
    return len(pks)


@app.task(name="cases.end_incident", queue="incidents", retry=RETRY)
def end_batch(incident_id: int, first: int, last: int) -> None:
    """Answer (or let go of) those in the incident whose gathering has an id from `first` to `last`."""
    waiting = Gathering.objects.filter(incident_id=incident_id, pk__gte=first, pk__lte=last, ended_at=None)
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        _guarded(pk)


def _guarded(pk: int) -> None:
    try:
        end_one(pk)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the whole batch comes again
    except Exception as error:
        log.exception("incident_case_failed", gathering=pk)
        held = Gathering.objects.select_related("case").get(pk=pk)
        faults.record(
            KIND,
            str(pk),
            f"A demand could not be ended with its incident ({type(error).__name__}).",
            agency_id=held.case.agency_id,
            case_id=held.case_id,
            data={"gathering_id": pk, "incident_id": held.incident_id},
        )


def end_one(pk: int) -> None:
    """End one gathering as its incident ended. Done already: nothing."""
    found = Gathering.objects.select_related("incident", "case__agency", "case__service", "case__reporter")
    held = found.get(pk=pk)
    if held.ended_at is None and held.incident.state != IncidentState.OPEN:
        end = settle_case if held.incident.state == IncidentState.SOLVED else release_case
        end(actor=Actor.system(held.case.agency_id), case=held.case)
    faults.mended(KIND, str(pk))


def retry(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "incident": this one demand again, now."""
    end_one(fault.data["gathering_id"])


def gather_many(*, actor: Actor, incident: Incident, case_ids: Collection[int]) -> tuple[int, int, int]:
    """Put many cases under an incident: (done, refused because they have moved on, left to jobs). A few are done at
    once, for somebody waits; jobs do the others under the same name."""
    actor.at(incident.area_id).require("case.triage")
    seen = Case.objects.visible_to(actor).filter(pk__in=case_ids)
    pks = list(seen.order_by("pk").values_list("pk", flat=True))
    if len(pks) <= AT_ONCE or actor.staff_id is None:
        done = sum(_gather_one(actor, incident, pk) for pk in pks)
        return done, len(case_ids) - done, 0
    for start in range(0, len(pks), BATCH):
        leave(gather_batch, incident_id=incident.pk, case_ids=pks[start : start + BATCH], staff_id=actor.staff_id)
    return 0, len(case_ids) - len(pks), len(pks)


@app.task(name="cases.gather", queue="incidents", retry=RETRY)
def gather_batch(incident_id: int, case_ids: list[int], staff_id: int) -> None:
    """Gather these for a colleague, as far as they may. One that has moved on is left alone."""
    actor = actor_of(Staff.objects.get(pk=staff_id))
    incident = Incident.objects.select_related("area").get(pk=incident_id)
    for pk in case_ids:
        _gather_one(actor, incident, pk)


def _gather_one(actor: Actor, incident: Incident, pk: int) -> bool:

    try:
        gather_case(actor=actor, case=Case.objects.get(pk=pk), incident=incident)
    except Refusal as refusal:
        log.info("not_gathered", case=pk, incident=incident.pk, why=refusal.log)
        return False
    return True
