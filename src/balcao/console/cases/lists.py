"""The list of cases: tabs, filters, search, pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from balcao.cases.models import Case
from balcao.cases.naming import Ids, where_of
from balcao.cases.paging import (
    COUNTED,
    COUNTED_BY_DATE,
    PAGE,
    Key,
    Page,
    counted,
    newest_of,
    page_of,
    page_of_found,
    page_of_said,
)
from balcao.cases.states import NextActor, State
from balcao.catalog.models import Kind
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.platform.actors import Actor
from balcao.platform.audit import log_read
from balcao.platform.settled import settled
from balcao.platform.standing import standing
from balcao.web import components

from .filters import CHANNELS, DUES, PRIORITIES, SHOWS, Listing
from .names import Names, names_of
from .rows import SHOWN, SHOWN_OF_PEOPLE, Lines

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
    now, names = timezone.now(), names_of(listing.actor.agency_id)
    found = listing.cases(now)
    guess = listing.guess
    if guess and guess.protocol and (hit := found.first()):
        return redirect("console:case", hit.pk)
    people = bool(guess and guess.people and request.actor.can("person.read"))
    page = page_shown(listing, found, people, **{at: Key.parse(request.GET.get(at, "")) for at in ("after", "before")})
    of_people = bool(guess and guess.people) or "person" in listing.values
    if of_people:
        log_read(
            actor=request.actor,
            subject="case",
            ids=[case.pk for case in page.cases],
            purpose="search",
            agency_id=request.actor.agency_id,
        )
    one_state = listing.show in ("triage", "unrouted", "citizen") and "state" not in listing.values
    query = listing.query or f"show={listing.show}"
    lines = Lines(request.actor, names, now, query=query, people=people, states=not one_state)
    context = {
        "title": title or _("Cases"),
        "listing": listing,
        "query": listing.values.get("q", ""),
        "guess": guess,
        "one_state": one_state,
        "show_people": people,
        "page": page,
        "rows": lines(page.cases),
        "total": total_of(listing, found, page),
        "tabs": tabs(listing),
        "fields": drawn(listing, fields := filter_fields(listing, names)),
        "chips": chips(listing, fields),
        "next_url": f"?{listing.with_(after=page.next)}" if page.next else "",
        "previous_url": f"?{listing.with_(before=page.previous)}" if page.previous else "",
        "clear_url": f"?{'show=' + listing.show if listing.active else ''}",
    }
    return render(request, "console/cases/list.html", context)


def page_shown(listing: Listing, found: QuerySet[Case], people: bool, **where: Key | None) -> Page:
    """The page of `found`. What is looked for by words alone, as most is, needs nothing composed anew."""
    said = listing.guess.said if listing.guess else None
    alone = said is not None and listing.values.keys() == {"q"} and not any(where.values())
    page = page_of_said(said, listing.actor, _newest) if said is not None and alone else None
    if page is not None:
        return page
    if listing.guess and listing.guess.words and not alone:
        return page_of_found(_lines(found, people), listing.order, listing.actor.agency_id, **where)
    return page_of(_lines(found, people), listing.order, **where)


def _lines(found: QuerySet[Case], people: bool = False) -> QuerySet[Case]:
    shown = found.select_related("deadline", "attendant", *(["reporter"] if people else []))
    return shown.only(*SHOWN, *(SHOWN_OF_PEOPLE if people else ()))


@standing
def _newest(actor: Actor, shape: tuple[Ids, ...], *, since: Any, **texts: Any) -> QuerySet[Case]:
    said = Case.objects.visible_to(actor).filter(where_of(shape, list(texts.values())), opened_at__gte=since)
    return newest_of(_lines(said))


def total_of(listing: Listing, found: QuerySet[Case], page: Page) -> str:
    """How many the list holds, as far as that costs little. Words are looked up until a page is full and no further."""
    if not (page.next or page.previous):
        return str(len(page.cases))
    if "q" in listing.values:
        return f"{PAGE}+"
    most = COUNTED_BY_DATE if "due" in listing.values else COUNTED
    total = counted(found, most)
    return f"{most:,}+" if total > most else f"{total:,}"


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


def filter_fields(listing: Listing, names: Names) -> list[dict[str, Any]]:
    """The filters as fields."""
    anything = _("Any")
    lists: list[tuple[str, str, list[tuple[Any, Any]]]] = [
        ("service", _("Service"), list(names.service.items())),
        ("group", _("Group"), list(names.group.items())),
        ("area", _("Area"), list(names.area.items())),
        ("place", _("Place"), list(names.place.items())),
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


def drawn(listing: Listing, fields: list[dict[str, Any]]) -> SafeString:
    """The form's fields. Their hundred and twenty options are drawn again when a setting or what is chosen changes."""

    def draw(field: dict[str, Any]) -> SafeString:
        return render_to_string("web/components/field.html", components.field(field))

    def of(field: dict[str, Any]) -> SafeString:
        if field["type"] == "date" and field["value"]:  # as many as there are days
            return draw(field)
        key = ("filter", listing.actor.agency_id, get_language(), field["name"], field["value"])
        return settled(key, lambda: draw(field))

    return mark_safe("".join(map(of, fields)))  # noqa: S308  drawn by a template


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
