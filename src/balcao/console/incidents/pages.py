"""The list of known problems, one of them with how far it is, and its form."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases import incidents
from balcao.cases.actions import keep_incident
from balcao.cases.models import Incident
from balcao.console.forms import tried, version_of
from balcao.console.settings.history import entries_of
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.platform.actors import Actor

from .forms import IncidentForm

SHOWN = 25  # demands on one page
LISTED = 50  # ended ones; older ones are found by their demands


def seen(request: StaffRequest, pk: int) -> Incident:
    """The incident, for whoever may see it; 404 otherwise."""
    found = (
        Incident.objects.visible_to(request.actor).select_related("area", "agency", "ended_by").filter(pk=pk).first()
    )
    if found is None:
        raise Http404
    return found


def trail(incident: Incident | None, last: str = "") -> list[tuple[str, str]]:
    """The way here."""
    way = [(_("Known problems"), reverse("console:incidents"))]
    if incident is not None:
        way.append((incident.title, reverse("console:incident", args=[incident.pk]) if last else ""))
    return [*way, (last, "")] if last else way


def may_triage(actor: Actor, incident: Incident) -> bool:
    return actor.at(incident.area_id).can("case.triage")


def may_report(actor: Actor, incident: Incident) -> bool:
    here = actor.at(incident.area_id)
    return here.can("report.review") or here.can("case.triage")


@staff_page("case.read", "order.read")
def listing(request: StaffRequest) -> HttpResponse:
    """The open ones, or with `?ended=1` those that have ended."""
    ended = request.GET.get("ended") == "1"
    found = incidents.listed(request.actor, ended=ended)[:LISTED]
    here = reverse("console:incidents")
    tabs = [
        {"label": _("Open"), "href": here, "current": not ended},
        {"label": _("Ended"), "href": f"{here}?ended=1", "current": ended},
    ]
    context = {"incidents": found, "tabs": tabs, "ended": ended, "now": timezone.now()}
    return render(request, "console/incidents/list.html", context | {"may_make": request.actor.can("case.triage")})


@staff_page("case.read", "order.read")
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """One incident: what the portal says, who is in it, how far its answers are. `?after=` goes on in the list."""
    incident, now = seen(request, pk), timezone.now()
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0
    held = incidents.members(incident, request.actor, after=start, most=SHOWN + 1)
    is_open = incident.state == "open"
    triage = is_open and may_triage(request.actor, incident)
    progress = incidents.progress(incident)
    context = {
        "incident": incident,
        "progress": progress,
        "moving": bool(progress.waiting) and not is_open,
        "members": held[:SHOWN],
        "next": f"?after={held[SHOWN - 1].pk}" if len(held) > SHOWN else "",
        "first": "?" if start else "",
        "late": is_open and incident.expected_by is not None and incident.expected_by < now,
        "waiting_to_join": len(incidents.suggested(incident, request.actor)) if triage else 0,
        "may_triage": triage,
        "may_report": is_open and may_report(request.actor, incident),
        "history": entries_of(incident),
        "trail": trail(incident),
        "now": now,
    }
    return render(request, "console/incidents/incident.html", context)


@staff_page("case.triage")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Make a known problem, or change one that is open."""
    incident = seen(request, pk) if pk else None
    if incident is not None and incident.state != "open":
        return redirect("console:incident", pk=incident.pk)
    agency = request.user.agency  # type: ignore[union-attr]
    form = IncidentForm(request.POST or None, agency=agency, incident=incident)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        services, places = list(given.pop("services")), list(given.pop("places"))
        changed = incident or Incident(agency=agency)
        for name, value in given.items():
            setattr(changed, name, value)
        if tried(
            form,
            lambda: keep_incident(
                actor=request.actor, incident=changed, services=services, places=places, version=version_of(request)
            ),
        ):
            messages.success(request, _("Saved. The portal tells of it from now on."))
            return redirect("console:incident" if pk else "console:incident_gather", pk=changed.pk)
    title = _("Change it") if incident else _("New known problem")
    context = {"form": form, "incident": incident, "title": title, "trail": trail(incident, title)}
    return render(request, "console/incidents/edit.html", context, status=422 if form.errors else 200)
