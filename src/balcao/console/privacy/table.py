"""The retention table: its lines, and a run of it by hand after a look at what it would do."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from balcao.catalog.models import Service
from balcao.console.settings.history import entries_of
from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.inbox.models import Line
from balcao.platform.search import SortKey
from balcao.privacy import actions
from balcao.privacy.models import RetentionRule, Stage, Then
from balcao.privacy.talks import TALKS

from .pages import PERMISSION, SureForm, agency_of

AT_ONCE = 1000  # demands that a run by hand may take; the night does the rest


class RuleForm(forms.ModelForm):
    class Meta:
        model = RetentionRule
        fields = ["stage", "service", "line", "days", "then", "binding", "law", "is_active"]

    def __init__(self, *args: object, agency_id: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.instance.agency_id = agency_id
        choices = self.fields["service"]
        choices.queryset = Service.objects.filter(agency_id=agency_id).order_by(SortKey("name"))  # type: ignore[attr-defined]
        choices.empty_label = _("All other services")  # type: ignore[attr-defined]
        teams = self.fields["line"]
        teams.queryset = Line.objects.filter(agency_id=agency_id).order_by(SortKey("name"))  # type: ignore[attr-defined]
        teams.empty_label = _("All other teams")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        found = super().clean() or {}
        same = RetentionRule.objects.filter(
            agency_id=self.instance.agency_id,
            service=found.get("service"),
            line=found.get("line"),
            stage=found.get("stage"),
        )
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a line for this already: change that one."))
        if found.get("stage") == Stage.TALK:  # of a conversation all words go
            found |= {"then": Then.DELETE, "binding": False}
            if found.get("service"):
                self.add_error("service", _("A conversation without a demand has no service: choose a team, or none."))
        elif found.get("line"):
            self.add_error("line", _("A team is for conversations without a demand only."))
        return found


def _rule(request: StaffRequest, pk: int) -> RetentionRule:
    found = RetentionRule.objects.filter(agency_id=agency_of(request), pk=pk).first()
    if found is None:
        raise Http404
    return found


@staff_page(PERMISSION)
def new(request: StaffRequest) -> HttpResponse:
    return _form(request, RetentionRule(agency_id=agency_of(request)))


@staff_page(PERMISSION)
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    return _form(request, _rule(request, pk))


def _form(request: StaffRequest, rule: RetentionRule) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None, instance=rule, agency_id=agency_of(request))
    if request.method == "POST" and form.is_valid():
        actions.keep_rule(actor=request.actor, rule=form.save(commit=False))
        messages.success(request, _("Kept. It acts from the coming night on; look at the dry run."))
        return redirect("console:privacy")
    context = {"form": form, "rule": rule, "history": entries_of(rule) if rule.pk else []}
    return render(request, "console/privacy/rule.html", context, status=422 if form.errors else 200)


@staff_page(PERMISSION)
@require_POST
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    rule = _rule(request, pk)
    attempt(request, lambda: actions.remove_rule(actor=request.actor, rule=rule), _("Removed."))
    return redirect("console:privacy")


@staff_page(PERMISSION)
def retain(request: StaffRequest) -> HttpResponse:
    """GET says what would happen; POST with the confirmation does it."""
    agency_id = agency_of(request)
    form = SureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = actions.retain(actor=request.actor, agency_id=agency_id, limit=AT_ONCE)
        cleared = done["pseudonymise"] + done["delete"]
        messages.success(request, _("Done: %(n)s demands were cleared.") % {"n": cleared})
        if done[TALKS]:
            messages.success(request, _("The words of %(n)s conversations were deleted.") % {"n": done[TALKS]})
        return redirect("console:privacy")
    due = actions.plan_retention(actor=request.actor, agency_id=agency_id, limit=AT_ONCE)
    context = {"form": form, "due": due.items(), "any": due["pseudonymise"] + due["delete"] + due[TALKS]}
    return render(request, "console/privacy/retain.html", context, status=422 if form.errors else 200)
