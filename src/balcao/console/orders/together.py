"""Several orders at once: given to one colleague and, if wished, planned for one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.models import Staff
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.workorders import queries
from balcao.workorders.actions import accept_order, assign_order, plan_order
from balcao.workorders.models import WorkOrder
from balcao.workorders.states import AT_WORK, OrderState

from .board import read_filter

MOST = 60  # orders on the page, the most urgent first


class TogetherForm(forms.Form):
    staff = forms.ModelChoiceField(Staff.objects.none(), label=_("Who does it"), empty_label=_("Choose…"))
    planned_for = forms.DateField(
        label=_("Day of the work"),
        help_text=_("Leave it empty to plan later."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


@staff_page("order.assign")
def page(request: StaffRequest) -> HttpResponse:
    """Tick orders, choose who does them. Each is done by itself: one that is refused stays ticked, with its reason."""
    now, actor, posted = timezone.now(), request.actor, request.method == "POST"
    areas = [area.pk for area in queries.areas_of(actor) if actor.at(area.pk).can("order.assign")]
    form = _form(request, areas)
    found = queries.board(actor, read_filter(request), now).filter(area__in=areas, state__in=AT_WORK)
    orders = queries.most_urgent(found, MOST)
    ticked = dict(part.split(":", 1) for part in request.POST.getlist("order") if part.count(":") == 1)
    refused: dict[int, str] = {}
    if posted and form.is_valid():
        chosen = [order for order in orders if str(order.pk) in ticked]
        refused = _give_all(actor, chosen, ticked, form)
        if done := len(chosen) - len(refused):
            words = ngettext("%(n)s order given to %(name)s.", "%(n)s orders given to %(name)s.", done)
            messages.success(request, words % {"n": done, "name": form.cleaned_data["staff"].name})
        if done and not refused:
            return redirect("console:orders")
        if not chosen:
            form.add_error(None, _("Tick at least one order."))
        orders = queries.most_urgent(found, MOST)  # as they are now
    for order in orders:
        order.ticked, order.refused = str(order.pk) in ticked, refused.get(order.pk, "")  # type: ignore[attr-defined]
        if order.pk not in refused and refused:
            order.ticked = False  # type: ignore[attr-defined]
    context = {"form": form, "orders": orders, "now": now, "most": MOST, "today": timezone.localdate(now).isoformat()}
    return render(request, "console/orders/together.html", context, status=422 if form.errors or refused else 200)


def _form(request: StaffRequest, areas: Sequence[int]) -> TogetherForm:
    people = queries.members_of(request.actor.agency_id or 0, areas)
    form = TogetherForm(request.POST if request.method == "POST" else None)
    form.fields["staff"].queryset = Staff.objects.filter(pk__in=[p.pk for p in people])  # type: ignore[attr-defined]
    form.fields["staff"].widget.choices = [("", _("Choose…")), *((p.pk, p.name) for p in people)]  # type: ignore[attr-defined]
    return form


def _give_all(
    actor: Actor, orders: Sequence[WorkOrder], shown: Mapping[str, str], form: TogetherForm
) -> dict[int, str]:
    """Give each; the reasons of those that were refused, by order."""
    refused = {}
    for order in orders:
        version = shown[str(order.pk)]
        try:
            give(actor=actor, order=order, version=int(version) if version.isdecimal() else 0, **form.cleaned_data)
        except Refusal as refusal:
            refused[order.pk] = str(refusal.sentence)
    return refused


@action
def give(*, actor: Actor, order: WorkOrder, staff: Staff, planned_for: date | None, version: int) -> None:
    """Accept it for the area if nobody has, give it, plan it: all of it or nothing."""
    order = assign_order(actor=actor, order=order, staff=staff, version=version)
    if order.state == OrderState.ISSUED and planned_for is None:
        order = accept_order(actor=actor, order=order)
    if planned_for is not None:
        plan_order(actor=actor, order=order, planned_for=planned_for)
