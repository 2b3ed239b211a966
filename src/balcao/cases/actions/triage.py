"""What triage does: classify, send to an area, take back, transfer, refuse."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.catalog.models import Outcome, Service
from balcao.organization.models import Area
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.events import emit

from ..events import CaseClassified, CaseDispatched, CaseGivenBack, CaseRefused, CaseTransferred
from ..models import Answer, Case
from ..moving import locked, move
from ..words import remark, required
from .answering import put_answer, release


@action
def classify_case(
    *,
    actor: Actor,
    case: Case,
    service: Service,
    kind: str,
    priority: int | None = None,
    version: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Set the service and the kind. The case goes (back) to triage and is routed anew; its deadline, promised to the
    citizen, stays as it is. A denúncia seals its author, and nothing unseals it."""
    actor.at(case.area_id).require("case.triage")
    actor.same_agency(service.agency_id)
    if kind not in service.kinds:
        raise Invalid(_("This service does not take this kind of demand."), field="kind")
    case = locked(case, actor=actor, version=version)
    case = move(
        case,
        "classify",
        service=service,
        service_version_id=case.service_version_id if case.service_id == service.pk else service.current_id,
        kind=kind,
        sealed=case.sealed or (kind == "denuncia" and case.reporter_id is not None),
        priority=case.priority if priority is None else priority,
        area=None,
    )
    fact = CaseClassified(service_id=service.pk, kind=kind, priority=case.priority)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now, subject=case)
    return case


def _at_work(area: Area) -> None:
    if not area.is_active:
        raise Invalid(_("This area is switched off, so nobody would act. Choose another one."), field="area")


@action
def dispatch_case(
    *,
    actor: Actor,
    case: Case,
    area: Area,
    rule_id: int | None = None,
    version: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Give a case in triage to `area`; the reaction issues its work order. `rule_id`: the rule that decided."""
    if rule_id is None:
        actor.at(case.area_id).require("case.triage")
    actor.same_agency(area.agency_id)
    _at_work(area)
    case = move(locked(case, actor=actor, version=version), "dispatch", area=area)
    fact = CaseDispatched(area_id=area.pk, rule_id=rule_id)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now, subject=case)
    return case


@action
def transfer_case(
    *, actor: Actor, case: Case, area: Area, reason: str, version: int | None = None, now: datetime | None = None
) -> Case:
    """Move a case from one area to another, with a reason that the new area reads."""
    actor.at(case.area_id).require("case.triage")
    actor.same_agency(area.agency_id)
    _at_work(area)
    case = locked(case, actor=actor, version=version)
    left = case.area_id
    if left == area.pk:
        raise Invalid(_("It is already with this area. Choose another one."), field="area")
    case = move(case, "transfer" if case.state == "working" else "dispatch", area=area)
    note = remark(case, "reason", reason, actor=actor, now=now, field="reason")
    fact = CaseTransferred(area_id=area.pk, from_area_id=left, remark_id=note.pk)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now, subject=case)
    return case


@action
def give_back_case(*, actor: Actor, case: Case, reason: str, now: datetime | None = None) -> Case:
    """The area says that the case is not its own: triage must act. Called by the order's own action."""
    case = locked(case, actor=actor)
    left = case.area_id
    case = move(case, "give_back", area=None)
    note = remark(case, "reason", reason, actor=actor, now=now, field="reason")
    fact = CaseGivenBack(from_area_id=left, remark_id=note.pk)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case


@action
def refuse_case(
    *, actor: Actor, case: Case, reason: str, version: int | None = None, now: datetime | None = None
) -> Answer:
    """Refuse with a reason that the citizen reads: the refusal is the answer, and it is sent like any other."""
    actor.at(case.area_id).require("case.triage")
    now = now or timezone.now()
    reason = required(reason, field="reason")
    case = move(locked(case, actor=actor, version=version), "refuse")
    answer = put_answer(case, outcome=Outcome.REFUSED, body=reason, subject="", actor=actor, now=now)
    emit(CaseRefused(answer_id=answer.pk), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    release(case, answer, actor=actor, now=now)
    return answer
