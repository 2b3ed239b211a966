"""Several people, one problem: each keeps their own protocol and gets their own answer."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.events import emit

from ..events import CaseMerged, CaseParted
from ..models import Case
from ..moving import follower_actor, locked, move
from ..states import State


@action
def merge_case(
    *, actor: Actor, case: Case, primary: Case, version: int | None = None, now: datetime | None = None
) -> Case:
    """Join a duplicate to the case that is being worked on. Whoever followed it follows the primary too."""
    actor.at(case.area_id).require("case.triage")
    return _join(actor=actor, case=case, primary=primary, version=version, by_citizen=False, now=now)


@action
def follow_case(*, actor: Actor, case: Case, primary: Case, now: datetime | None = None) -> Case:
    """ "Me too": a case just opened joins one that its author was shown. Only where the service is public."""
    secret = primary.sealed or primary.kind == "denuncia"  # classified so since it was shown
    if not primary.service.is_public or primary.service_id != case.service_id or secret:
        raise Refusal(_("This demand cannot be joined. Yours stays open by itself."))
    return _join(actor=actor, case=case, primary=primary, version=None, by_citizen=True, now=now)


def _join(
    *, actor: Actor, case: Case, primary: Case, version: int | None, by_citizen: bool, now: datetime | None
) -> Case:
    if case.pk == primary.pk:
        raise Refusal(_("A demand cannot be joined to itself."))
    # Both rows, lower id first, so that two people who join crosswise wait for each other instead of failing.
    for each in sorted([case, primary], key=lambda c: c.pk):
        if each.pk == case.pk:
            case = locked(case, actor=actor, version=version)
        else:
            primary = locked(primary, actor=actor)
    if primary.agency_id != case.agency_id or primary.state in (State.CLOSED, State.ANSWERING, State.FOLLOWING):
        raise Refusal(_("The other demand is no longer being worked on. Choose one that is open."))
    case = move(case, "merge", primary=primary, next_actor=follower_actor(primary), area_id=primary.area_id)
    for follower in Case.objects.select_for_update().filter(primary=case, state=State.FOLLOWING).order_by("pk"):
        follower.primary, follower.next_actor, follower.area_id = primary, case.next_actor, primary.area_id
        follower.version += 1
        follower.save(update_fields=["primary", "next_actor", "area", "version"])
    fact = CaseMerged(primary_id=primary.pk, by_citizen=by_citizen)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case


@action
def part_case(*, actor: Actor, case: Case, version: int | None = None, now: datetime | None = None) -> Case:
    """It was no duplicate after all: the case goes back to triage and is routed anew."""
    actor.at(case.area_id).require("case.triage")
    case = locked(case, actor=actor, version=version)
    primary_id = case.primary_id
    case = move(case, "part", primary=None, area=None)
    fact = CaseParted(primary_id=primary_id or 0)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now, subject=case)
    return case
