"""The area reports, the reviewer decides, and an accepted report drafts the citizen's answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from balcao.cases.actions import draft_answer, report_received, report_sent_back
from balcao.cases.letters import case_letter
from balcao.cases.models import Answer, Case
from balcao.cases.promises import start_area_clock
from balcao.cases.words import required
from balcao.catalog.models import Outcome
from balcao.clocks.actions import stop_deadline
from balcao.platform import rows
from balcao.platform.action import action, running
from balcao.platform.actors import Actor
from balcao.platform.errors import IllegalMove, Invalid
from balcao.platform.models import StoredFile
from balcao.platform.standing import standing

from ..events import OrderDone, OrderReported, OrderSentBack
from ..models import AreaReport, ReportPhoto, WorkOrder
from ..moving import locked, move, unchanged
from .working import tell

REPORTABLE = [outcome for outcome in Outcome.values if outcome != Outcome.REFUSED]


@action
def file_report(
    *,
    actor: Actor,
    order: WorkOrder,
    outcome: str,
    text: str,
    impossible_because: str = "",
    photos: Mapping[str, Iterable[StoredFile]] | None = None,
    key: UUID | None = None,
    version: int | None = None,
    now: datetime | None = None,
) -> AreaReport:
    """File what was done, with photos by moment ("before", "after"). "Not possible" needs its because.

    The area's own clock stops here; a report sent back gives the order a new one. `key` comes from the form: when the
    connection broke after the report had arrived, the same form sent again returns the report that is there."""
    actor.at(order.area_id).require("order.work")
    now = now or timezone.now()
    if outcome not in REPORTABLE:
        raise Invalid(_("Choose how it ended."), field="outcome")
    text = required(text, field="text")
    because = required(impossible_because, field="impossible_because") if outcome == Outcome.IMPOSSIBLE else ""
    order = locked(order, actor=actor)
    if key and (arrived := _filed_before.one(order=order.pk, key=key)):
        return arrived
    unchanged(order, version)
    order = move(order, "report")
    stop_deadline(actor=actor, deadline=order.deadline, now=now)
    report = rows.write(
        AreaReport(
            order=order,
            key=key,
            outcome=outcome,
            text=text,
            impossible_because=because,
            author_id=actor.staff_id,
            filed_at=now,
        )
    )
    ReportPhoto.objects.bulk_create(
        ReportPhoto(report=report, file=file, moment=moment)
        for moment, files in (photos or {}).items()
        for file in files
    )
    tell(OrderReported(order_id=order.pk, report_id=report.pk, outcome=outcome), order, actor, now)
    report_received(actor=actor, case=order.case, outcome=outcome, now=now)
    return report


@standing
def _filed_before(*, order: int, key: UUID) -> QuerySet[AreaReport]:
    return AreaReport.objects.filter(order_id=order, key=key).order_by()


@standing
def _to_lock(*, report: int) -> QuerySet[AreaReport]:
    return AreaReport.objects.select_for_update().filter(pk=report).order_by()


@standing
def _to_review(*, order: int) -> QuerySet[AreaReport]:
    filed = AreaReport.objects.select_for_update().filter(order_id=order, verdict=AreaReport.Verdict.FILED)
    return filed.order_by("filed_at", "pk")


def report_to_review(order: WorkOrder) -> AreaReport | None:
    """What waits for a verdict of an order that the running action holds: its row locked too, and remembered."""
    found, memory = _to_review.one(order=order.pk), running()
    if found is not None and memory is not None:
        found.order = order
        memory["report", found.pk] = found
    return found


def _under_review(report: AreaReport) -> AreaReport:
    memory = running()
    held = memory is not None and memory.get(("report", report.pk)) is report
    fresh = report if held else _to_lock.get(report=report.pk)
    if fresh.verdict != AreaReport.Verdict.FILED:
        raise IllegalMove(log=f"report {report.pk} is already {fresh.verdict}")
    return fresh


@action
def accept_report(
    *, actor: Actor, report: AreaReport, version: int | None = None, now: datetime | None = None
) -> Answer:
    """Accept: the order is done, and the answer is drafted from the template of this outcome, to be read and sent."""
    actor.at(report.order.area_id).require("report.review")
    now = now or timezone.now()
    order = locked(report.order, actor=actor, version=version)
    report = _under_review(report)
    report.verdict, report.reviewer_id, report.reviewed_at = AreaReport.Verdict.ACCEPTED, actor.staff_id, now
    rows.change(report, ["verdict", "reviewer", "reviewed_at"])
    order = move(order, "finish", ended_at=now)
    tell(OrderDone(order_id=order.pk, report_id=report.pk), order, actor, now)
    letter = case_letter(
        order.case,
        "answer",
        outcome=report.outcome,
        report=report.text,
        because=report.impossible_because,
        area=order.area.name,
        **_unnamed(order.case),
    )
    return draft_answer(
        actor=actor,
        case=order.case,
        outcome=report.outcome,
        subject=letter.subject,
        body=letter.body,
        accepting=True,
        now=now,
    )


def _unnamed(case: Case) -> dict[str, str]:
    """A sealed case's draft is read by those who may not know its author: it greets nobody by name."""
    if not case.sealed:
        return {}
    with translation.override(case.locale):
        return {"person": _("citizen")}


@action
def send_report_back(
    *, actor: Actor, report: AreaReport, note: str, version: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """Send back with a note on what is missing: the area acts again, by a new inner deadline."""
    actor.at(report.order.area_id).require("report.review")
    now = now or timezone.now()
    order = locked(report.order, actor=actor, version=version)
    report = _under_review(report)
    report.verdict, report.reviewer_id, report.reviewed_at = AreaReport.Verdict.SENT_BACK, actor.staff_id, now
    report.review_note = required(note, field="note")
    rows.change(report, ["verdict", "reviewer", "reviewed_at", "review_note"])
    deadline = start_area_clock(actor=actor, case=order.case, now=now)
    order = move(order, "send_back", deadline=deadline)
    tell(OrderSentBack(order_id=order.pk, report_id=report.pk), order, actor, now)
    report_sent_back(actor=actor, case=order.case, reason=note, now=now)
    return order
