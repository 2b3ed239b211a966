"""The dates of demands that began on the same day are the same: counted once by the product's own arithmetic."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from balcao.catalog.models import Service
from balcao.clocks.arithmetic import Computation, compute
from balcao.clocks.ladder import ladder, next_rung
from balcao.clocks.rules import Rule
from balcao.clocks.rules import rule as rule_named
from balcao.clocks.snapshots import pinned_for, snapshot_of
from balcao.clocks.worktime import WORKING_HOURS
from balcao.organization.queries import calendar_for
from balcao.organization.worktime import Calendar

from .tables import text


@dataclass(frozen=True)
class Clock:
    """What a deadline's row says, whatever the hour at which it began."""

    rule: Rule
    amount: int
    due_at: datetime
    due: str
    steps: str
    """Its arithmetic after the first step, as COPY's text of JSON."""


@dataclass(frozen=True)
class Dates:
    calendar: Calendar
    snapshot: str
    answer: Clock
    area: Clock


class Almanac:
    """Dates by service and local day. The calendar is that of its making: settings stand still while a replay runs."""

    def __init__(self, warn_fractions: list[float]) -> None:
        self._known: dict[Any, Dates] = {}
        self._calendars: dict[int, Calendar] = {}
        self._fractions = warn_fractions

    def of(self, service: Service, started_at: datetime) -> Dates:
        calendar = self._calendars.get(service.pk)
        if calendar is None:
            calendar = self._calendars[service.pk] = calendar_for(service.agency_id, service.calendar_id)
        terms = (service.rule, service.amount, service.unit, service.area_rule, service.area_amount, service.area_unit)
        by_hours = WORKING_HOURS in (rule_named(service.rule).unit, rule_named(service.area_rule).unit)
        moment = started_at if by_hours else calendar.local(started_at).date()
        key = (service.calendar_id, terms, moment)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 20_000:
                self._known.clear()
            found = self._known[key] = self._count(service, started_at, pinned_for(calendar, started_at))
        return found

    def _count(self, service: Service, started_at: datetime, pinned: Calendar) -> Dates:
        answer = _clock(service.rule, service.amount, service.unit, started_at, pinned, None)
        area = _clock(service.area_rule, service.area_amount, service.area_unit, started_at, pinned, answer.due_at)
        return Dates(pinned, snapshot_of(pinned), answer, area)

    def first_alarm(self, dates: Dates, clock: Clock, started_at: datetime) -> tuple[str, str]:
        """(moment, level) of the alarm that a running clock waits for, as COPY's text."""
        rung = next_rung(ladder(started_at, clock.due_at, self._fractions, dates.calendar), "", started_at)
        return (rung.at.isoformat(), rung.level) if rung else (r"\N", "")


def _clock(
    slug: str, amount: int | None, unit: str, started_at: datetime, pinned: Calendar, not_after: datetime | None
) -> Clock:
    law = rule_named(slug)
    terms = law.terms(amount, unit or None)
    found: Computation = compute(law, started_at, pinned, amount=terms, not_after=not_after)
    assert found.due_at is not None
    steps = json.dumps(found.explanation[1:], ensure_ascii=False)[1:]
    return Clock(law, terms, found.due_at, found.due_at.isoformat(), text(steps))
