"""Demands of the past in bulk: the rows that the normal actions write, composed here and sent by COPY.

Nothing is decided here that an action does not decide: the matrix routes, the arithmetic of clocks counts, the
templates speak; each only once for all demands that are alike. What does not go the usual way (no rule catches it, a
service no longer takes it) is left to the actions. A test replays a sample both ways and compares every row."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection, models
from django.utils import timezone

from balcao.cases.models import Answer, Case, Remark
from balcao.cases.words import MAX_WORDS, required
from balcao.catalog.models import Service
from balcao.clocks.models import Alarm, Deadline
from balcao.inbox.models import Message
from balcao.organization.models import Area, Place
from balcao.platform import crypto
from balcao.platform.columns import columns_of
from balcao.platform.geography import h3_cell
from balcao.platform.models import Event
from balcao.platform.numbering import next_protocols
from balcao.workorders.matrix import candidates, route
from balcao.workorders.models import AreaReport, WorkOrder

from .columns import Demand
from .dates import Almanac, Clock, Dates
from .letters import LOCALE, WORDS, Letters
from .making import City
from .playing import ELSEWHERE, REFUSALS, REPORT
from .tables import NULL, Table, text


@dataclass(frozen=True)
class Placed:
    """A demand whose point lies in a district. `elsewhere`: the file records another one."""

    demand: Demand
    place: Place | None
    elsewhere: bool


@dataclass
class Batch:
    """Lines by table, ready to be sent."""

    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    placed: list[Placed] = field(default_factory=list)


class Unusual(Exception):
    """This demand does not go the usual way: the actions know what becomes of it."""


class Composer:
    """The rows of one city's demands."""

    def __init__(self, city: City) -> None:
        self.city, agency = city, city.agency.pk
        self._almanac, self._letters = Almanac(city.agency.warn_fractions), Letters()
        self._routes: dict[Any, tuple[Area, int]] = {}
        self.tables = {
            "case": Table(
                Case, "id", "protocol", "access_hash", "service_id", "service_version_id", "kind", "channel",
                "external_id", "state", "next_actor", "area_id", "deadline_id", "version", "answers", "address",
                "place_id", "lat", "lon", "h3", "opened_at", "closed_at", "outcome", agency_id=agency, locale=LOCALE,
            ),
            "deadline": Table(
                Deadline, "id", "case_id", "kind", "rule_slug", "rule_version", "amount", "unit", "started_at",
                "original_due_at", "due_at", "state", "stopped_at", "breached_at", "snapshot_id", "explanation",
                "next_alarm_at", "next_level", agency_id=agency, warn_fractions=list(city.agency.warn_fractions),
            ),
            "order": Table(
                WorkOrder, "id", "case_id", "number", "area_id", "rule_id", "state", "deadline_id", "issued_at",
                "ended_at", "version", agency_id=agency,
            ),
            "remark": Table(Remark, "id", "case_id", "text", "at", kind="reason", author_kind="system"),
            "report": Table(
                AreaReport, "id", "order_id", "outcome", "text", "filed_at", "reviewed_at", verdict="accepted"
            ),
            "answer": Table(
                Answer, "id", "case_id", "outcome", "subject", "body", "drafted_at", "sent_at", "attempted_at", number=1
            ),
            "message": Table(
                Message, "case_id", "answer_id", "subject", "body", "template_version", "key", "created_at",
                agency_id=agency, purpose="answer", locale=LOCALE,
            ),
            "alarm": Table(Alarm, "deadline_id", "at", level="breach", round=0),
            "event": Table(Event, "at", "kind", "case_id", "data", agency_id=agency, actor_kind="system"),
        }  # fmt: skip

    def usual(self, demand: Demand, place: Place | None) -> tuple[Area, int]:
        """(area, rule) that the matrix chooses. Unusual when this demand takes a way of its own."""
        service = self.city.services[demand.service]
        key = (service.pk, demand.kind, place.pk if place else None)
        if key not in self._routes:
            rules = candidates(service=service, kind=demand.kind)
            decided = route(service=service, place=place, kind=demand.kind, rules=rules)
            if decided.area is None or decided.rule is None or demand.kind not in service.kinds:
                raise Unusual
            self._routes[key] = (decided.area, decided.rule.pk)
        area, rule = self._routes[key]
        ruled, acting = self.city.areas[self.city.ruled[demand.service]], self.city.areas[demand.body]
        if area.pk != ruled.pk or not acting.is_active or not service.allows_anonymous:
            raise Unusual
        return area, rule

    def compose(self, placed: Sequence[Placed]) -> Batch:
        """The rows of demands that go the usual way. Takes their ids and protocol numbers."""
        batch, ids = Batch(placed=list(placed)), _Ids()
        moved = sum(self._moved(one.demand) for one in placed)
        ended = sum(one.demand.found_at is not None for one in placed)
        informed = sum(one.demand.found_at is not None and one.demand.ending != "refused" for one in placed)
        ids.take(Case, len(placed))
        ids.take(Deadline, 2 * len(placed) + moved)
        ids.take(WorkOrder, len(placed) + moved)
        ids.take(Remark, moved)
        ids.take(Answer, ended)
        ids.take(AreaReport, informed)
        years = Counter(timezone.localtime(one.demand.opened_at).year for one in placed)
        numbers = {year: iter(next_protocols(year, count)) for year, count in years.items()}
        nobodys = os.urandom(32 * len(placed)).hex()  # an access code that nobody was given opens nothing
        for n, one in enumerate(placed):
            protocol = next(numbers[timezone.localtime(one.demand.opened_at).year])
            Life(self, batch.lines, ids, one, protocol, nobodys[64 * n : 64 * n + 64]).compose()
        return batch

    def _moved(self, demand: Demand) -> bool:
        return self.city.ruled[demand.service] != demand.body

    def send(self, batch: Batch, cursor: psycopg.Cursor[Any]) -> None:
        """COPY each table's lines; foreign keys, indexes and triggers are live, the keys are checked at the commit."""
        for name, table in self.tables.items():
            table.copy(cursor, batch.lines[name])


