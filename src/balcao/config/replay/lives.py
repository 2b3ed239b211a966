"""One demand from its opening to where the file leaves it, in the order in which the actions tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from balcao.cases.models import Answer, Case, Remark
from balcao.cases.words import MAX_WORDS, required
from balcao.catalog.models import Service
from balcao.citizens.models import ContactPoint, Person
from balcao.clocks.models import Alarm, Deadline
from balcao.inbox.models import Message
from balcao.organization.models import Agency, Area
from balcao.platform.models import Event
from balcao.workorders.models import AreaReport, WorkOrder

from .dates import Dates
from .letters import Writing
from .matters import Unusual
from .shapes import MARKS as OWN
from .shapes import Form, as_written
from .tables import NULL, Table, text

TITLE = 150  # characters of a subject that surely fit into 200 once its marks are filled in


@dataclass(frozen=True)
class Way:
    """What decides which rows a demand has: demands of one way differ in their own values only."""

    service: Service
    kind: str
    area: Area | None
    """The one that the matrix chose; None: triage was to choose."""
    rule: int | None
    """By which the matrix chose."""
    body: Area | None
    """Who acted, or acts; where the matrix chose another, the demand was transferred. None: nobody chose anyone."""
    reason: str
    """Of the transfer."""
    ending: str
    """ "" is still open."""
    quoted: bool
    """Its own words are the answer; else they are a report within our letter."""
    late: bool
    """Answered after its date; if open, its date has passed."""
    late_area: bool
    """The same of its order's date."""
    named: bool
    """Who asked has told a name."""
    sealed: bool

    @property
    def moved(self) -> bool:
        return self.area is not None and self.body is not None and self.area.pk != self.body.pk


@dataclass(frozen=True)
class Shape:
    """The rows of a way as forms by table, the letter that brings the answer, and how many ids they take."""

    rows: Mapping[str, Form]
    letter: Form | None
    orders: int
    moved: bool
    ended: bool
    reported: bool
    framed: int
    """Characters around the own words of the answer."""


def tables_of(agency: Agency, locale: str) -> dict[str, Table]:
    """The columns that a life fills, in an order in which each foreign key finds its row."""
    key = agency.pk
    return {
        "person": Table(
            Person, "id", "nature", "name", "document_kind", "document", "document_hash", agency_id=key, locale=locale
        ),
        "contact": Table(ContactPoint, "id", "person_id", "kind", "value", "value_hash"),
        "deadline": Table(
            Deadline, "id", "case_id", "kind", "rule_slug", "rule_version", "amount", "unit", "started_at",
            "original_due_at", "due_at", "state", "stopped_at", "breached_at", "snapshot_id", "explanation",
            "next_alarm_at", "next_level", agency_id=key, warn_fractions=list(agency.warn_fractions),
        ),
        "case": Table(
            Case, "id", "protocol", "access_hash", "service_id", "service_version_id", "kind", "channel",
            "external_id", "state", "next_actor", "area_id", "deadline_id", "version", "description", "answers",
            "address", "place_id", "lat", "lon", "h3", "reporter_id", "said_name", "priority", "sealed", "contact_id",
            "opened_at", "closed_at", "outcome", agency_id=key, locale=locale,
        ),
        "order": Table(
            WorkOrder, "id", "case_id", "number", "area_id", "rule_id", "state", "deadline_id", "issued_at",
            "ended_at", "version", agency_id=key,
        ),
        "remark": Table(Remark, "id", "case_id", "text", "at", kind="reason", author_kind="system"),
        "report": Table(
            AreaReport, "id", "order_id", "outcome", "text", "impossible_because", "filed_at", "reviewed_at",
            verdict="accepted",
        ),
        "answer": Table(
            Answer, "id", "case_id", "outcome", "subject", "body", "drafted_at", "sent_at", "attempted_at", number=1
        ),
        "message": Table(
            Message, "case_id", "answer_id", "subject", "body", "template_version", "key", "created_at",
            agency_id=key, purpose="answer", locale=locale,
        ),
        "alarm": Table(Alarm, "deadline_id", "at", level="breach", round=0),
        "event": Table(Event, "at", "kind", "case_id", "data", agency_id=key, actor_kind="system"),
    }  # fmt: skip


