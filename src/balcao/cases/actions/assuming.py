"""Who in triage takes care of a case, so that two do not write to the same person."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.events import emit

from ..events import CaseAssumed, CaseLetGo
from ..models import Case
from ..moving import locked
from ..states import State


@action
def assume_case(*, actor: Actor, case: Case, version: int | None = None, now: datetime | None = None) -> Case:
    """The actor takes the case on, also from a colleague: whoever is ill cannot let go of it. It stays in its state,
    and everybody else may still act. Taking what one has already changes nothing."""
    actor.at(case.area_id).require("case.triage")
    case = locked(case, actor=actor, version=version)
    if case.state == State.CLOSED:
        raise Refusal(_("This case is answered: there is nothing left to take on."))
    if actor.staff_id is None:
        raise Refusal(_("Only a colleague can take a case on."), log=f"{actor.kind} {actor.id} took case {case.pk} on")
    if case.attendant_id == actor.staff_id:
        return case
    before, case.attendant_id = case.attendant_id, actor.staff_id
    _write(case)
    fact = CaseAssumed(staff_id=actor.staff_id, from_staff_id=before)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case


@action
def let_go_of_case(*, actor: Actor, case: Case, version: int | None = None, now: datetime | None = None) -> Case:
    """Whoever comes next takes it: nobody in particular has the case any more."""
    actor.at(case.area_id).require("case.triage")
    case = locked(case, actor=actor, version=version)
    if case.attendant_id is None:
        return case
    before, case.attendant_id = case.attendant_id, None
    _write(case)
    emit(CaseLetGo(from_staff_id=before), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case


def _write(case: Case) -> None:
    case.version += 1  # a colleague who has it open is told that it changed hands
    case.save(update_fields=["attendant", "version"])
