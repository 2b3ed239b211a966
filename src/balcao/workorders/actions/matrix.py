"""The responsibility matrix is edited: rules, their order, and cases routed once more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.catalog.models import Kind
from balcao.organization.editing import allow, check, same_agency
from balcao.organization.models import Agency
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Stale

from ..models import ResponsibilityRule
from .issuing import route_case


def _lock(agency_id: int) -> None:
    """Two administrators never reorder at once."""
    Agency.objects.select_for_update().get(pk=agency_id)


@action
def change_rule(*, actor: Actor, rule: ResponsibilityRule) -> ResponsibilityRule:
    """Save a new rule (at the end) or a changed one. Invalid when it points outside the agency, at an area that is
    switched off, or at a service and another group."""
    allow(actor, rule.agency_id)
    _lock(rule.agency_id)
    same_agency(rule, service=rule.service, group=rule.group, place=rule.place, area=rule.area)
    if rule.kind and rule.kind not in Kind.values:
        raise Invalid(_("There is no such kind of demand."), field="kind")
    if rule.is_active and not rule.area.is_active:
        raise Invalid(_("%(area)s is no longer active. Choose another area.") % {"area": rule.area}, field="area")
    if rule.service is not None and rule.group is not None and rule.service.group_id != rule.group_id:
        raise Invalid(_("This service is in another group, so the rule would never match."), field="group")
    if rule.position is None:
        last = ResponsibilityRule.objects.filter(agency_id=rule.agency_id).aggregate(n=Max("position"))["n"]
        rule.position = (last or 0) + 1
    check(rule)
    return history.keep(actor=actor, obj=rule)


@action
def remove_rule(*, actor: Actor, rule: ResponsibilityRule) -> None:
    """Delete a rule. Orders that it made keep their area."""
    allow(actor, rule.agency_id)
    _lock(rule.agency_id)
    history.remove(actor=actor, obj=rule)


@action
def order_rules(*, actor: Actor, agency: Agency, ids: Sequence[int]) -> None:
    """Put the agency's rules in this order. Stale when a rule has come or gone since it was shown."""
    allow(actor, agency.pk)
    _lock(agency.pk)
    rules = {rule.pk: rule for rule in ResponsibilityRule.objects.filter(agency=agency).select_for_update()}
    if set(rules) != set(ids) or len(ids) != len(set(ids)):
        raise Stale(log=f"rules of agency {agency.pk} have changed")
    for position, pk in enumerate(ids, 1):
        rules[pk].position = position
        history.keep(actor=actor, obj=rules[pk])


@action
def move_rule(*, actor: Actor, rule: ResponsibilityRule, up: bool) -> None:
    """One place up or down; at the end nothing happens."""
    ids = list(ResponsibilityRule.objects.filter(agency_id=rule.agency_id).values_list("pk", flat=True))
    at = ids.index(rule.pk)
    to = at - 1 if up else at + 1
    if 0 <= to < len(ids):
        ids[at], ids[to] = ids[to], ids[at]
    order_rules(actor=actor, agency=rule.agency, ids=ids)


def route_unrouted(*, actor: Actor, cases: Iterable[Case], now: datetime | None = None) -> tuple[int, int]:
    """Ask the matrix again for cases in triage that no rule caught. (routed, still unrouted). Each case is its own
    transaction, so that one which has just moved on stops no other."""
    routed = still = 0
    for case in cases:
        allow(actor, case.agency_id, "case.triage")
        with transaction.atomic():
            fresh = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
            if fresh.state != State.TRIAGE or fresh.area_id is not None:
                continue
            if route_case(actor=actor, case=fresh, now=now) is None:
                still += 1
            else:
                routed += 1
    return routed, still
