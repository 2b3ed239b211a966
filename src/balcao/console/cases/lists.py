"""The list of cases: tabs, filters, search, pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Value
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from balcao.cases.paging import COUNTED, COUNTED_BY_DATE, Key, counted, page_of
from balcao.cases.states import NextActor, State
from balcao.catalog.models import Kind, Service, ServiceGroup
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.models import Area, Place
from balcao.platform.audit import log_read
from balcao.platform.search import SortKey

from .filters import CHANNELS, DUES, PRIORITIES, SHOWS, Listing

TABS = ("triage", "area", "review", "citizen", "undelivered", "open", "closed", "all")
TRIAGE_TABS = {"triage", "undelivered"}


@require_safe
@staff_page("case.read", "order.read")
def cases(request: StaffRequest) -> HttpResponse:
    """The list that the address describes: 25 a page, oldest first within legal priority."""
    listing = Listing.of(request.actor, request.GET.dict(), region=region_of(request))
    return listed(request, listing)


@require_safe
@staff_page("case.triage")
def unrouted(request: StaffRequest) -> HttpResponse:
    """The cases that no rule of the matrix catches."""
    listing = Listing.of(request.actor, {**request.GET.dict(), "show": "unrouted"}, region=region_of(request))
    return listed(request, listing, title=_("No rule catches these"))


def region_of(request: StaffRequest) -> str:
    """The country in which a phone without its code is read: the agency's."""
    agency = request.agency  # type: ignore[attr-defined]
    return agency.jurisdiction if agency else "BR"


def listed(request: StaffRequest, listing: Listing, title: str = "") -> HttpResponse:
    """At most ten queries, whatever the number of cases."""
    now = timezone.now()
    found = listing.cases(now)
    guess = listing.guess
    if guess and guess.protocol and (hit := found.first()):
        return redirect("console:case", hit.pk)
    page = page_of(
        found.select_related(
            "service", "area", "place", "deadline", "attendant", *(["reporter"] if guess and guess.people else [])
        ),
        listing.order,
        after=Key.parse(request.GET.get("after", "")),
        before=Key.parse(request.GET.get("before", "")),
    )
    of_people = bool(guess and guess.people) or "person" in listing.values
    if of_people:
        log_read(
            actor=request.actor,
            subject="case",
            ids=[case.pk for case in page.cases],
            purpose="search",
            agency_id=request.actor.agency_id,
        )
    for case in page.cases:  # a role in one area says nothing of the people of another
        here = request.actor.at(case.area_id)
        case.author_known = here.can("person.sealed" if case.sealed else "person.read")  # type: ignore[attr-defined]
    most = COUNTED_BY_DATE if "due" in listing.values else COUNTED
    total = counted(found, most) if page.next or page.previous else len(page.cases)
    context = {
        "title": title or _("Cases"),
        "listing": listing,
        "query": listing.values.get("q", ""),
        "guess": guess,
        "one_state": listing.show in ("triage", "unrouted", "citizen") and "state" not in listing.values,
        "show_people": bool(guess and guess.people and request.actor.can("person.read")),
        "page": page,
        "total": f"{most:,}+" if total > most else f"{total:,}",
        "tabs": tabs(listing),
        "fields": (fields := filter_fields(listing)),
        "chips": chips(listing, fields),
        "next_url": f"?{listing.with_(after=page.next)}" if page.next else "",
        "previous_url": f"?{listing.with_(before=page.previous)}" if page.previous else "",
        "clear_url": f"?{'show=' + listing.show if listing.active else ''}",
        "now": now,
        "row_query": listing.query or f"show={listing.show}",
    }
    return render(request, "console/cases/list.html", context)


def tabs(listing: Listing) -> list[dict[str, Any]]:
    """The views of the list, as far as they make sense for the reader. Changing the view keeps the filters."""
    triage = listing.actor.can("case.triage")
    return [
        {
            "label": SHOWS[code][0],
            "href": f"/console/cases/?{listing.with_(show=code)}",
            "current": listing.show == code,
        }
        for code in TABS
        if triage or code not in TRIAGE_TABS
    ]


def filter_fields(listing: Listing) -> list[dict[str, Any]]:
    """The filters as fields. One query for everything that can be chosen."""
    agency = listing.actor.agency_id
    choices: dict[str, list[tuple[Any, Any]]] = {"service": [], "group": [], "area": [], "place": []}
    sources = [("service", Service), ("group", ServiceGroup), ("area", Area), ("place", Place)]
    queries = [_choices(code, model, agency) for code, model in sources]
    for code, pk, name, _key in queries[0].union(*queries[1:], all=True).order_by("key", "pk"):
        choices[code].append((pk, name))
    anything = _("Any")
    lists: list[tuple[str, str, list[tuple[Any, Any]]]] = [
        ("service", _("Service"), choices["service"]),
        ("group", _("Group"), choices["group"]),
        ("area", _("Area"), choices["area"]),
        ("place", _("Place"), choices["place"]),
        ("state", _("State"), list(State.choices)),
        ("next", _("Who must act"), list(NextActor.choices)),
        ("kind", _("Kind"), list(Kind.choices)),
        ("channel", _("Channel"), list(CHANNELS.items())),
        ("due", _("Date"), list(DUES.items())),
        ("priority", _("Legal priority"), list(PRIORITIES.items())),
    ]
    fields: list[dict[str, Any]] = [
        {
            "name": name,
            "id": f"filter_{name}",
            "label": label,
            "type": "select",
            "value": listing.values.get(name, ""),
            "options": [("", anything), *options],
        }
        for name, label, options in lists
        if options
    ]
    fields += [
        {"name": name, "id": f"filter_{name}", "label": label, "type": "date", "value": listing.values.get(name, "")}
        for name, label in (("from", _("Opened from")), ("to", _("Opened until")))
    ]
    fields.append(
        {
            "name": "mine",
            "id": "filter_mine",
            "label": _("Only mine"),
            "type": "checkbox",
            "value": "mine" in listing.values,
        }
    )
    return fields


def chips(listing: Listing, fields: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What is set, in the words of its field, each with the address of the list without it."""
    found = []
    for field in fields:
        name = field["name"]
        if name not in listing.values:
            continue
        value = listing.values[name]
        if field["type"] == "checkbox":
            words = str(field["label"])
        else:
            if field["type"] == "date":
                value = date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
            else:
                value = next((str(label) for code, label in field["options"] if str(code) == value), value)
            words = f"{field['label']}: {value}"
        found.append({"label": words, "href": f"?{listing.with_(**{name: ''}) or 'show=' + listing.show}"})
    return found


def _choices(code: str, model: Any, agency_id: int | None) -> Any:

    rows = model.objects.filter(agency_id=agency_id).annotate(code=Value(code), key=SortKey("name")).order_by()
    return rows.values_list("code", "pk", "name", "key")
