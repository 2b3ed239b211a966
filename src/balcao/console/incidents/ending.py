"""The end of a known problem: one report for everybody in it, or "it was no such problem"."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from balcao.cases import incidents
from balcao.cases.actions import report_incident, withdraw_incident
from balcao.cases.actions.incidents import OUTCOMES
from balcao.cases.letters import case_letter
from balcao.cases.models import Gathering, Incident
from balcao.cases.words import MAX_WORDS
from balcao.catalog.templates import Letter
from balcao.console.forms import tried, version_of
from balcao.console.shell import StaffRequest, attempt, render, staff_page

from .pages import may_report, seen, trail


class ReportForm(forms.Form):
    use_required_attribute = False
    outcome = forms.ChoiceField(
        label=gettext_lazy("How did it end?"), choices=[(o.value, o.label) for o in OUTCOMES], widget=forms.RadioSelect
    )
    report = forms.CharField(
        label=gettext_lazy("What was done"),
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Everybody in it reads these words, within the letter of their own demand."),
    )


@staff_page("report.review", "case.triage")
def report(request: StaffRequest, pk: int) -> HttpResponse:
    """Write it once, look at the letter, send it to everybody."""
    incident = seen(request, pk)
    if incident.state != "open" or not may_report(request.actor, incident):
        return redirect("console:incident", pk=incident.pk)
    form = ReportForm(request.POST or None)
    letter: Letter | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if "look" in request.POST:
            letter = _letter(incident, **given)
        elif tried(
            form,
            lambda: report_incident(actor=request.actor, incident=incident, version=version_of(request), **given),
        ):
            messages.success(request, _("Reported. Everybody's answer is on its way; this page shows how far it is."))
            return redirect("console:incident", pk=incident.pk)
    context = {
        "incident": incident,
        "form": form,
        "letter": letter,
        "progress": incidents.progress(incident),
        "trail": trail(incident, _("Report once for everybody")),
    }
    return render(request, "console/incidents/report.html", context, status=422 if form.errors else 200)


def _letter(incident: Incident, *, outcome: str, report: str) -> Letter | None:
    """The answer as the first of them would read it, greeting nobody by name."""
    held = Gathering.objects.filter(incident=incident, ended_at=None).select_related(
        *(f"case__{name}" for name in ("agency", "service", "area", "deadline", "reporter"))
    )
    first = held.order_by("pk").first()
    if first is None:
        return None
    extra: dict[str, Any] = {"report": report, "area": incident.area.name, "person": "…"}
    return case_letter(first.case, "answer", outcome=outcome, **extra)


@require_POST
@staff_page("case.triage")
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Everybody in it goes on by themselves."""
    incident = seen(request, pk)
    done = _("Withdrawn. Its demands go back to triage, each by itself.")
    attempt(
        request, lambda: withdraw_incident(actor=request.actor, incident=incident, version=version_of(request)), done
    )
    return redirect("console:incident", pk=incident.pk)
