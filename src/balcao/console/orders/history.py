"""What happened to an order, in sentences: its events, its reports, and the words written on its case."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from balcao.cases.models import Remark
from balcao.catalog.models import Outcome
from balcao.organization.keys import names_of_keys
from balcao.organization.models import Staff
from balcao.platform.models import Event
from balcao.workorders.models import AreaReport, WorkOrder

NEWEST = 100
OF_THE_CLOCK = ("DeadlinePaused", "DeadlineResumed", "DeadlineExtended", "DeadlineWarned", "DeadlineBreached")


def timeline(order: WorkOrder, reports: list[AreaReport]) -> list[dict[str, Any]]:
    """Entries for the timeline component, the newest first. Four queries.

    The person who asked is "the person who asked" here: this page may be read by those who may not know who it is."""
    events = Event.objects.filter(case_id=order.case_id, kind__startswith="Order", data__order_id=order.pk)
    clock = Event.objects.filter(case_id=order.case_id, kind__in=OF_THE_CLOCK, data__deadline_id=order.deadline_id)
    happened = [*events.order_by("-id")[:NEWEST], *clock.order_by("-id")[:NEWEST]]
    remarks = list(Remark.objects.filter(case_id=order.case_id).select_related("author").order_by("-at")[:NEWEST])
    ids = {e.actor_id for e in happened if e.actor_kind == "staff"}
    ids |= {e.data.get("staff_id") for e in happened if e.kind == "OrderAssigned"}
    people = Staff.objects.filter(pk__in=[i for i in ids if i], agency_id=order.agency_id)
    names = dict(people.values_list("pk", "name"))
    names |= {-pk: name for pk, name in names_of_keys(e.actor_id for e in happened if e.actor_kind == "key").items()}
    by_report = {report.pk: report for report in reports}
    entries = [_of_event(e, names, by_report, order) for e in happened] + [_of_remark(r) for r in remarks]
    return sorted(entries, key=lambda entry: entry["when"], reverse=True)


def _of_event(event: Event, names: dict[int, str], reports: dict[int, AreaReport], order: WorkOrder) -> dict[str, Any]:
    title, icon, tone = _words(event, names, order)
    report = reports.get(event.data.get("report_id", 0))
    body = report.review_note if report and event.kind == "OrderSentBack" else ""
    number = {"staff": event.actor_id or 0, "key": -(event.actor_id or 0)}.get(event.actor_kind)  # keys are below zero
    who = names.get(number, "") if number else _("Balcão")
    return {"title": title, "icon": icon, "tone": tone, "when": event.at, "body": body, "who": who}


def _words(event: Event, names: dict[int, str], order: WorkOrder) -> tuple[str, str, str]:
    data = event.data
    if event.kind == "OrderAssigned":
        return _("Given to %(name)s") % {"name": names.get(data["staff_id"], "—")}, "user", ""
    if event.kind == "OrderPlanned":
        day = date_format(date.fromisoformat(data["planned_for"]), "DATE_FORMAT")
        return _("Planned for %(day)s") % {"day": day}, "calendar", ""
    if event.kind == "OrderReported":
        return _("Report filed: %(outcome)s") % {"outcome": Outcome(data["outcome"]).label}, "clipboard", ""
    if event.kind == "DeadlineWarned":
        return _("%(n)s%% of the time has passed") % {"n": data["percent"]}, "bell", "warning"
    plain = {
        "OrderIssued": (_("Order issued to %(area)s") % {"area": order.area.name}, "inbox", ""),
        "OrderReleased": (_("Handed back to the area"), "reply", "warning"),
        "OrderAccepted": (_("Accepted by the area"), "check", ""),
        "OrderForwarded": (_("Forwarded to the other system"), "send", ""),
        "OrderCalledOff": (_("The other system was told that it is not wanted any more"), "send", ""),
        "OrderGivenBack": (_("Given back: not theirs"), "reply", "warning"),
        "OrderSentBack": (_("Report sent back"), "reply", "warning"),
        "OrderDone": (_("Report accepted"), "check-circle", "success"),
        "OrderCancelled": (_("Order cancelled"), "x", ""),
        "DeadlinePaused": (_("Clock paused"), "pause", "warning"),
        "DeadlineResumed": (_("Clock running again"), "play", ""),
        "DeadlineExtended": (_("More time given"), "clock", ""),
        "DeadlineBreached": (_("The date passed"), "alert", "danger"),
    }
    return plain.get(event.kind, (event.kind, "dot", ""))


def _of_remark(remark: Remark) -> dict[str, Any]:
    titles = {
        Remark.Kind.ADDITION: (_("The person added information"), "message"),
        Remark.Kind.QUESTION: (_("We asked the person"), "message"),
        Remark.Kind.REASON: (_("Reason"), "info"),
        Remark.Kind.NOTE: (_("Internal note"), "edit"),
    }
    title, icon = titles[Remark.Kind(remark.kind)]
    return {
        "title": title,
        "icon": icon,
        "when": remark.at,
        "body": remark.text,
        "who": remark.author.name if remark.author else "",
    }
