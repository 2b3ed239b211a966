"""Who takes care of what: the ordered rules, and drafts of another order that change nothing until they are saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.catalog.models import Kind
from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.workorders.actions import change_rule, order_rules, remove_rule
from balcao.workorders.models import ResponsibilityRule
from balcao.workorders.trial import compare, rules_of, uncaught

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page


class RuleForm(AgencyForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of demand"),
        required=False,
        choices=[("", gettext_lazy("Any kind")), *Kind.choices],
    )

    class Meta:
        model = ResponsibilityRule
        fields = ["service", "group", "place", "kind", "area", "note", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        area = self.instance.area_id
        self.fields["area"].queryset = self.fields["area"].queryset.filter(Q(is_active=True) | Q(pk=area))  # type: ignore[attr-defined]
        for name, empty in {
            "service": _("Any service"),
            "group": _("Any group"),
            "place": _("Anywhere"),
            "area": _("Choose…"),
        }.items():
            self.fields[name].empty_label = empty  # type: ignore[attr-defined]
        labels = {
            "service": _("Service"),
            "group": _("Group of services"),
            "place": _("Place"),
            "area": _("Then this area must act"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["place"].help_text = _("A region covers the districts within it.")
        self.fields["note"].help_text = _("For your colleagues: “by decree 123”, “they have the crane”.")


FIELDSETS = [
    (
        gettext_lazy("When a demand is about…"),
        gettext_lazy("Leave open whatever does not matter."),
        ["service", "group", "place", "kind"],
    ),
    (gettext_lazy("…who takes care of it"), "", ["area", "note", "is_active"]),
]  # fmt: skip


def _draft(request: StaffRequest, rules: Sequence[ResponsibilityRule]) -> list[ResponsibilityRule]:
    """The order that the address proposes, else the order as it is."""
    wanted = [int(part) for part in request.GET.get("order", "").split("-") if part.isdigit()]
    by_id = {rule.pk: rule for rule in rules}
    if len(wanted) == len(rules) and set(wanted) == set(by_id):
        return [by_id[pk] for pk in wanted]
    return list(rules)


def _swapped(ids: Sequence[int], at: int, to: int) -> str:
    moved = list(ids)
    moved[at], moved[to] = moved[to], moved[at]
    return "-".join(map(str, moved))


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The rules in their order. “Up” and “down” lead to a draft, which says what it would change and can be saved."""
    agency = own_agency(request)
    saved = rules_of(agency.pk)
    draft = _draft(request, saved)
    ids = [rule.pk for rule in draft]
    rows = [
        {
            "rule": rule,
            "moved": str(rule.pk) == request.GET.get("moved"),
            "kind": Kind(rule.kind).label if rule.kind else "",
            "up": _swapped(ids, n, n - 1) if n else "",
            "down": _swapped(ids, n, n + 1) if n + 1 < len(ids) else "",
        }
        for n, rule in enumerate(draft)
    ]
    context: dict[str, Any] = {"rows": rows, "missing": uncaught(agency.pk, draft)}
    if ids != [rule.pk for rule in saved]:
        context |= {"trial": compare(actor=request.actor, now=saved, then=draft), "ids": ids}
    return render(request, "console/settings/matrix.html", context)


@staff_page("settings.edit")
def save_order(request: StaffRequest) -> HttpResponse:
    """Save a draft order."""
    ids = [int(part) for part in request.POST.get("order", "").split("-") if part.isdigit()]
    if request.method == "POST":
        agency = own_agency(request)
        attempt(
            request,
            lambda: order_rules(actor=request.actor, agency=agency, ids=ids),
            _("The new order is in use for every case from now on."),
        )
    return redirect("console:settings_matrix")


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a rule or change one. “What would change?” tries it on the open cases first and saves nothing."""
    rule = mine(ResponsibilityRule, request, pk) if pk else None
    agency = own_agency(request)
    initial = {}
    if not pk and request.GET.get("service", "").isdigit():
        initial["service"] = request.GET["service"]
    form = RuleForm(request.POST or None, instance=rule, initial=initial, agency=agency)
    trial = None
    if request.method == "POST" and "try" in request.POST and form.is_valid():
        saved = rules_of(agency.pk)
        tried = form.save(commit=False)
        draft = [tried if r.pk == tried.pk else r for r in saved] + ([] if tried.pk else [tried])
        trial = compare(actor=request.actor, now=saved, then=draft)
        request.method = "GET"  # shown again as it was typed; nothing is saved
    return edit_page(
        request,
        form,
        action=lambda obj: change_rule(actor=request.actor, rule=obj),
        done=_("The rule is saved. It holds for every case from now on."),
        back=lambda obj: reverse("console:settings_matrix"),
        title=_("Rule %(n)s") % {"n": rule.position} if rule else _("New rule"),
        trail=[(_("Who takes care of what"), reverse("console:settings_matrix"))],
        fieldsets=FIELDSETS,
        template="console/settings/rule.html",
        trial=trial,
        remove_url=reverse("console:settings_rule_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    rule = mine(ResponsibilityRule, request, pk)
    return remove_page(
        request,
        lambda: remove_rule(actor=request.actor, rule=rule),
        done=_("The rule is removed."),
        back=reverse("console:settings_matrix"),
        stay=reverse("console:settings_rule", args=[pk]),
    )
