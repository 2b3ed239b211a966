"""One order: what is to be done, where, by when, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from balcao.cases.actions import write_note
from balcao.clocks.actions import may_pause
from balcao.clocks.explain import explain
from balcao.console.forms import tried, version_of
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.models import Staff
from balcao.platform.errors import NotAllowed
from balcao.workorders import actions, queries
from balcao.workorders.models import WorkOrder
from balcao.workorders.states import AT_WORK, moves_from

from .history import timeline
from .sight import see


class Plain(forms.Form):
    """A button and nothing to fill in."""


class AssignForm(forms.Form):
    staff = forms.ModelChoiceField(Staff.objects.none(), label=_("Who does it"), empty_label=_("Choose…"))


class PlanForm(forms.Form):
    planned_for = forms.DateField(label=_("Day of the work"), widget=forms.DateInput(attrs={"type": "date"}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Because"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)


class ExtendForm(ReasonForm):
    amount = forms.IntegerField(label=_("How much more"), min_value=1, required=False)


class NoteForm(forms.Form):
    text = forms.CharField(label=_("Internal note"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)


Verb = tuple[type[forms.Form], Callable[..., Any], Any]
VERBS: dict[str, Verb] = {
    "accept": (Plain, actions.accept_order, _("Accepted. It is with your area now.")),
    "take": (Plain, actions.assign_order, _("It is yours now.")),
    "assign": (AssignForm, actions.assign_order, _("It is with %(name)s now.")),
    "release": (ReasonForm, actions.release_order, _("Handed back. Your area gives it to somebody else.")),
    "plan": (PlanForm, actions.plan_order, _("The work is planned for %(day)s.")),
    "give-back": (ReasonForm, actions.give_back_order, _("Given back. Triage will find the right area.")),
    "hold": (ReasonForm, actions.hold_order, _("The clock is paused.")),
    "go-on": (Plain, actions.go_on_with_order, _("The clock runs again.")),
    "extend": (ExtendForm, actions.extend_order, _("There is more time now.")),
    "note": (NoteForm, write_note, _("Note kept.")),
}


class WithAnotherArea(NotAllowed):
    """The order is the agency's, and no area of the actor's has it. Which area does is not said."""

    default = _(
        "This order is with another area. If it should be yours, ask whoever triages to transfer the demand to your"
        " area."
    )


def order_or_404(request: StaffRequest, order_id: int) -> WorkOrder:
    """The order, `WithAnotherArea`, or 404 where it is another agency's, or nobody's."""
    try:
        return queries.order_page(request.actor, order_id)
    except WorkOrder.DoesNotExist:
        if queries.with_another_area(request.actor, order_id):
            raise WithAnotherArea(log=f"order {order_id} is with another area") from None
        raise Http404 from None


@staff_page("order.read")
def page(request: StaffRequest, order_id: int) -> HttpResponse:
    return show(request, order_or_404(request, order_id))


@staff_page("order.read")
@require_POST
def act(request: StaffRequest, order_id: int, verb: str) -> HttpResponse:
    """Do one thing with the order. What is refused comes back with its reason and with all that was typed."""
    order = order_or_404(request, order_id)
    if verb not in VERBS:
        raise Http404
    kind, action, done = VERBS[verb]
    form = _form(kind, request, order, request.POST)
    if not (form.is_valid() and tried(form, lambda: _do(verb, action, request, order, form))):
        return show(request, order_or_404(request, order_id), refused={verb: form}, status=422)
    messages.success(request, str(done) % _named(form))
    if verb == "give-back":
        return redirect("console:orders")
    if verb == "release":
        return redirect("console:orders_mine")
    return redirect("console:order", order_id)


def _form(kind: type[forms.Form], request: StaffRequest, order: WorkOrder, data: Any = None) -> forms.Form:
    form = kind(data, prefix=None, auto_id=f"id_{kind.__name__.lower()}_%s")
    if isinstance(form, AssignForm):
        people = queries.members_of(order.agency_id, [order.area_id])
        form.fields["staff"].queryset = Staff.objects.filter(pk__in=[p.pk for p in people])  # type: ignore[attr-defined]
        form.fields["staff"].widget.choices = [("", _("Choose…")), *((p.pk, p.name) for p in people)]  # type: ignore[attr-defined]
    return form


def _do(verb: str, action: Callable[..., Any], request: StaffRequest, order: WorkOrder, form: forms.Form) -> None:
    given = {name: value for name, value in form.cleaned_data.items() if value is not None}
    if verb == "note":
        action(actor=request.actor, case=order.case, **given)
        return
    if verb == "take":
        given["staff"] = request.user
    action(actor=request.actor, order=order, version=version_of(request), **given)


def _named(form: forms.Form) -> dict[str, str]:
    """What the sentence after an act names: to whom, for which day."""
    given = form.cleaned_data
    day = given.get("planned_for")
    return {"name": getattr(given.get("staff"), "name", ""), "day": date_format(day, "DATE_FORMAT") if day else ""}


def show(
    request: StaffRequest, order: WorkOrder, *, refused: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    """The page of an order; `refused` are forms that come back with their errors."""
    now, actor = timezone.now(), request.actor.at(order.area_id)
    offers = _offers(request, order)
    reports = list(queries.reports_of(order))
    shown = {verb: _form(VERBS[verb][0], request, order) for verb in offers} | (refused or {})
    today = timezone.localdate(now)
    deadline, extension = order.deadline, order.deadline.rule.extension
    context = {
        "now": now,
        "today": today.isoformat(),
        "order": order,
        "case": order.case,
        "sight": see(request.actor, order, "order"),
        "entries": timeline(order, reports),
        "reports": reports,
        "arithmetic": explain(deadline, get_language() or "pt-br"),
        "offers": offers | {verb for verb, form in (refused or {}).items() if form.fields},
        "forms": {verb.replace("-", "_"): form for verb, form in shown.items()},
        "refused": next(iter(refused), "").replace("-", "_") if refused else "",
        "refused_form": next(iter(refused.values())) if refused else None,
        "may_report": "report" in moves_from(order.state) and actor.can("order.work"),
        "may_review": order.state == "reported" and actor.can("report.review"),
        "may_answer": order.state == "done" and order.case.state == "drafting" and actor.can("report.review"),
        "longest_extension": (extension.amount or deadline.amount) if extension else None,
        "planned_late": bool(order.planned_for and deadline.due_at and _after_due(order.planned_for, order)),
    }
    return render(request, "console/orders/order.html", context, status=status)


def _after_due(day: date, order: WorkOrder) -> bool:
    return day > order.deadline.calendar.local(order.deadline.due_at).date()  # type: ignore[arg-type]


def _offers(request: StaffRequest, order: WorkOrder) -> set[str]:
    """The verbs that would not be refused now: by state, by permission, by the clock's own rule."""
    actor, moves, clock = request.actor.at(order.area_id), moves_from(order.state), order.deadline
    at_work = order.state in AT_WORK
    offers = set()
    if request.actor.at(order.case.area_id).can("case.note"):
        offers.add("note")
    if actor.can("order.work"):
        offers |= {verb for verb in ("accept", "plan") if verb in moves}
        if at_work and order.area_id in actor.area_ids and order.assignee_id != actor.id:
            offers.add("take")
        if at_work and order.assignee_id == actor.id:
            offers.add("release")
    if actor.can("order.assign"):
        offers |= {"assign"} if at_work else set()
        offers |= {"give-back"} if "give_back" in moves else set()
    if actor.can("deadline.change") and at_work:
        in_time = clock.due_at is not None and timezone.now() <= clock.due_at and clock.state == "running"
        terms = clock.rule.extension
        if may_pause(clock):
            offers.add("hold")
        if clock.state == "paused":
            offers.add("go-on")
        if in_time and terms is not None and clock.extensions.count() < terms.times:
            offers.add("extend")
    return offers
