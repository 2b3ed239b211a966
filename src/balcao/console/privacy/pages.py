"""One person: what would happen, their copy, their erasure, their holds. Nothing happens without a look before it."""

from __future__ import annotations

import tempfile

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from balcao.cases.models import Case
from balcao.citizens.models import Person
from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.platform.audit import log_read
from balcao.platform.errors import Refusal
from balcao.platform.models import Event
from balcao.privacy import actions
from balcao.privacy.exporting import export_person
from balcao.privacy.finding import find_people
from balcao.privacy.models import LegalHold, RetentionRule

PERMISSION = "privacy.manage"
SHOWN = 15
KINDS = {
    "PersonExported": gettext_lazy("A person's data were exported"),
    "PersonErased": gettext_lazy("A person was erased"),
    "ErasureRefused": gettext_lazy("An erasure was refused in part"),
    "HoldPlaced": gettext_lazy("A legal hold was placed"),
    "HoldLifted": gettext_lazy("A legal hold was lifted"),
}


class SureForm(forms.Form):
    sure = forms.BooleanField(
        label=gettext_lazy("I have read what happens, and that it cannot be undone"),
        error_messages={"required": gettext_lazy("Confirm it first.")},
    )


class HoldForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why must it be kept?"), max_length=300)
    until = forms.DateField(
        label=gettext_lazy("Until (empty: until it is lifted)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


def agency_of(request: StaffRequest) -> int:
    agency_id = request.actor.agency_id
    assert agency_id is not None  # staff have one
    return agency_id


@staff_page(PERMISSION)
def index(request: StaffRequest) -> HttpResponse:
    """`?q=` finds a person by protocol, document, e-mail or phone; below it the table, the holds and what was done."""
    agency_id, text = agency_of(request), request.GET.get("q", "").strip()[:200]
    found = find_people(actor=request.actor, agency_id=agency_id, text=text) if text else []
    if len(found) == 1:
        return redirect("console:privacy_person", found[0].pk)
    if found:
        ids = [p.pk for p in found]
        log_read(actor=request.actor, subject="person", ids=ids, purpose="privacy search", agency_id=agency_id)
    holds = LegalHold.objects.visible_to(request.actor).standing(timezone.now()).select_related("case")
    events = Event.objects.filter(agency_id=agency_id, kind__in=KINDS).order_by("-id")[:SHOWN]
    context = {
        "now": timezone.now(),
        "q": text,
        "found": found,
        "rules": RetentionRule.objects.filter(agency_id=agency_id).select_related("service", "line"),
        "holds": holds[:100],
        "due": actions.plan_retention(actor=request.actor, agency_id=agency_id, limit=1000).items(),
        "log": [(KINDS[event.kind], event.at) for event in events],
    }
    return render(request, "console/privacy/index.html", context)


def _person(request: StaffRequest, pk: int) -> Person:
    found = Person.objects.visible_to(request.actor).filter(agency_id=agency_of(request), pk=pk).first()
    if found is None:
        raise Http404
    return found


@staff_page(PERMISSION)
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """The dry run of an erasure, demand by demand."""
    return _show(request, _person(request, pk))


def _show(
    request: StaffRequest,
    who: Person,
    sure: forms.Form | None = None,
    hold_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    agency_id = agency_of(request)
    log_read(actor=request.actor, subject="person", ids=[who.pk], purpose="privacy", agency_id=agency_id)
    problem, plan = "", None
    try:
        plan = actions.plan_erasure(actor=request.actor, person=who)
    except Refusal as refusal:
        problem = str(refusal.sentence)
    holds = LegalHold.objects.visible_to(request.actor).standing(timezone.now())
    context = {
        "person": who,
        "plan": plan,
        "problem": problem,
        "holds": holds.filter(person_id=who.pk),
        "sure": sure or SureForm(),
        "hold_form": hold_form or HoldForm(),
        "refused": sure if sure and sure.errors else hold_form if hold_form and hold_form.errors else None,
    }
    return render(request, "console/privacy/person.html", context, status=status)


@staff_page(PERMISSION)
@require_POST
def export(request: StaffRequest, pk: int) -> HttpResponse | FileResponse:
    """The zip for the person, made anew each time and kept nowhere."""
    who = _person(request, pk)
    target = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    export_person(actor=request.actor, person=who, to=target)
    target.seek(0)
    response = FileResponse(target, as_attachment=True, filename=f"dados-{who.pk}.zip", content_type="application/zip")
    response["Cache-Control"] = "no-store, private"
    return response  # type: ignore[return-value]


@staff_page(PERMISSION)
@require_POST
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    who, form = _person(request, pk), SureForm(request.POST)
    if not form.is_valid():
        return _show(request, who, sure=form, status=422)
    plan = actions.erase_person(actor=request.actor, person=who)
    if plan.person_goes:
        messages.success(request, _("Erased. Nothing names this person any more; the figures stay as they were."))
        return redirect("console:privacy")
    messages.warning(request, _("What could go is gone. What must be kept stands below, with its reason."))
    return redirect("console:privacy_person", pk)


@staff_page(PERMISSION)
@require_POST
def hold(request: StaffRequest, pk: int) -> HttpResponse:
    """On everything of the person, or on one demand of theirs (`case`)."""
    who, form = _person(request, pk), HoldForm(request.POST)
    if not form.is_valid():
        return _show(request, who, hold_form=form, status=422)
    number = request.POST.get("case", "")
    case = (
        Case.objects.visible_to(request.actor).filter(reporter=who, pk=number).first() if number.isdecimal() else None
    )
    about = {"case": case} if case else {"person": who}
    attempt(
        request,
        lambda: actions.place_hold(
            actor=request.actor,
            agency_id=agency_of(request),
            reason=form.cleaned_data["reason"],
            until=form.cleaned_data["until"],
            **about,  # type: ignore[arg-type]
        ),
        _("Held. It is kept as it is until then."),
    )
    return redirect("console:privacy_person", pk)


@staff_page(PERMISSION)
@require_POST
def lift(request: StaffRequest, pk: int) -> HttpResponse:
    found = LegalHold.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    attempt(request, lambda: actions.lift_hold(actor=request.actor, hold=found), _("Lifted."))
    return redirect("console:privacy")
