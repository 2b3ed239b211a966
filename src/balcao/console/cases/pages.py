"""The page of one case, the forms on it, and the way to the next one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balcao.cases.models import Case
from balcao.cases.paging import next_in
from balcao.cases.states import State
from balcao.console.shell import StaffRequest, render, staff_page, take_typed
from balcao.platform.audit import log_read
from balcao.platform.errors import Invalid, Refusal, Stale
from balcao.platform.numbering import format_protocol
from balcao.workorders.states import OrderState

from .acts import Act, Another, Ask
from .acts_clock import too_late_to_extend
from .acts_taking import taking
from .all_acts import ACTS, CLOCK, TAKING
from .filters import Listing
from .lists import region_of
from .reading import case_for, page_of_case


@require_safe
@staff_page("case.read", "order.read")
def case(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything about one case. Reading it is logged."""
    return show(request, case_for(request.actor, pk))


@require_http_methods(["GET", "POST"])
@staff_page("case.read", "order.read")
def act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """One form of the case: GET opens it on the case's page, POST does it. Refused: the form again, as typed."""
    found, chosen = case_for(request.actor, pk), ACTS.get(code)
    if chosen is None:
        raise Http404
    if request.method != "POST":
        if not chosen.offered(found, request.actor):
            messages.warning(request, _("This can no longer be done here: the case has moved on."))
            return redirect(address(found, request))
        kept = take_typed(request)
        return show(request, found, chosen, Ask(request.actor, found, kept or request.GET, bound=bool(kept)))
    ask = Ask(request.actor, found, request.POST, bound=True)
    try:
        here = request.actor.at(found.area_id)
        if not any(here.can(p) for p in chosen.permissions):
            here.require(chosen.permissions[0])
        done = chosen.run(ask)
    except Another:
        stale = ask.version is not None and ask.version != found.version
        if stale:
            ask.errors["form"] = str(Stale.default)
        return show(request, found, chosen, ask, stale=stale)
    except Invalid as wrong:
        ask.errors[wrong.field or "form"] = str(wrong.sentence)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        ask.errors["form"] = str(refusal.sentence)
        return show(request, case_for(request.actor, pk), chosen, ask, stale=isinstance(refusal, Stale), status=422)
    else:
        return go_on(request, found, chosen, ask, done)
    return show(request, found, chosen, ask, status=422)


def go_on(request: StaffRequest, done_case: Case, chosen: Act, ask: Ask, done: str) -> HttpResponse:
    """After an act that left the case to somebody else: the next case of the same queue. Where it still waits for the
    desk (no rule caught it, the answer is a draft), back to the case."""
    number = format_protocol(done_case.protocol)
    messages.success(request, f"{number}: {done}")
    done_case.refresh_from_db(fields=["state"])
    if chosen.leaves and done_case.state not in (State.TRIAGE, State.DRAFTING):
        return to_next(request, done_case.pk)
    return redirect(address(done_case, request))


@require_safe
@staff_page("case.read", "order.read")
def following(request: StaffRequest, pk: int) -> HttpResponse:
    """`]`: the next case of the list that the reader came from."""
    return to_next(request, pk)


def to_next(request: StaffRequest, pk: int) -> HttpResponse:
    """The next case of the list in `?from=`, in its order; past the last, its first. An empty list says so."""
    listing = listing_of(request)
    here = case_for(request.actor, pk)
    after = next_in(listing.cases(), listing.order, here)
    if after is None:
        messages.info(request, _("That was the last one of this list. Well done."))
        return redirect(f"/console/cases/?{listing.query}")
    return redirect(address(after, request))


def listing_of(request: StaffRequest) -> Listing:
    return Listing.from_query(request.actor, origin(request), region=region_of(request))


def origin(request: StaffRequest) -> str:
    """The query string of the list that the reader came from."""
    return request.POST.get("from", request.GET.get("from", ""))[:1000]


def address(shown: Case, request: StaffRequest) -> str:
    """A case's page, keeping the list that the reader came from."""
    came = origin(request)
    return f"/console/cases/{shown.pk}/" + (f"?from={quote(came)}" if came else "")


@require_POST
@staff_page("person.read")
def reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole document and contacts, or a sealed author: shown once, and logged each time."""
    found = case_for(request.actor, pk)
    request.actor.at(found.area_id).require("person.sealed" if found.sealed else "person.read")
    if found.reporter_id:
        log_read(
            actor=request.actor,
            subject="person",
            ids=[found.reporter_id],
            purpose="sealed author revealed" if found.sealed else "document revealed",
            agency_id=found.agency_id,
        )
    return show(request, found, revealed=True, purpose="case page, person revealed")


def show(
    request: StaffRequest,
    shown: Case,
    chosen: Act | None = None,
    ask: Ask | None = None,
    *,
    stale: bool = False,
    revealed: bool = False,
    purpose: str = "case page",
    status: int = 200,
) -> HttpResponse:
    log_read(actor=request.actor, subject="case", ids=[shown.pk], purpose=purpose, agency_id=request.actor.agency_id)
    actor, listing = request.actor.at(shown.area_id), listing_of(request)
    offered = [one for one in ACTS.values() if one.offered(shown, actor)]
    came = origin(request)
    page = page_of_case(shown, actor, revealed=revealed)
    offered_orders = page["orders"] if actor.can("report.review") else []
    context: dict[str, Any] = page | {
        "acts": [one for one in offered if one.code not in CLOCK | TAKING],
        # what the eye should meet first: an answer that waits to be sent, nothing where the work is to decide
        "first_act": "answer" if shown.state == State.DRAFTING else "",
        "clock_acts": [one for one in offered if one.code in CLOCK],
        "too_late": actor.can("deadline.change") and too_late_to_extend(shown),
        "taking": taking(shown, actor),
        "from": came,
        "to_review": [one for one in offered_orders if one.state == OrderState.REPORTED],
        "pin": f"{shown.lon},{shown.lat}" if shown.lat is not None else "",
        "from_query": f"?from={quote(came)}" if came else "",
        "list_url": f"/console/cases/?{listing.query}",
    }
    if chosen is not None and ask is not None:
        ask.case = shown
        context |= {"act": chosen, "fields": chosen.fields(ask), "form_error": ask.errors.get("form", "")}
        context |= {
            "stale": stale,
            "kept": ask.bound and request.method == "GET",  # the session had ended while they were writing
            "last": page["history"][-1:] if stale else [],
            "errors": _errors(ask, context["fields"]),
            **chosen.shown(ask),
        }
    return render(request, "console/cases/case.html", context, status=status)


def _errors(ask: Ask, fields: list[dict[str, Any]]) -> list[dict[str, str]]:
    """For the summary above the form: each error with its field."""
    names = {f["name"]: str(f["label"]) for f in fields}
    return [
        {"message": message, "name": name if name in names else "", "label": names.get(name, "")}
        for name, message in ask.errors.items()
    ]
