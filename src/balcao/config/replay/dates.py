"""The dates of demands that began on the same day are the same: counted once by the product's own arithmetic."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from balcao.catalog.models import Service
from balcao.clocks.arithmetic import Computation, compute
from balcao.clocks.ladder import BREACH, BREACH_AFTER, ladder, next_rung
from balcao.clocks.rules import Rule
from balcao.clocks.rules import rule as rule_named
from balcao.clocks.snapshots import pinned_for, snapshot_of
from balcao.clocks.worktime import WORKING_HOURS
from balcao.organization.queries import calendar_for
from balcao.organization.worktime import Calendar

from .letters import day
from .tables import NULL, text


@dataclass(frozen=True)
class Clock:
    """What a deadline's row says, whatever the hour at which it began."""

    rule: Rule
    amount: int
    due_at: datetime
    due: str
    breach: str
    """When its alarm of the passed date sounds."""
    steps: str
    """Its arithmetic after the first step, as COPY's text of JSON."""


@dataclass(frozen=True)
class Dates:
    calendar: Calendar
    snapshot: str
    opened_day: str
    due_day: str
    answer: Clock
    area: Clock


@dataclass(frozen=True)
class Terms:
    """By what a service's deadlines are counted."""

    calendar: Calendar
    by_hours: bool
    known: dict[Any, Dates]
    """By local day, or by moment where hours count. Services of the same terms share it."""


class Ahead(NamedTuple):
    """What a running clock waits for, as COPY's text; and whether its date had passed by then."""

    breached: bool
    at: str
    level: str


NOTHING = Ahead(False, NULL, "")


class Almanac:
    """Dates by service and local day. The calendar is that of its making: settings stand still while a replay runs."""

    def __init__(self, warn_fractions: list[float], locale: str) -> None:
        self._terms: dict[int, Terms] = {}
        self._known: dict[Any, dict[Any, Dates]] = {}
        self._fractions, self._locale = warn_fractions, locale

    def of(self, service: Service, started_at: datetime) -> tuple[Dates, datetime]:
        """The dates of what began at that moment, and the moment in its agency's own time."""
        terms = self._terms.get(service.pk)
        if terms is None:
            terms = self._terms[service.pk] = self._terms_of(service)
        local = terms.calendar.local(started_at)
        key = started_at if terms.by_hours else local.date()
        found = terms.known.get(key)
        if found is None:
            if len(terms.known) > 20_000:
                terms.known.clear()
            found = terms.known[key] = self._count(service, started_at, local, terms)
        return found, local

    def _terms_of(self, service: Service) -> Terms:
        law = (service.rule, service.amount, service.unit, service.area_rule, service.area_amount, service.area_unit)
        by_hours = WORKING_HOURS in (rule_named(service.rule).unit, rule_named(service.area_rule).unit)
        calendar = calendar_for(service.agency_id, service.calendar_id)
        return Terms(calendar, by_hours, self._known.setdefault((service.calendar_id, law), {}))

    def ahead(self, dates: Dates, clock: Clock, started_at: datetime, now: datetime | None) -> Ahead:
        """What a running clock waits for. With `now`, for what is still to come by then, as `catch_up` leaves it;
        without, for its first alarm."""
        rungs = ladder(started_at, clock.due_at, self._fractions, dates.calendar)
        rung, breached = next_rung(rungs, "", started_at), False
        while now is not None and rung is not None and rung.at <= now:
            breached |= rung.level == BREACH
            rung = next_rung(rungs, rung.level, now)
        return Ahead(breached, rung.at.isoformat(), rung.level) if rung else Ahead(breached, NULL, "")

    def _count(self, service: Service, started_at: datetime, local: datetime, terms: Terms) -> Dates:
        pinned = pinned_for(terms.calendar, started_at)
        answer = _clock(service.rule, service.amount, service.unit, started_at, pinned, None)
        area = _clock(service.area_rule, service.area_amount, service.area_unit, started_at, pinned, answer.due_at)
        opened, due = day(local.date(), self._locale), day(pinned.local(answer.due_at).date(), self._locale)
        return Dates(pinned, snapshot_of(pinned), opened, due, answer, area)


def _clock(
    slug: str, amount: int | None, unit: str, started_at: datetime, pinned: Calendar, not_after: datetime | None
) -> Clock:
    law = rule_named(slug)
    terms = law.terms(amount, unit or None)
    found: Computation = compute(law, started_at, pinned, amount=terms, not_after=not_after)
    assert found.due_at is not None
    steps = json.dumps(found.explanation[1:], ensure_ascii=False)[1:]
    breach = found.due_at + BREACH_AFTER
    return Clock(law, terms, found.due_at, found.due_at.isoformat(), breach.isoformat(), text(steps))
