"""The date that a service promises: to the citizen, and by its own shorter rule to the area that acts."""

from __future__ import annotations

from datetime import datetime, timedelta

from balcao.catalog.models import Service
from balcao.clocks.actions import start_deadline
from balcao.clocks.arithmetic import compute
from balcao.clocks.models import Deadline
from balcao.clocks.rules import rule as rule_named
from balcao.organization.queries import calendar_for
from balcao.organization.worktime import Calendar
from balcao.platform.actors import Actor

from .models import Case


def start_answer_clock(*, actor: Actor, service: Service, case_id: int, now: datetime) -> Deadline:
    """Start the clock of the answer to the citizen."""
    terms = (service.rule, service.amount, service.unit)
    return _start(actor, service, case_id, now, Deadline.Kind.ANSWER, terms)


def start_area_clock(*, actor: Actor, case: Case, now: datetime) -> Deadline:
    """Start the area's own clock, for one order. It never ends after the citizen's date: the area would keep its own
    promise while the agency breaks its own, and nobody would be warned in time."""
    service = case.service
    terms = (service.area_rule, service.area_amount, service.area_unit)
    return _start(actor, service, case.pk, now, Deadline.Kind.ORDER, terms, not_after=case.deadline.due_at)


def area_outlasts(service: Service, calendar: Calendar, now: datetime) -> tuple[datetime, datetime] | None:
    """(the area's date, the citizen's) of a demand that comes in within two weeks, when the area's own rule would end
    later than the promise; None when it always ends in time."""
    answer, area = rule_named(service.rule), rule_named(service.area_rule)
    alike = (answer.unit, answer.start, answer.roll) == (area.unit, area.start, area.roll)
    if alike and area.terms(service.area_amount) <= answer.terms(service.amount):
        return None
    # Two units, or an end that rolls over a weekend, are compared where it matters: on the calendar.
    for start in (now + timedelta(days=n) for n in range(14)):
        theirs = compute(area, start, calendar, amount=service.area_amount).due_at
        promised = compute(answer, start, calendar, amount=service.amount).due_at
        if theirs and promised and theirs > promised:
            return theirs, promised
    return None


def _start(
    actor: Actor,
    service: Service,
    case_id: int,
    now: datetime,
    kind: str,
    terms: tuple[str, int | None, str],
    not_after: datetime | None = None,
) -> Deadline:
    rule, amount, unit = terms
    return start_deadline(
        actor=actor,
        agency=service.agency,
        rule=rule,
        amount=amount,
        unit=unit or None,
        calendar=calendar_for(service.agency_id, service.calendar_id),
        kind=kind,
        case_id=case_id,
        now=now,
        not_after=not_after,
    )
