"""Demands of the past in bulk: the rows that the normal actions write, composed here and sent by COPY.

Nothing is decided here that an action does not decide: the matrix routes, the arithmetic of clocks counts, the
templates speak; each only once for all demands that are alike. What does not go the usual way (an area that is switched
off, a service that does not take it) is left to the actions. Tests bring samples both ways and compare every row."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic

from django.db import connection, models
from django.utils import timezone

from balcao.cases.models import Answer, Case, Remark
from balcao.cases.words import MAX_ANSWER
from balcao.catalog.models import Kind, Service
from balcao.citizens.actions import contact_hash, document_hash
from balcao.citizens.models import ContactPoint, Person
from balcao.clocks.models import Deadline
from balcao.dialogue.written import guess
from balcao.organization.models import Agency, Area, Place
from balcao.platform import crypto
from balcao.platform.columns import columns_of
from balcao.platform.geography import h3_cell
from balcao.platform.numbering import format_protocol, next_protocols
from balcao.workorders.matrix import candidates, route
from balcao.workorders.models import AreaReport, ResponsibilityRule, WorkOrder

from .dates import NOTHING, Ahead, Almanac, Dates
from .lives import Life, Shape, Way, tables_of
from .matters import D, Known, Matter, Unusual, Who, shortened
from .tables import NULL, Rows, text

EVERYBODY = Case._meta.get_field("priority").default
LONGEST_NAME = 40  # characters of a first name that surely fits into a subject


@dataclass(slots=True)
class Placed(Generic[D]):
    """A matter whose way is known."""

    matter: Matter[D]
    shape: Shape
    dates: Dates
    local: str
    """Its opening in the agency's own time."""
    called: str
    """How a letter greets who asked; "" as anybody."""
    answer: Ahead
    area: Ahead


