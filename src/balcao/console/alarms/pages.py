"""The alarms that rang: those for which somebody still waits first, by area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from balcao.cases.models import Case
from balcao.clocks.models import Alarm
from balcao.console.orders.board import read_filter, tabs
from balcao.console.paging import cursor_of, read_cursor, with_query
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.platform.actors import Actor
from balcao.web.formatting import protocol, when
from balcao.web.templatetags.web import badge, deadline
from balcao.workorders import queries

PAGE = 40


@staff_page("order.read", "case.read")
def alarms(request: StaffRequest) -> HttpResponse:
    """`?show=past` lists those whose clock has stopped, the newest first."""
    actor, now = request.actor, timezone.now()
    area, past = read_filter(request).area, request.GET.get("show") == "past"
    rows = _page(request, past, area)
    cases = queries.cases_of(actor, rows[:PAGE])
    areas = queries.areas_of(actor)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    told = [(alarm, cases.get(alarm.deadline.case_id or 0)) for alarm in rows[:PAGE]]
    shown = [{"alarm": alarm, "case": case} for alarm, case in told if case is not None]
    context = {
        "now": now,
        "past": past,
        "rows": shown,
        "cards": Cards(actor, now, past=past)(shown),
        "next": with_query(request, after=cursor_of(None if past else last.deadline.due_at, last.pk)) if last else "",
        "first": with_query(request, after=None) if "after" in request.GET else "",
        "area_field": {
            "name": "area",
            "label": _("Area"),
            "type": "select",
            "value": area or "",
            "options": [("", _("All areas")), *((a.pk, a.name) for a in areas)],
        },
        "filter_count": 1 if area else 0,
        "tabs": tabs(request, "alarms"),
        "views": [
            {"label": _("Ringing"), "href": with_query(request, show=None, after=None), "current": not past},
            {"label": _("Past"), "href": with_query(request, show="past", after=None), "current": past},
        ],
        "part_href": with_query(request, part="list"),
    }
    template = "_list.html" if request.GET.get("part") == "list" else "list.html"
    return render(request, f"console/alarms/{template}", context)


def _page(request: StaffRequest, past: bool, area: int | None) -> Sequence[Alarm]:
    after = read_cursor(request)
    if past:
        found = queries.past_alarms(request.actor, area)
        return list((found.filter(pk__lt=after[1]) if after else found)[: PAGE + 1])
    return queries.open_alarms_page(request.actor, area, size=PAGE + 1, after=after)


class Cards:
    """Draws what rang, for one reader at one moment, in the language of the moment."""

    def __init__(self, actor: Actor, now: datetime, *, past: bool) -> None:
        self.cases_read, self.now, self.past = "case.read" in actor.permissions, now, past
        self.answer, self.order, self.triage = _("Answer to the person"), _("Order to the area"), _("Triage")
        self.rang, self.paused = _("rang"), badge(_("Clock paused"), tone="warning", icon="pause")

    def __call__(self, rows: Iterable[Mapping[str, Any]]) -> SafeString:
        return SafeString("\n".join(self._card(row["alarm"], row["case"]) for row in rows))

    def _card(self, alarm: Alarm, case: Case) -> str:
        pk, clock = f"alarm{alarm.pk}", alarm.deadline
        href = f"/console/cases/{case.pk}/" if self.cases_read else "/console/orders/?overdue=1"
        whose = self.answer if clock.kind == "answer" else self.order
        date = self.paused if clock.state == "paused" else "" if self.past else deadline(clock.due_at, now=self.now)
        return (
            f'<li class="order-card"><p class="order-card-title"><a href="{href}" id="{pk}"'
            f' aria-labelledby="{pk} {pk}-no">{escape(case.service.name)}</a></p>'
            f'<p class="cluster">{_rung(alarm.level)}{date}</p><p class="order-card-foot small muted">'
            f'<span class="protocol" id="{pk}-no">{escape(protocol(case.protocol))}</span><span>{escape(whose)}</span>'
            f"<span>{escape(case.area.name if case.area else self.triage)}</span>"
            f"<span>{escape(self.rang)} {when(alarm.at, self.now)}</span></p></li>"
        )


def _rung(level: str) -> SafeString:
    """How far it has come, in words."""
    step, _sep, number = level.partition("-")
    words = {
        "warning": _("%(n)s%% of the time has passed") % {"n": number},
        "breach": _("The date has passed"),
        "escalation": _("Nobody moved: told one manager further up (%(n)s)") % {"n": number},
    }
    return badge(words.get(step, level), tone="warning" if step == "warning" else "danger", icon="bell")


@staff_page("order.read", "case.read")
def bell(request: StaffRequest) -> HttpResponse:
    """What stands within the bell: how many clocks ring for this reader. Fetched again when an alarm rings."""
    return render(request, "web/_bell.html", {"n": queries.ringing(request.actor)})
