"""Demands of the past in bulk: the rows that the normal actions write, composed here and sent by COPY.

Nothing is decided here that an action does not decide: the matrix routes, the arithmetic of clocks counts, the
templates speak; each only once for all demands that are alike. What does not go the usual way (no rule catches it, a
service no longer takes it) is left to the actions. A test replays a sample both ways and compares every row."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.utils import timezone

from balcao.cases.models import Answer, Case, Remark
from balcao.catalog.models import Service
from balcao.clocks.models import Deadline
from balcao.organization.models import Area, Place
from balcao.platform import crypto
from balcao.platform.columns import columns_of
from balcao.platform.geography import h3_cell
from balcao.platform.numbering import format_protocol, next_protocols
from balcao.workorders.matrix import candidates, route
from balcao.workorders.models import AreaReport, ResponsibilityRule, WorkOrder

from .columns import Demand
from .dates import Almanac, Dates
from .lives import Life, Shape, Unusual, Way, tables_of
from .making import City
from .tables import NULL, Rows, text


@dataclass(slots=True)
class Placed:
    """A demand whose point lies in a district and whose way is known. `elsewhere`: the file records another one."""

    demand: Demand
    place: Place | None
    elsewhere: bool
    shape: Shape
    dates: Dates
    local: str
    """Its opening in the agency's own time."""


class Composer:
    """The rows of one city's demands."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.tables = tables_of(city.agency)
        self._almanac = Almanac(city.agency.warn_fractions)
        self._rules: dict[int, tuple[Sequence[ResponsibilityRule], bool]] = {}
        self._routes: dict[Any, tuple[Area | None, ResponsibilityRule | None]] = {}
        self._shapes: dict[Any, Shape] = {}

    def placed(self, demand: Demand, place: Place | None, elsewhere: bool) -> Placed:
        """What `compose` takes. Unusual when this demand takes a way of its own."""
        service, found = self.city.services[demand.service], demand.found_at
        dates, local = self._almanac.of(service, demand.opened_at)
        late = found is not None and found > dates.answer.due_at
        late_area = found is not None and found > dates.area.due_at
        area, rule = self._routed(service, demand.kind, place)
        key = (demand.service, area.pk, rule, demand.body, demand.status, late, late_area)
        shape = self._shapes.get(key)
        if shape is None:
            body = self.city.areas[demand.body]
            if not body.is_active or not service.allows_anonymous or demand.kind not in service.kinds:
                raise Unusual
            way = Way(
                service, demand.kind, area, rule, body, demand.body, demand.status, demand.ending, late, late_area
            )
            shape = self._shapes[key] = Life(self.tables, way, dates).shape()
        return Placed(demand, place, elsewhere, shape, dates, local.isoformat())

    def _routed(self, service: Service, kind: str, place: Place | None) -> tuple[Area, int]:
        """(area, rule) that the matrix chooses. Where no rule names a place, once for all places."""
        if (rules := self._rules.get(service.pk)) is None:
            found = candidates(service=service, kind=kind)
            rules = self._rules[service.pk] = found, any(rule.place_id for rule in found)
        key = (service.pk, place.pk if place and rules[1] else None)
        if key not in self._routes:
            decided = route(service=service, place=place, kind=kind, rules=rules[0])
            self._routes[key] = (decided.area, decided.rule)
        area, rule = self._routes[key]
        if area is None or rule is None:
            raise Unusual
        return area, rule.pk

    def compose(self, placed: Sequence[Placed]) -> Rows:
        """The rows of demands that go the usual way. Takes their ids and protocol numbers."""
        ids = _take(
            {
                Case: len(placed),
                Deadline: sum(2 + one.shape.moved for one in placed),
                WorkOrder: sum(1 + one.shape.moved for one in placed),
                Remark: sum(one.shape.moved for one in placed),
                Answer: sum(one.shape.ended for one in placed),
                AreaReport: sum(one.shape.reported for one in placed),
            }
        )
        cases, clocks, orders = ids[Case], ids[Deadline], ids[WorkOrder]
        remarks, replies, reports = ids[Remark], ids[Answer], ids[AreaReport]
        opened = [timezone.localtime(one.demand.opened_at).year for one in placed]
        numbers = {year: iter(next_protocols(year, count)) for year, count in Counter(opened).items()}
        nobodys = os.urandom(32 * len(placed)).hex()  # an access code that nobody was given opens nothing
        lines: dict[str, list[str]] = defaultdict(list)
        for n, (one, year) in enumerate(zip(placed, opened, strict=True)):
            d, dates, shape, protocol = one.demand, one.dates, one.shape, next(numbers[year])
            found = d.found_at.isoformat() if d.found_at else NULL
            own: list[Any] = [
                next(cases), next(clocks), next(clocks), next(clocks) if shape.moved else NULL,
                next(orders), next(orders) if shape.moved else NULL, next(remarks) if shape.moved else NULL,
                next(reports) if shape.reported else NULL, next(replies) if shape.ended else NULL,
                protocol, format_protocol(protocol), nobodys[64 * n : 64 * n + 64],
                d.opened_at.isoformat(), one.local, found,
                f"{found[8:10]}/{found[5:7]}/{found[:4]}",
                dates.opened_day, dates.due_day, text(d.channel), _told(d.channel), d.key,
                _answers(d.sector, d.block), text(d.address), one.place.pk if one.place else NULL,
                repr(d.lat), repr(d.lon), h3_cell(d.lat, d.lon),
                dates.answer.due, dates.answer.steps, dates.area.due, dates.area.steps, dates.snapshot,
            ]  # fmt: skip
            if shape.letter:
                own += (NULL, "", NULL, "", crypto.encrypt(shape.letter.fill(own)))
            else:
                own += self._almanac.first_alarm(dates, dates.answer, d.opened_at)
                own += self._almanac.first_alarm(dates, dates.area, d.opened_at)
                own.append(NULL)
            for table, form in shape.rows.items():
                lines[table].append(form.fill(own))
        return {table: "".join(lines[table]).encode() for table in self.tables if table in lines}


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


def _answers(sector: str, block: str) -> str:
    """The answers to the questions of `making.QUESTIONS`."""
    own = {code: value for code, value in (("setor", sector), ("quadra", block)) if value}
    return text(json.dumps(own, ensure_ascii=False))
