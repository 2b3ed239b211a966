"""Try the matrix before it is changed: what would go elsewhere, and what no rule catches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.catalog.models import Kind, Service
from balcao.organization.models import Area
from balcao.platform.actors import Actor

from .matrix import route
from .models import ResponsibilityRule

LOOKED_AT = 200


def rules_of(agency_id: int) -> list[ResponsibilityRule]:
    """All rules of an agency in their order, active or not, with what they name. One query."""
    return list(
        ResponsibilityRule.objects.filter(agency_id=agency_id).select_related("area", "service", "group", "place")
    )


@dataclass(frozen=True)
class Change:
    """A case that a draft would send elsewhere; None is nobody's."""

    case: Case
    now: Area | None
    then: Area | None


@dataclass(frozen=True)
class Trial:
    """The open cases that were looked at, and those that would go elsewhere."""

    looked_at: int
    changes: Sequence[Change]


def compare(
    *, actor: Actor, now: Sequence[ResponsibilityRule], then: Sequence[ResponsibilityRule], limit: int = LOOKED_AT
) -> Trial:
    """Route the newest open cases by the rules as they are and by a draft. Nothing is written; two queries."""
    cases = list(
        Case.objects.visible_to(actor)
        .exclude(state=State.CLOSED)
        .select_related("service", "place__parent__parent")
        .order_by("-id")[:limit]
    )
    before, after = _active(now), _active(then)
    changes = []
    for case in cases:
        a = route(service=case.service, place=case.place, kind=case.kind, rules=before).area
        b = route(service=case.service, place=case.place, kind=case.kind, rules=after).area
        if (a.pk if a else None) != (b.pk if b else None):
            changes.append(Change(case, a, b))
    return Trial(len(cases), changes)


def _active(rules: Sequence[ResponsibilityRule]) -> list[ResponsibilityRule]:
    return [rule for rule in rules if rule.is_active]


@dataclass(frozen=True)
class Uncaught:
    """A service of which some cases would reach no area. `somewhere`: a rule catches it in certain places only."""

    service: Service
    kinds: Sequence[str]
    somewhere: bool


def uncaught(agency_id: int, rules: Sequence[ResponsibilityRule] | None = None) -> list[Uncaught]:
    """The services, unpublished ones too, of which no rule catches every kind in every place. Two queries."""
    active = _active(rules if rules is not None else rules_of(agency_id))
    found = []
    for service in Service.objects.filter(agency_id=agency_id).select_related("group"):
        kinds = [k for k in service.kinds if route(service=service, place=None, kind=k, rules=active).area is None]
        if kinds:
            placed = any(
                r.place_id and r.area.is_active and r.service_id in (None, service.pk)
                and r.group_id in (None, service.group_id) and (not r.kind or r.kind in kinds)
                for r in active
            )  # fmt: skip
            found.append(Uncaught(service, [str(Kind(k).label) for k in kinds], placed))
    return found
