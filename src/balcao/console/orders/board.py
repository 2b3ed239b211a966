"""An area's board, and a field agent's own day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from balcao.console.paging import cursor_of, read_cursor, with_query
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.platform.actors import Actor
from balcao.workorders import queries
from balcao.workorders.models import WorkOrder
from balcao.workorders.states import OPEN, OrderState

from .cards import Cards

EACH = 12  # orders that a column shows before "show all"
FEW = 5  # … and on a phone, where the columns stand one below the other (orders.css hides the others)
PAGE = 40
LIVE = (
    "OrderIssued OrderAccepted OrderAssigned OrderReleased OrderPlanned OrderReported OrderSentBack OrderCancelled"
    " OrderGivenBack"
)


def tabs(request: StaffRequest, current: str) -> list[dict[str, Any]]:
    """The pages of this room that the actor may open."""
    items = [("board", _("Board"), "/console/orders/", "board", "order.read")]
    if request.actor.areas_with("order.read") is not None:
        items.append(("mine", _("My orders"), "/console/orders/mine/", "user", "order.work"))
    items.append(("review", _("Reports to review"), "/console/orders/review/", "eye", "report.review"))
    items.append(("alarms", _("Alarms"), "/console/alarms/", "bell", "order.read"))
    return [
        {"label": label, "href": href, "icon": icon, "current": key == current}
        for key, label, href, icon, permission in items
        if request.actor.can(permission)
    ]


def read_filter(request: HttpRequest) -> queries.Filter:
    """The filter of the address; what makes no sense is left out."""
    return queries.Filter(
        area=_number(request.GET.get("area")),
        assignee=_number(request.GET.get("assignee")),
        overdue=request.GET.get("overdue") == "1",
        planned_for=_day(request.GET.get("planned")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


@staff_page("order.read")
def board(request: StaffRequest) -> HttpResponse:
    """The open orders of my areas, a column for each state; `?state=` shows one of them whole, page by page."""
    now, wanted = timezone.now(), read_filter(request)
    orders = queries.board(request.actor, wanted, now)
    state = request.GET.get("state", "")
    if state in OPEN:
        sums = queries.counts(orders, now)
    else:
        found, sums = queries.columns(orders, EACH, now)
    context: dict[str, Any] = {
        "now": now,
        "wanted": wanted,
        "late": sums["late"],
        "tabs": tabs(request, "board"),
        "clear": "/console/orders/",
        "overdue_href": with_query(request, overdue=None if wanted.overdue else 1, after=None),
        "live_on": LIVE,
        **_choices(request.actor, wanted),
    }
    if state in OPEN:
        context |= _one_state(request, queries.one_column(orders, state, size=PAGE + 1, after=read_cursor(request)))
        context |= {"one": OrderState(state), "count": sums[state], "back": with_query(request, state=None, after=None)}
        context["cards"] = Cards(now, areas=True)(context["orders"])
    else:
        context["columns"] = _columns(request, found, sums, Cards(now, areas=context["area_options"]))
    template = "_board.html" if request.GET.get("part") == "board" else "board.html"
    context["part_href"] = with_query(request, part="board")
    return render(request, f"console/orders/{template}", context)


def _columns(
    request: HttpRequest, found: Mapping[str, Sequence[WorkOrder]], sums: Mapping[str, int], cards: Cards
) -> list[Any]:
    words = {
        OrderState.ISSUED: (pgettext("orders in a column", "New"), _("No new order.")),
        OrderState.ACCEPTED: (pgettext("orders in a column", "Accepted"), _("Nothing accepted waits.")),
        OrderState.PLANNED: (pgettext("orders in a column", "Planned"), _("Nothing is planned.")),
        OrderState.REPORTED: (_("Under review"), _("No report is under review.")),
    }
    return [
        {
            "state": state,
            "title": title,
            "empty": empty,
            "count": sums[state],
            "orders": found[state],
            "cards": cards(found[state]),
            "all": with_query(request, state=state, part=None) if sums[state] > FEW else "",
            "whole": sums[state] <= len(found[state]),  # but for a phone
        }
        for state, (title, empty) in words.items()
    ]


def _one_state(request: HttpRequest, rows: Sequence[WorkOrder]) -> dict[str, Any]:
    shown = rows[:PAGE]
    more = len(rows) > PAGE
    return {
        "orders": shown,
        "next": with_query(request, after=cursor_of(shown[-1].deadline.due_at, shown[-1].pk)) if more else "",
        "first": with_query(request, after=None) if "after" in request.GET else "",
    }


def _choices(actor: Actor, wanted: queries.Filter) -> dict[str, Any]:
    areas = queries.areas_of(actor)
    people = queries.members_of(actor.agency_id or 0, [area.pk for area in areas])
    several = len(areas) > 1
    return {
        "area_options": several,
        "area_field": {
            "name": "area",
            "label": _("Area"),
            "type": "select",
            "value": wanted.area or "",
            "options": [("", _("All my areas")), *((area.pk, area.name) for area in areas)],
        },
        "assignee_field": {
            "name": "assignee",
            "label": _("Who does it"),
            "type": "select",
            "value": "" if wanted.assignee is None else wanted.assignee,
            "options": [("", _("Anybody")), ("0", _("Nobody yet")), *((p.pk, p.name) for p in people)],
        },
        "planned_field": {
            "name": "planned",
            "label": _("Planned for"),
            "type": "date",
            "value": wanted.planned_for.isoformat() if wanted.planned_for else "",
        },
        "overdue_field": {
            "name": "overdue",
            "label": _("Overdue only"),
            "type": "checkbox",
            "value": "1" if wanted.overdue else "",
        },
    }


@staff_page("order.work")
def mine(request: StaffRequest) -> HttpResponse:
    """Today's plan first, then what else is mine."""
    now = timezone.now()
    today = timezone.localdate(now)
    orders = queries.of_agent(request.actor)
    parts = {
        "today": [o for o in orders if o.planned_for and o.planned_for <= today],
        "later": [o for o in orders if o.planned_for and o.planned_for > today],
        "unplanned": [o for o in orders if not o.planned_for],
    }
    draw = Cards(now, big=True)
    context = parts | {
        "now": now,
        "cards": {which: draw(some) for which, some in parts.items()},
        "tabs": tabs(request, "mine"),
        "live_on": LIVE,
    }
    template = "_mine.html" if request.GET.get("part") == "mine" else "mine.html"
    return render(request, f"console/orders/{template}", context)
