"""Which demands belong to a known problem: a look before, then many at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from balcao.cases import incidents
from balcao.cases.incident_batches import gather_many
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.platform.audit import log_read

from .pages import may_triage, seen, trail

SHOWN = 50  # demands to look at; the others of the same kind go with "all"


@staff_page("case.triage")
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """The open demands of its services, at its places, since it began. Tick some, or take all of them."""
    incident = seen(request, pk)
    if incident.state != "open" or not may_triage(request.actor, incident):
        return redirect("console:incident", pk=incident.pk)
    found = incidents.suggested(incident, request.actor)
    if request.method == "POST":
        wanted = found if "all" in request.POST else _ticked(request, found)
        if wanted:
            done, refused, later = gather_many(actor=request.actor, incident=incident, case_ids=wanted)
            _tell(request, done, refused, later)
            return redirect("console:incident", pk=incident.pk)
        messages.error(request, _("Tick at least one demand."))
    shown = incidents.described(found[:SHOWN], request.actor)
    if shown:
        log_read(
            actor=request.actor,
            subject="case",
            ids=[case.pk for case in shown],
            purpose="incident",
            agency_id=incident.agency_id,
        )
    context = {
        "incident": incident,
        "cases": shown,
        "total": len(found),
        "more": max(0, len(found) - len(shown)),
        "trail": trail(incident, _("Gather demands")),
        "now": timezone.now(),
    }
    return render(request, "console/incidents/gather.html", context)


def _ticked(request: StaffRequest, found: list[int]) -> list[int]:
    ticked = {int(pk) for pk in request.POST.getlist("case") if pk.isascii() and pk.isdecimal() and len(pk) < 19}
    return [pk for pk in found if pk in ticked]


def _tell(request: StaffRequest, done: int, refused: int, later: int) -> None:
    if done:
        messages.success(request, ngettext("%(n)s demand gathered.", "%(n)s demands gathered.", done) % {"n": done})
    if later:
        words = ngettext("%(n)s demand is being gathered.", "%(n)s demands are being gathered.", later)
        messages.success(request, words % {"n": later})
    if refused:
        words = ngettext(
            "%(n)s demand has moved on meanwhile and was left alone.",
            "%(n)s demands have moved on meanwhile and were left alone.",
            refused,
        )
        messages.warning(request, words % {"n": refused})
