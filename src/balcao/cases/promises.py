"""The date that a service promises: to the citizen, and by its own shorter rule to the area that acts."""

from __future__ import annotations

from datetime import datetime

from balcao.catalog.models import Service
from balcao.clocks.actions import start_deadline
from balcao.clocks.models import Deadline
from balcao.organization.queries import calendar_for
from balcao.platform.actors import Actor


def start_answer_clock(*, actor: Actor, service: Service, case_id: int, now: datetime) -> Deadline:
    """Start the clock of the answer to the citizen."""
    terms = (service.rule, service.amount, service.unit)
    return _start(actor, service, case_id, now, Deadline.Kind.ANSWER, terms)


def start_area_clock(*, actor: Actor, service: Service, case_id: int, now: datetime) -> Deadline:
    """Start the area's own clock, for one order."""
    terms = (service.area_rule, service.area_amount, service.area_unit)
    return _start(actor, service, case_id, now, Deadline.Kind.ORDER, terms)


def _start(
    actor: Actor, service: Service, case_id: int, now: datetime, kind: str, terms: tuple[str, int | None, str]
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
    )
