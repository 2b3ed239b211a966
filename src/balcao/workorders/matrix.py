"""The responsibility matrix: which area must act, by which rule, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from balcao.catalog.models import Service
from balcao.organization.models import Area, Place
from balcao.platform.settled import settled

from .models import ResponsibilityRule


@dataclass(frozen=True)
class Step:
    """One rule that was looked at. `why` is the sentence that a dry run shows."""

    rule: ResponsibilityRule
    matches: bool
    why: str


@dataclass(frozen=True)
class Route:
    """What the matrix decided: the area (None when no rule matches) and every rule looked at on the way."""

    area: Area | None
    rule: ResponsibilityRule | None
    steps: Sequence[Step]


def route(
    *, service: Service, place: Place | None, kind: str, rules: Sequence[ResponsibilityRule] | None = None
) -> Route:
    """The first active rule that matches decides. A rule on a place also covers the places within it.

    `rules` (ordered) lets a dry run try rules that are not saved; by default the agency's own. One query."""
    if rules is None:
        rules = list(
            ResponsibilityRule.objects.filter(agency_id=service.agency_id, is_active=True).select_related(
                "area", "service", "group", "place"
            )
        )
    within = _with_parents(place) if place and any(r.place_id for r in rules) else {place.pk} if place else set()
    steps: list[Step] = []
    for rule in rules:
        miss = _miss(rule, service=service, within=within, kind=kind)
        steps.append(Step(rule, not miss, miss or _("It matches: %(area)s must act.") % {"area": rule.area.name}))
        if not miss:
            return Route(rule.area, rule, steps)
    return Route(None, None, steps)


def candidates(*, service: Service, kind: str) -> Sequence[ResponsibilityRule]:
    """The active rules, in order, that no service, group or kind of their own rules out: enough to decide a case.

    A city has hundreds of rules and each opening asks them. Remembered; the polygons of places stay where they are."""
    return settled(("rules", service.pk, kind), lambda: _candidates(service, kind))


def _candidates(service: Service, kind: str) -> Sequence[ResponsibilityRule]:
    return list(
        ResponsibilityRule.objects.filter(agency_id=service.agency_id, is_active=True)
        .filter(Q(service=None) | Q(service=service), Q(group=None) | Q(group=service.group_id), Q(kind__in=("", kind)))
        .select_related("area", "place")
        .defer("place__boundary")
    )


def _with_parents(place: Place) -> set[int]:
    found: set[int] = set()
    current: Place | None = place
    while current is not None and current.pk not in found:
        found.add(current.pk)
        current = current.parent
    return found


def _miss(rule: ResponsibilityRule, *, service: Service, within: set[int], kind: str) -> str:
    """Why `rule` does not match; empty when it does."""
    if not rule.area.is_active:
        return _("%(area)s is no longer active.") % {"area": rule.area.name}
    if rule.service_id and rule.service_id != service.pk:
        return _("It is for the service %(name)s.") % {"name": rule.service.name}  # type: ignore[union-attr]
    if rule.group_id and rule.group_id != service.group_id:
        return _("It is for the group %(name)s.") % {"name": rule.group.name}  # type: ignore[union-attr]
    if rule.kind and rule.kind != kind:
        return _("It is for another kind of demand.")
    if rule.place_id and rule.place_id not in within:
        return _("It is for %(place)s only.") % {"place": rule.place.name}  # type: ignore[union-attr]
    return ""
