"""GET requests: what became of the public demands, one or many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.shown import Shown, as_shown, changed_between, number_of, shown_cases
from balcao.cases.states import State
from balcao.catalog.models import Outcome, Service

from .calls import Call
from .params import MOST, Box, w3c
from .wire import Problem

SPAN = timedelta(days=90)
PAGES = 1000  # beyond this, dates narrow better than pages
MARGIN = 0.01  # degrees: more than a block's middle lies from any point of it
TURNS = 20  # thousands of rows that one rectangle may look through


def listing(call: Call) -> tuple[str, Any]:
    """Many, the newest first. `service_request_id` overrides all else. By default the last 90 days or 1,000 requests,
    whichever is less; a span of more than 90 days is refused, as the specification says."""
    params = call.params
    cases = shown_cases(call.agency.pk)
    if ids := params.listed("service_request_id"):
        found = as_shown(cases.filter(protocol__in=[one[:20] for one in ids]))
        if not found:
            raise Problem(404, "service_request_id was not found.")
        return _written(call, found)
    if codes := params.listed("service_code"):
        known = Service.objects.filter(agency=call.agency, slug__in=codes, is_public=True, is_published=True)
        services = dict(known.values_list("slug", "pk"))
        if missing := [code for code in codes if code not in services]:
            raise Problem(404, f"service_code was not found: {', '.join(missing)[:200]}.")
        cases = cases.filter(service_id__in=services.values())
    cases = _of_status(cases, params.listed("status"))
    start, end = params.moment("start_date"), params.moment("end_date")
    after, before = params.moment("updated_after"), params.moment("updated_before")
    if after is not None or before is not None:
        cases = changed_between(cases, call.agency.pk, after or span(None, before)[0], before)
    if start is not None or end is not None or (after is None and before is None):
        start, end = span(start, end)
        cases = cases.filter(opened_at__gte=start, opened_at__lte=end)
    size = params.number("page_size", MOST, MOST)
    first = (params.number("page", 1, PAGES) - 1) * size
    box = params.box("bbox")
    if box is not None:
        return _written(call, _inside(cases, box, first, size))
    return _written(call, as_shown(cases[first : first + size]))


def one(call: Call, number: str) -> tuple[str, Any]:
    """One, by its id."""
    found = as_shown(shown_cases(call.agency.pk).filter(protocol=number.strip()[:20]))
    if not found:
        raise Problem(404, "service_request_id was not found.")
    return _written(call, found)


def token(call: Call, token: str) -> tuple[str, Any]:
    """The id behind a token: what a client sent as its Idempotency-Key (a UUID) when it filed."""
    number = number_of(call.agency.pk, channel="open311", external_id=token.strip().lower()[:120])
    if number is None:
        raise Problem(404, "token was not found.")
    return "service_requests", [{"service_request_id": number, "token": token.strip()}]


def _of_status(cases: Any, wanted: Any) -> Any:
    words = {word.lower() for word in wanted}
    if words - {"open", "closed"}:
        raise Problem(400, "status: choose open, closed or both.")
    if words == {"open"}:
        return cases.exclude(state=State.CLOSED)
    return cases.filter(state=State.CLOSED) if words == {"closed"} else cases


def span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    try:
        if start is None:
            end = end or timezone.now()
            start = end - SPAN
        elif end is None:
            end = start + SPAN
    except OverflowError:
        raise Problem(400, "start_date, end_date: this is out of all time.") from None
    if start > end:
        raise Problem(400, "start_date must not be after end_date.")
    if end - start > SPAN:
        raise Problem(400, "start_date and end_date may not span more than 90 days.")
    return start, end


def _inside(cases: Any, box: Box, first: int, size: int) -> list[Shown]:
    """Those that are shown inside the box. By what is shown and not by what we know: else ever smaller boxes would find
    a place that is shown only roughly."""
    near = cases.filter(
        lat__gte=box.south - MARGIN,
        lat__lte=box.north + MARGIN,
        lon__gte=box.west - MARGIN,
        lon__lte=box.east + MARGIN,
    )
    found: list[Shown] = []
    last: tuple[datetime, int] | None = None
    for _turn in range(TURNS):
        batch = near
        if last is not None:
            older = Q(opened_at__lt=last[0]) | Q(opened_at=last[0], pk__lt=last[1])
            batch = near.filter(older, opened_at__lte=last[0])
        rows = as_shown(batch[:MOST])
        found += [one for one in rows if box.holds(one.lat, one.lon)]
        if len(rows) < MOST or len(found) >= first + size:
            break
        last = (rows[-1].opened_at, rows[-1].case_id)
    return found[first : first + size]


def _written(call: Call, found: list[Shown]) -> tuple[str, Any]:
    outcomes, states = dict(Outcome.choices), dict(State.choices)
    site = call.request.build_absolute_uri("/").rstrip("/")
    return "service_requests", [
        {
            "service_request_id": case.protocol,
            "status": "closed" if case.closed else "open",
            "status_notes": str(outcomes.get(case.outcome) or states.get(case.state) or "") or None,
            "service_name": case.service_name,
            "service_code": case.service_slug,
            "description": case.text or None,
            "agency_responsible": case.area_name or call.agency.name,
            "service_notice": _("Shown after a review; until then without words and only roughly where.")
            if not case.text
            else None,
            "requested_datetime": w3c(case.opened_at),
            "updated_datetime": w3c(case.changed_at),
            "expected_datetime": w3c(case.due_at) if case.due_at else None,
            "address": case.address or None,
            "address_id": None,
            "zipcode": None,
            "lat": case.lat,
            "long": case.lon,
            "media_url": f"{site}/perto/foto/{case.photos[0]}/" if case.photos else None,
        }
        for case in found
    ]
