"""The alarms that rang: those for which somebody still waits first, by area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.clocks.models import Alarm
from balcao.console.orders.board import read_filter, tabs
from balcao.console.paging import cursor_of, read_cursor, with_query
from balcao.console.shell import StaffRequest, render, staff_page
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
    context = {
        "now": now,
        "past": past,
        "rows": [_row(alarm, cases) for alarm in rows[:PAGE] if alarm.deadline.case_id in cases],
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


def _row(alarm: Alarm, cases: Any) -> dict[str, Any]:
    case = cases[alarm.deadline.case_id]
    level, _sep, number = alarm.level.partition("-")
    words = {
        "warning": _("%(n)s%% of the time has passed") % {"n": number},
        "breach": _("The date has passed"),
        "escalation": _("Nobody moved: told one manager further up (%(n)s)") % {"n": number},
    }
    whose = _("Answer to the person") if alarm.deadline.kind == "answer" else _("Order to the area")
    return {
        "alarm": alarm,
        "case": case,
        "words": words.get(level, alarm.level),
        "tone": "warning" if level == "warning" else "danger",
        "whose": whose,
    }


@staff_page("order.read", "case.read")
def bell(request: StaffRequest) -> HttpResponse:
    """What stands within the bell: how many clocks ring for this reader. Fetched again when an alarm rings."""
    return render(request, "web/_bell.html", {"n": queries.ringing(request.actor)})
