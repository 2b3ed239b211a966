"""What waits for a member of staff: one box for each kind of work, with its count and its first few."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case as Case_
from django.db.models import QuerySet, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from balcao.cases.models import Case, Remark
from balcao.cases.states import NextActor, State
from balcao.console.faults import words
from balcao.platform.actors import Actor
from balcao.platform.models import Fault
from balcao.platform.numbering import format_protocol
from balcao.workorders.models import WorkOrder
from balcao.workorders.states import AT_WORK, OrderState

FIRST = 5
OF_CASE = ("protocol", "address", "description", "priority", "opened_at", "deadline__due_at")
SHOWN = (*OF_CASE, "service__name", "place__name", "area__name")  # the columns of a demand's line
UNREAD = ("case__place__boundary", "case__search", "deadline__explanation")  # large, and in no line
MOST = 1000  # a box counts no further: "1,000+" is as much as a person can take in


@dataclass
class Row:
    """One line of a box."""

    href: str
    title: str
    note: str = ""
    due: Any = None
    at: datetime | None = None
    priority: bool = False
    line: str = ""  # what tells it from its neighbours: the first words of the demand
    opened: bool = False  # `at` is when the demand was opened


@dataclass
class Box:
    """A kind of work. `count` stops at MOST."""

    title: str | Promise
    href: str
    icon: str
    empty: str | Promise
    count: int = 0
    rows: list[Row] = field(default_factory=list)
    tone: str = ""

    @property
    def shown_count(self) -> str:
        return f"{MOST:,}+" if self.count > MOST else str(self.count)


def what_waits(actor: Actor, now: datetime) -> list[Box]:
    """The boxes that the actor's permissions call for, the most urgent kind first. Two queries a box."""
    cases = Case.objects.visible_to(actor)
    boxes: list[Box] = []
    if actor.can("case.read"):
        # the clock's agency is the case's; naming it lets the index `deadline_open` lead
        clock = {"deadline__agency_id": actor.agency_id, "deadline__state": "running", "deadline__due_at__lt": now}
        late = cases.open().filter(**clock).order_by("deadline__due_at", "pk")
        boxes.append(
            _cases(late, _("Overdue"), "show=open&due=overdue", "alert", _("Nothing is late. Well done."), "danger")
        )
    if actor.can("case.triage"):
        triage = _queue(cases.filter(state=State.TRIAGE))
        boxes.append(_cases(triage, _("To triage"), "show=triage", "inbox", _("Everything has been sorted.")))
    if actor.can("report.review"):
        review = _queue(cases.filter(state=State.REVIEW))
        boxes.append(_cases(review, _("Reports to review"), "show=review", "eye", _("No report waits for a review.")))
    if actor.can("report.review") or actor.can("case.triage"):
        drafts = _queue(cases.filter(state=State.DRAFTING))
        boxes.append(_cases(drafts, _("Answers to send"), "state=drafting", "send", _("No draft waits to be sent.")))
        lost = _queue(cases.filter(state=State.ANSWERING, next_actor=NextActor.TRIAGE))
        boxes.append(
            _cases(
                lost,
                _("Answers that did not arrive"),
                "show=undelivered",
                "mail",
                _("Every answer arrived."),
                "warning",
            )
        )
    if actor.areas_with("order.read"):
        boxes.append(_orders(actor))
    if actor.can("case.note"):
        boxes.append(_mentions(actor, now))
    if actor.can("faults.mend"):
        boxes.append(_faults(actor))
    return boxes


def _queue(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.order_by("priority", "opened_at", "pk")


def _cases(
    found: QuerySet[Case],
    title: str | Promise,
    query: str,
    icon: str,
    empty: str | Promise,
    tone: str = "",
) -> Box:
    rows = [
        Row(
            href=f"/console/cases/{case.pk}/?from={query.replace('&', '%26').replace('=', '%3D')}",
            title=case.service.name,
            note=" · ".join(
                filter(
                    None,
                    [
                        format_protocol(case.protocol),
                        case.place.name if case.place else case.address,
                        case.area.name if case.area else "",  # who holds it
                    ],
                )
            ),
            line=case.description,
            opened=True,
            due=case.deadline.due_at,
            at=case.opened_at,
            priority=case.priority < 9,
        )
        for case in found.select_related("service", "place", "area", "deadline").only(*SHOWN)[:FIRST]
    ]
    count = found.order_by()[: MOST + 1].count() if len(rows) == FIRST else len(rows)
    return Box(title, f"/console/cases/?{query}", icon, empty, count, rows, tone if count else "")


def _orders(actor: Actor) -> Box:
    """The orders of my areas: those given to me first, then the most urgent."""
    mine = Case_(When(assignee_id=actor.id, then=0), default=1)
    orders = (
        WorkOrder.objects.visible_to(actor).filter(state__in=[*AT_WORK]).order_by(mine, "deadline__due_at", "issued_at")
    )
    rows = [
        Row(
            href=f"/console/orders/{order.pk}/",
            title=order.case.service.name,
            line=order.case.address or (order.case.place.name if order.case.place else ""),
            note=" · ".join(
                filter(
                    None,
                    [
                        format_protocol(order.case.protocol),
                        str(OrderState(order.state).label),
                        str(_("yours")) if order.assignee_id == actor.id else "",
                    ],
                )
            ),
            due=order.deadline.due_at,
            at=order.issued_at,
        )
        for order in orders.select_related("case__service", "case__place", "deadline").defer(*UNREAD)[:FIRST]
    ]
    count = orders.order_by()[: MOST + 1].count() if len(rows) == FIRST else len(rows)
    return Box(
        _("Orders of my areas"), "/console/orders/", "clipboard", _("No order waits for your areas."), count, rows
    )


def _mentions(actor: Actor, now: datetime) -> Box:
    """Notes of the last two weeks that name me."""
    notes = (
        Remark.objects.filter(mentions=actor.id, at__gte=now - timedelta(days=14))
        .filter(case__in=Case.objects.visible_to(actor))
        .select_related("case__service", "author")
        .order_by("-at")[:FIRST]
    )
    rows = [
        Row(
            href=f"/console/cases/{note.case_id}/#r{note.pk}",
            title=note.case.service.name,
            note=f"{note.author.name if note.author else ''}: {note.text[:120]}",
            at=note.at,
        )
        for note in notes
    ]
    return Box(
        _("They mentioned you"),
        "/console/cases/?show=mentions",
        "message",
        _("Nobody has called you."),
        len(rows),
        rows,
    )


def _faults(actor: Actor) -> Box:
    open_ones = Fault.objects.filter(agency_id=actor.agency_id, ended_at=None)
    rows = [
        Row(href="/console/faults/", title=words.of(fault).title, at=fault.last_at)
        for fault in open_ones.order_by("id")[:FIRST]
    ]
    count = open_ones[: MOST + 1].count() if len(rows) == FIRST else len(rows)
    return Box(
        _("To mend"), "/console/faults/", "wrench", _("Nothing is broken."), count, rows, "warning" if count else ""
    )
