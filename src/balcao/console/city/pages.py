"""`/console/city/`: the operation at a glance, on a wall and on a phone. What is filtered stands in the address."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from balcao.console.cases.filters import CHANNELS, Listing
from balcao.console.cases.names import names_of
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.models import Place
from balcao.platform.search import SortKey

from .board import DIMENSIONS, Board, query_of, shown_filters

LIVE = "CaseOpened CaseClosed CaseReopened CaseDispatched CaseTransferred CaseGivenBack OrderIssued OrderReported"
LIVE += " DeadlineBreached"


@require_safe
@staff_page("case.read")
def city(request: StaffRequest) -> HttpResponse:
    """Map and board. `?part=1` is the board without its frame, for the live refresh; `?wall=1` fills a screen;
    `?day=` looks back at another day's hours and hot spots."""
    now, agency_id = timezone.now(), request.actor.agency_id or 0
    given = {name: request.GET.get(name, "") for name in DIMENSIONS}
    listing = Listing.of(request.actor, given | {"show": "open"})
    day = _day(request) or timezone.localtime(now).date()
    wall = "wall" in request.GET
    kept = {name: listing.values.get(name, "") for name in DIMENSIONS} | {"day": request.GET.get("day", "")[:10]}
    context = Board(listing, now, day).fill()
    context |= {
        "now": now,
        "day": day,
        "wall": wall,
        "live_on": LIVE,
        "part_url": f"?{query_of({**kept, 'part': '1'})}",
        "wall_url": f"?{query_of({**kept, 'wall': '1'})}",
        "page_url": f"?{query_of(kept)}",
        "active": len([name for name in DIMENSIONS if name in listing.values]) + bool(kept["day"]),
    }
    if "part" in request.GET:
        return render(request, "console/city/_board.html", context)
    names = names_of(request.actor.agency_id)
    choices = {
        "service": list(names.service.items()),
        "area": list(names.area.items()),
        "place": list(
            Place.objects.filter(agency_id=agency_id, kind=Place.Kind.DISTRICT)
            .order_by(SortKey("name"))
            .values_list("pk", "name")
        ),
        "channel": list(CHANNELS.items()),
    }
    context["fields"] = shown_filters(listing, choices)  # type: ignore[arg-type]
    return render(request, "console/city/wall.html" if wall else "console/city/city.html", context)


def _day(request: HttpRequest) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None