class Composer(Generic[D]):
    """The rows of one agency's demands. `now`: what is open is brought up to that moment; None: its alarms are still
    to come, whenever they were due."""

    def __init__(self, agency: Agency, *, locale: str, now: datetime | None = None) -> None:
        self.agency, self.locale, self.now = agency, locale, now
        self.tables = tables_of(agency, locale)
        self._almanac = Almanac(agency.warn_fractions, locale)
        self._rules: dict[Any, tuple[Sequence[ResponsibilityRule], bool]] = {}
        self._routes: dict[Any, tuple[Area | None, int | None]] = {}
        self._shapes: dict[Any, Shape] = {}

    def placed(self, m: Matter[D]) -> Placed[D]:
        """What `compose` takes. Unusual when this demand takes a way of its own."""
        service, ended = m.service, m.closed_at
        dates, local = self._almanac.of(service, m.opened_at)
        answer = area_alarm = NOTHING
        if ended is not None:
            late, late_area = ended > dates.answer.due_at, ended > dates.area.due_at
        else:
            answer = self._almanac.ahead(dates, dates.answer, m.opened_at, self.now)
            area_alarm = self._almanac.ahead(dates, dates.area, m.opened_at, self.now)
            late, late_area = answer.breached, area_alarm.breached
        # Anybody can type anybody's CPF: who is known is greeted by the name that came now, or by none.
        name = m.who.name if isinstance(m.who, Who) else m.who.said_name if m.who is not None else ""
        called = name.split()[0] if name else ""
        area, rule = self._routed(service, m.kind, m.place)
        body = m.area or area
        sealed = m.who is not None and m.kind == Kind.DENUNCIA
        reason = m.reason if area is not None and body is not None and area.pk != body.pk else ""
        key = (
            service.pk, m.kind, area and area.pk, rule, body and body.pk, reason, m.ending, m.quoted, late, late_area,
            bool(called), sealed, m.who is None,
        )  # fmt: skip
        shape = self._shapes.get(key)
        if shape is None:
            if (body is not None and not body.is_active) or m.kind not in service.kinds:
                raise Unusual
            if m.who is None and not service.allows_anonymous:
                raise Unusual
            way = Way(
                service, m.kind, area, rule, body, reason, m.ending, m.quoted, late, late_area, bool(called), sealed
            )
            shape = self._shapes[key] = Life(self.tables, way, dates, self.locale).shape()
        if len(called) > LONGEST_NAME or (not m.quoted and shape.framed + 2 * len(m.words) > MAX_ANSWER):
            raise Unusual
        return Placed(m, shape, dates, local.isoformat(), called, answer, area_alarm)

    def _routed(self, service: Service, kind: str, place: Place | None) -> tuple[Area | None, int | None]:
        """(area, rule) that the matrix chooses, if any. Where no rule names a place, once for all places."""
        if (rules := self._rules.get((service.pk, kind))) is None:
            found = candidates(service=service, kind=kind)
            rules = self._rules[service.pk, kind] = found, any(rule.place_id for rule in found)
        key = (service.pk, kind, place.pk if place and rules[1] else None)
        if key not in self._routes:
            decided = route(service=service, place=place, kind=kind, rules=rules[0])
            both = decided.area is not None and decided.rule is not None
            self._routes[key] = (decided.area, decided.rule.pk) if both and decided.rule else (None, None)
        return self._routes[key]

    def compose(self, placed: Sequence[Placed[D]]) -> Rows:
        """The rows of demands that go the usual way. Takes their ids and protocol numbers."""
        ids = _take(
            {
                Case: len(placed),
                Deadline: sum(1 + one.shape.orders for one in placed),
                WorkOrder: sum(one.shape.orders for one in placed),
                Remark: sum(one.shape.moved for one in placed),
                Answer: sum(one.shape.ended for one in placed),
                AreaReport: sum(one.shape.reported for one in placed),
                Person: sum(isinstance(one.matter.who, Who) for one in placed),
                ContactPoint: sum(_points(one.matter.who) for one in placed),
            }
        )
        cases, clocks, orders = ids[Case], ids[Deadline], ids[WorkOrder]
        remarks, replies, reports = ids[Remark], ids[Answer], ids[AreaReport]
        opened = [timezone.localtime(one.matter.opened_at).year for one in placed]
        numbers = {year: iter(next_protocols(year, count)) for year, count in Counter(opened).items()}
        nobodys = os.urandom(32 * len(placed)).hex()  # an access code that nobody was given opens nothing
        lines: dict[str, list[str]] = defaultdict(list)
        for n, (one, year) in enumerate(zip(placed, opened, strict=True)):
            m, dates, shape, protocol = one.matter, one.dates, one.shape, next(numbers[year])
            brief = shortened(m.words)
            said = m.words if m.quoted and m.ending != "refused" else brief
            reporter, contact, said_name, priority = NULL, NULL, "", EVERYBODY
            if isinstance(m.who, Who):
                reporter, contact = self._introduce(m.who, ids, lines)
            elif m.who is not None:
                reporter, contact = str(m.who.person), str(m.who.contact or NULL)
                said_name, priority = text(m.who.said_name), m.who.priority
            located = m.lat is not None and m.lon is not None
            own: list[Any] = [
                next(cases), next(clocks), next(clocks) if shape.orders else NULL,
                next(clocks) if shape.moved else NULL,
                next(orders) if shape.orders else NULL, next(orders) if shape.moved else NULL,
                next(remarks) if shape.moved else NULL,
                next(reports) if shape.reported else NULL, next(replies) if shape.ended else NULL,
                protocol, format_protocol(protocol), nobodys[64 * n : 64 * n + 64],
                m.opened_at.isoformat(), one.local, m.closed_at.isoformat() if m.closed_at else NULL,
                dates.opened_day, dates.due_day, text(m.channel), _told(m.channel), text(m.key), text(m.description),
                text(m.told), text(m.address), m.place.pk if m.place else NULL,
                repr(m.lat) if located else NULL, repr(m.lon) if located else NULL,
                h3_cell(m.lat, m.lon) if located else "",  # type: ignore[arg-type]
                # Nobody is written to about what ended: such an answer stands on the demand's page.
                reporter, said_name, priority, NULL if m.closed_at else contact,
                text(said), said, text(brief), text(one.called), one.called,
                dates.answer.due, dates.answer.steps, dates.area.due, dates.area.steps, dates.snapshot,
                dates.answer.breach, dates.area.breach,
                one.answer.at, one.answer.level, one.area.at, one.area.level,
            ]  # fmt: skip
            own.append(crypto.encrypt(shape.letter.fill(own)) if shape.letter else NULL)
            for table, form in shape.rows.items():
                lines[table].append(form.fill(own))
        return {table: "".join(lines[table]).encode() for table in self.tables if table in lines}

    def _introduce(
        self, who: Who, ids: dict[type[models.Model], Iterator[str]], lines: dict[str, list[str]]
    ) -> tuple[str, str]:
        """(person, the contact point to write to) of somebody who is new."""
        person, points = next(ids[Person]), []
        kind = (guess(who.document) or "") if who.document else ""
        lines["person"].append(
            self.tables["person"].line(
                person, Person.Nature.LEGAL if kind == "cnpj" else Person.Nature.NATURAL, text(who.name), kind,
                crypto.encrypt(who.document) if who.document else "",
                _octets(document_hash(who.document)) if who.document else NULL,
            )
        )  # fmt: skip
        for way, value in (("email", who.email), ("phone", who.phone)):
            if value:
                points.append(next(ids[ContactPoint]))
                row = (points[-1], person, way, crypto.encrypt(value), _octets(contact_hash(way, value)))
                lines["contact"].append(self.tables["contact"].line(*row))
        return person, points[0] if points else NULL


def _points(who: Who | Known | None) -> int:
    return bool(who.email) + bool(who.phone) if isinstance(who, Who) else 0


def _octets(value: bytes) -> str:
    return "\\\\x" + value.hex()


def _take(counts: dict[type[models.Model], int]) -> dict[type[models.Model], Iterator[str]]:
    """So many ids of each, rising, in one statement."""
    one = "(SELECT string_agg(nextval(%s)::text, ',') FROM generate_series(1, %s))"
    values = [value for model, count in counts.items() for value in (columns_of(model).sequence, count)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join([one] * len(counts)), values)
        return {model: iter((ids or "").split(",")) for model, ids in zip(counts, cursor.fetchone(), strict=True)}


@lru_cache(maxsize=256)
def _told(channel: str) -> str:
    return text(json.dumps(channel))