class _Ids:
    def __init__(self) -> None:
        self._left: dict[type[models.Model], Iterator[int]] = {}

    def take(self, model: type[models.Model], count: int) -> None:
        with connection.cursor() as cursor:
            sequence = columns_of(model).sequence
            cursor.execute(f"SELECT nextval('{sequence}') FROM generate_series(1, %s)", [count])  # noqa: S608
            self._left[model] = iter(sorted(number for (number,) in cursor.fetchall()))

    def next(self, model: type[models.Model]) -> int:
        return next(self._left[model])


class Life:
    """One demand from its opening to where the file leaves it, in the order in which the actions tell it."""

    def __init__(
        self, composer: Composer, lines: dict[str, list[str]], ids: _Ids, one: Placed, protocol: str, nobodys: str
    ) -> None:
        self.c, self.lines, self.ids, self.one, self.d = composer, lines, ids, one, one.demand
        self.protocol, self.nobodys = protocol, nobodys
        self.service: Service = composer.city.services[self.d.service]
        self.opened = self.d.opened_at.isoformat()
        self.found = self.d.found_at.isoformat() if self.d.found_at else NULL
        self.dates: Dates = composer._almanac.of(self.service, self.d.opened_at)
        self.id = ids.next(Case)
        self.version = 2  # written, and dispatched

    def _add(self, table: str, *row: Any) -> None:
        self.lines[table].append(self.c.tables[table].line(*row))

    def _tell(self, at: str, kind: str, data: str) -> None:
        self._add("event", at, kind, self.id, data)

    def compose(self) -> None:
        rule: int | None
        area, rule = self.c.usual(self.d, self.one.place)
        answer = self.ids.next(Deadline)
        self._started(answer, "answer", self.dates.answer)
        data = json.dumps({"kind": self.d.kind, "channel": self.d.channel, "service_id": self.service.pk})
        self._tell(self.opened, "CaseOpened", text(data))
        self._tell(self.opened, "CaseDispatched", f'{{"area_id": {area.pk}, "rule_id": {rule}}}')
        order, clock = self._issue(area, rule)
        number = 1
        if self.c._moved(self.d):
            area, order, clock = self._transfer(area, order, clock, rule)
            rule, number = None, 2
        if self.d.found_at is None:
            self._deadline(answer, "answer", self.dates.answer, "")
            self._deadline(clock, "order", self.dates.area, "")
            self._order(order, number, area, rule, "issued", clock, NULL, 1)
        elif self.d.ending == "refused":
            self._refuse(area, rule, order, number, clock, answer)
        else:
            self._inform(area, rule, order, number, clock, answer)
        self._case(area, answer)

    def _started(self, deadline: int, kind: str, clock: Clock) -> None:
        data = f'"kind": "{kind}", "rule": "{clock.rule.slug}", "due_at": "{clock.due}", "deadline_id": {deadline}'
        self._tell(self.opened, "DeadlineStarted", f"{{{data}}}")

    def _issue(self, area: Area, rule: int | None) -> tuple[int, int]:
        clock, order = self.ids.next(Deadline), self.ids.next(WorkOrder)
        self._started(clock, "order", self.dates.area)
        data = f'{{"area_id": {area.pk}, "rule_id": {rule or "null"}, "order_id": {order}}}'
        self._tell(self.opened, "OrderIssued", data)
        return order, clock

    def _transfer(self, area: Area, order: int, clock: int, rule: int | None) -> tuple[Area, int, int]:
        """The file names another body than the matrix: the first order ends where it begins."""
        other, remark = self.c.city.areas[self.d.body], self.ids.next(Remark)
        words = required(ELSEWHERE.format(body=self.d.body), field="reason", most=MAX_WORDS)
        self._add("remark", remark, self.id, text(words), self.opened)
        data = f'{{"area_id": {other.pk}, "remark_id": {remark}, "from_area_id": {area.pk}}}'
        self._tell(self.opened, "CaseTransferred", data)
        self._stop(clock, "order", self.dates.area, self.opened, late=False)
        self._tell(self.opened, "OrderCancelled", f'{{"order_id": {order}}}')
        self._order(order, 1, area, rule, "cancelled", clock, self.opened, 2)
        self.version += 1
        return (other, *self._issue(other, None))

    def _inform(self, area: Area, rule: int | None, order: int, number: int, clock: int, answer: int) -> None:
        outcome, found_at = self.d.ending, self.d.found_at
        words = self.c._letters.cleaned(REPORT.format(body=self.d.body, day=found_at))
        report, reply = self.ids.next(AreaReport), self.ids.next(Answer)
        self._tell(self.found, "OrderAccepted", f'{{"order_id": {order}}}')
        self._stop(clock, "order", self.dates.area, self.found)
        ids = f'"order_id": {order}, "report_id": {report}'
        self._tell(self.found, "OrderReported", f'{{"outcome": "{outcome}", {ids}}}')
        self._tell(self.found, "ReportReceived", f'{{"outcome": "{outcome}"}}')
        self._tell(self.found, "OrderDone", f"{{{ids}}}")
        self._tell(self.found, "AnswerDrafted", f'{{"outcome": "{outcome}", "answer_id": {reply}}}')
        self._order(order, number, area, rule, "done", clock, self.found, 4)
        self._add("report", report, order, outcome, text(words), self.found, self.found)
        known = (self.protocol, self.dates, self.d.opened_at)
        subject, body = self.c._letters.answer(self.service, area, self.d.kind, outcome, words, *known)
        self.version += 3  # reported, accepted as an answer, sent; and answered
        self._close(area, answer, reply, outcome, subject, body)

    def _refuse(self, area: Area, rule: int | None, order: int, number: int, clock: int, answer: int) -> None:
        reply = self.ids.next(Answer)
        words = self.c._letters.cleaned(REFUSALS[self.d.status].format(day=self.d.found_at))
        self._tell(self.found, "CaseRefused", f'{{"answer_id": {reply}}}')
        self._stop(clock, "order", self.dates.area, self.found)
        self._tell(self.found, "OrderCancelled", f'{{"order_id": {order}}}')
        self._order(order, number, area, rule, "cancelled", clock, self.found, 2)
        self.version += 1
        self._close(area, answer, reply, "refused", "", words)

    def _close(self, area: Area, answer: int, reply: int, outcome: str, subject: str, body: str) -> None:
        """The answer stands on the demand's page, and that is its delivery."""
        known = (self.protocol, self.dates, self.d.opened_at)
        title, letter, version = self.c._letters.cover(self.service, area, self.d.kind, outcome, subject, *known)
        self._tell(self.found, "AnswerSent", f'{{"outcome": "{outcome}", "answer_id": {reply}}}')
        late = self._stop(answer, "answer", self.dates.answer, self.found)
        data = f'"outcome": "{outcome}", "answer_id": {reply}, "within_deadline": {"false" if late else "true"}'
        self._tell(self.found, "CaseClosed", f"{{{data}}}")
        self._add("answer", reply, self.id, outcome, text(subject), text(body), self.found, self.found, self.found)
        words = crypto.encrypt(letter.replace(WORDS, body))
        edited = NULL if version is None else version
        self._add("message", self.id, reply, text(title[:200]), words, edited, f"answer:{reply}", self.found)
        self.version += 1

    def _stop(self, deadline: int, kind: str, clock: Clock, at: str, late: bool | None = None) -> bool:
        """End a clock; whether its date had passed."""
        if late is None:
            assert self.d.found_at is not None
            late = self.d.found_at > clock.due_at
        if late:
            self._add("alarm", deadline, at)
            data = f'"kind": "{kind}", "due_at": "{clock.due}", "deadline_id": {deadline}'
            self._tell(at, "DeadlineBreached", f"{{{data}}}")
        met = "false" if late else "true"
        self._tell(at, "DeadlineStopped", f'{{"met": {met}, "kind": "{kind}", "deadline_id": {deadline}}}')
        self._deadline(deadline, kind, clock, at, late)
        return late

    def _deadline(self, deadline: int, kind: str, clock: Clock, stopped: str, late: bool = False) -> None:
        alarm = (NULL, "") if stopped else self.c._almanac.first_alarm(self.dates, clock, self.d.opened_at)
        local = self.dates.calendar.local(self.d.opened_at).isoformat()
        steps = f'[{{"key": "received", "params": {{"at": "{local}"}}}}, {clock.steps}'
        self._add(
            "deadline", deadline, self.id, kind, clock.rule.slug, clock.rule.version, clock.amount, clock.rule.unit,
            self.opened, clock.due, clock.due, "stopped" if stopped else "running", stopped or NULL,
            clock.due if late else NULL, self.dates.snapshot, steps, *alarm,
        )  # fmt: skip

    def _order(
        self, order: int, number: int, area: Area, rule: int | None, state: str, clock: int, ended: str, version: int
    ) -> None:
        ruled = NULL if rule is None else rule
        self._add("order", order, self.id, number, area.pk, ruled, state, clock, self.opened, ended, version)

    def _case(self, area: Area, answer: int) -> None:
        d, open_ = self.d, self.d.found_at is None
        own = {code: value for code, value in (("setor", d.sector), ("quadra", d.block)) if value}
        self._add(
            "case", self.id, self.protocol, "\\\\x" + self.nobodys, self.service.pk,
            self.service.current_id, d.kind, text(d.channel), d.key, "working" if open_ else "closed",
            "area" if open_ else "", area.pk, answer, self.version, text(json.dumps(own, ensure_ascii=False)),
            text(d.address), self.one.place.pk if self.one.place else NULL, repr(d.lat), repr(d.lon),
            h3_cell(d.lat, d.lon), self.opened, self.found, "" if open_ else d.ending,
        )  # fmt: skip