class Life:
    """The rows of a way, with marks where a demand's own values stand. Unusual when its words may not fit.

    Of `dates`, those of one of its demands, only the rules and the amounts are the way's."""

    def __init__(self, tables: Mapping[str, Table], way: Way, dates: Dates, locale: str) -> None:
        self.tables, self.way, self.dates = tables, way, dates
        self.writing = Writing(
            way.service, way.body, way.kind, way.ending, dates.snapshot, locale, way.named, way.sealed
        )
        self.lines: dict[str, list[str]] = defaultdict(list)
        self.letter: Form | None = None
        self.framed = 0
        self.found = OWN.found if way.ending else NULL
        self.version = 1  # written

    def _add(self, table: str, *row: Any) -> None:
        self.lines[table].append(self.tables[table].line(*row))

    def _tell(self, at: str, kind: str, data: str) -> None:
        self._add("event", at, kind, OWN.case, data)

    def shape(self) -> Shape:
        way, rule = self.way, self.way.rule
        self._started(OWN.answer_clock, "answer")
        data = f'{{"kind": "{way.kind}", "channel": {OWN.channel_told}, "service_id": {way.service.pk}}}'
        self._tell(OWN.opened, "CaseOpened", data)
        order, clock, number = OWN.order, OWN.clock, 1
        if (first := way.area or way.body) is not None:
            self._tell(OWN.opened, "CaseDispatched", f'{{"area_id": {first.pk}, "rule_id": {rule or "null"}}}')
            self.version += 1
            self._issue(first, rule, order, clock)
        if way.moved:
            self._transfer()
            order, clock, number = OWN.order_2, OWN.clock_2, 2
        ruled = NULL if way.moved or rule is None else str(rule)
        if not way.ending:
            self._wait(ruled, order, number, clock)
        elif way.ending == "refused":
            self._refuse(ruled, order, number, clock)
        else:
            self._inform(ruled, order, number, clock)
        self._case()
        rows = {name: Form("".join(lines)) for name, lines in self.lines.items()}
        orders = 0 if first is None else number
        return Shape(rows, self.letter, orders, way.moved, bool(way.ending), "report" in rows, self.framed)

    def _started(self, deadline: str, kind: str) -> None:
        clock, due = self._clock(kind)
        data = f'"kind": "{kind}", "rule": "{clock.rule.slug}", "due_at": "{due}", "deadline_id": {deadline}'
        self._tell(OWN.opened, "DeadlineStarted", f"{{{data}}}")

    def _clock(self, kind: str) -> tuple[Any, str]:
        return (self.dates.answer, OWN.answer_due) if kind == "answer" else (self.dates.area, OWN.area_due)

    def _issue(self, area: Area, rule: int | None, order: str, clock: str) -> None:
        self._started(clock, "order")
        data = f'{{"area_id": {area.pk}, "rule_id": {rule or "null"}, "order_id": {order}}}'
        self._tell(OWN.opened, "OrderIssued", data)

    def _transfer(self) -> None:
        """The file names another body than the matrix: the first order ends where it begins."""
        area, other = self.way.area, self.way.body
        assert area is not None and other is not None
        words = required(self.way.reason, field="reason", most=MAX_WORDS)
        self._add("remark", OWN.remark, OWN.case, text(words), OWN.opened)
        data = f'{{"area_id": {other.pk}, "remark_id": {OWN.remark}, "from_area_id": {area.pk}}}'
        self._tell(OWN.opened, "CaseTransferred", data)
        self._stop(OWN.clock, "order", OWN.opened, late=False)
        self._tell(OWN.opened, "OrderCancelled", f'{{"order_id": {OWN.order}}}')
        self._order(OWN.order, 1, area, str(self.way.rule), "cancelled", OWN.clock, OWN.opened, 2)
        self.version += 1
        self._issue(other, None, OWN.order_2, OWN.clock_2)

    def _wait(self, rule: str, order: str, number: int, clock: str) -> None:
        """Still open. That a date has passed stands in its history when it did."""
        if self.way.late:
            self._breached(OWN.answer_clock, "answer", OWN.answer_breach)
        self._deadline(OWN.answer_clock, "answer", NULL, self.way.late)
        if self.way.body is not None:
            if self.way.late_area:
                self._breached(clock, "order", OWN.area_breach)
            self._deadline(clock, "order", NULL, self.way.late_area)
            self._order(order, number, self.way.body, rule, "issued", clock, NULL, 1)

    def _inform(self, rule: str, order: str, number: int, clock: str) -> None:
        way, outcome = self.way, self.way.ending
        drafted = f'{{"outcome": "{outcome}", "answer_id": {OWN.reply}}}'
        subject, body = "", OWN.words
        if way.body is not None:
            self._tell(self.found, "OrderAccepted", f'{{"order_id": {order}}}')
            self._stop(clock, "order", self.found, late=way.late_area)
            ids = f'"order_id": {order}, "report_id": {OWN.report}'
            self._tell(self.found, "OrderReported", f'{{"outcome": "{outcome}", {ids}}}')
            self._tell(self.found, "ReportReceived", f'{{"outcome": "{outcome}"}}')
            self._tell(self.found, "OrderDone", f"{{{ids}}}")
            self._tell(self.found, "AnswerDrafted", drafted)
            self._order(order, number, way.body, rule, "done", clock, self.found, 4)
            because = OWN.brief if outcome == "impossible" else ""
            self._add("report", OWN.report, order, outcome, OWN.brief, because, self.found, self.found)
            self.version += 2  # reported, accepted as an answer
            if not way.quoted:
                subject, body = self.writing.answer()
        if way.quoted or way.body is None:  # the very words, not our letter around them
            self._tell(self.found, "AnswerDrafted", drafted)
            self.version += 1
        self.version += 1  # sent
        self._close(subject, body)

    def _refuse(self, rule: str, order: str, number: int, clock: str) -> None:
        self._tell(self.found, "CaseRefused", f'{{"answer_id": {OWN.reply}}}')
        if self.way.body is not None:
            self._stop(clock, "order", self.found, late=self.way.late_area)
            self._tell(self.found, "OrderCancelled", f'{{"order_id": {order}}}')
            self._order(order, number, self.way.body, rule, "cancelled", clock, self.found, 2)
        self.version += 1
        self._close("", OWN.words)

    def _close(self, subject: str, body: str) -> None:
        """The answer stands on the demand's page, and that is its delivery."""
        way, outcome = self.way, self.way.ending
        title, letter, version = self.writing.cover(subject, body)
        if len(title) > TITLE:
            raise Unusual
        self.framed = len(body)
        self._tell(self.found, "AnswerSent", f'{{"outcome": "{outcome}", "answer_id": {OWN.reply}}}')
        self._stop(OWN.answer_clock, "answer", self.found, late=way.late)
        within = "false" if way.late else "true"
        data = f'"outcome": "{outcome}", "answer_id": {OWN.reply}, "within_deadline": {within}'
        self._tell(self.found, "CaseClosed", f"{{{data}}}")
        said = text(subject), text(body)
        self._add("answer", OWN.reply, OWN.case, outcome, *said, self.found, self.found, self.found)
        edited = NULL if version is None else version
        key = f"answer:{OWN.reply}"
        self._add("message", OWN.case, OWN.reply, text(title), OWN.letter, edited, key, self.found)
        self.letter = Form(as_written(letter))
        self.version += 1

    def _stop(self, deadline: str, kind: str, at: str, *, late: bool) -> None:
        """End a clock. `late`: its date had passed."""
        if late:
            self._breached(deadline, kind, at)
        met = "false" if late else "true"
        self._tell(at, "DeadlineStopped", f'{{"met": {met}, "kind": "{kind}", "deadline_id": {deadline}}}')
        self._deadline(deadline, kind, at, late)

    def _breached(self, deadline: str, kind: str, at: str) -> None:
        self._add("alarm", deadline, at)
        data = f'"kind": "{kind}", "due_at": "{self._clock(kind)[1]}", "deadline_id": {deadline}'
        self._tell(at, "DeadlineBreached", f"{{{data}}}")

    def _deadline(self, deadline: str, kind: str, stopped: str, late: bool = False) -> None:
        clock, due = self._clock(kind)
        runs = stopped == NULL
        steps, alarm = OWN.area_steps, (OWN.area_alarm, OWN.area_level)
        if kind == "answer":
            steps, alarm = OWN.answer_steps, (OWN.answer_alarm, OWN.answer_level)
        self._add(
            "deadline", deadline, OWN.case, kind, clock.rule.slug, clock.rule.version, clock.amount, clock.rule.unit,
            OWN.opened, due, due, "running" if runs else "stopped", stopped, due if late else NULL, OWN.snapshot,
            f'[{{"key": "received", "params": {{"at": "{OWN.local}"}}}}, {steps}', *(alarm if runs else (NULL, "")),
        )  # fmt: skip

    def _order(
        self, order: str, number: int, area: Area, rule: str, state: str, clock: str, ended: str, version: int
    ) -> None:
        self._add("order", order, OWN.case, number, area.pk, rule, state, clock, OWN.opened, ended, version)

    def _case(self) -> None:
        way, area = self.way, self.way.body
        state, actor = ("closed", "") if way.ending else ("working", "area") if area else ("triage", "triage")
        self._add(
            "case", OWN.case, OWN.protocol, "\\\\x" + OWN.secret, way.service.pk, way.service.current_id, way.kind,
            OWN.channel, OWN.key, state, actor, area.pk if area else NULL, OWN.answer_clock, self.version,
            OWN.description, OWN.answers, OWN.address, OWN.place, OWN.lat, OWN.lon, OWN.cell, OWN.reporter,
            OWN.said_name, OWN.priority, "t" if way.sealed else "f", OWN.contact, OWN.opened, self.found, way.ending,
        )  # fmt: skip
