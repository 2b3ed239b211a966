"""The dry run: where would this demand go, and why? And the cases that no rule caught, asked again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.catalog.models import Kind, Service
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.models import Agency, Place
from balcao.organization.places import polygons
from balcao.platform.errors import Refusal
from balcao.platform.numbering import format_protocol
from balcao.platform.search import SortKey
from balcao.workorders.actions import route_unrouted
from balcao.workorders.matrix import route
from balcao.workorders.trial import rules_of

from .editing import own_agency

AT_ONCE = 500


class TryForm(forms.Form):
    """A demand that somebody imagines, or the protocol of a real one."""

    use_required_attribute = False
    protocol = forms.CharField(label=gettext_lazy("Protocol of an existing case"), required=False)
    service = forms.ModelChoiceField(
        Service.objects.none(), label=gettext_lazy("Service"), required=False, empty_label=gettext_lazy("Choose…")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of demand"), choices=Kind.choices, required=False)
    place = forms.ModelChoiceField(
        Place.objects.none(), label=gettext_lazy("Place"), required=False, empty_label=gettext_lazy("No place")
    )
    lat = forms.FloatField(label=gettext_lazy("Latitude"), required=False, min_value=-90, max_value=90)
    lon = forms.FloatField(label=gettext_lazy("Longitude"), required=False, min_value=-180, max_value=180)

    def __init__(self, *args: Any, agency: Agency, request: StaffRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency, self.request = agency, request
        self.case: Case | None = None
        services = Service.objects.filter(agency=agency).order_by(SortKey("name"))
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
        places = Place.objects.filter(agency=agency).defer("boundary").order_by(SortKey("name"))
        self.fields["place"].queryset = places  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if digits := "".join(c for c in data.get("protocol", "") if c.isdigit()):
            mine = Case.objects.visible_to(self.request.actor).select_related("service", "place", "area")
            self.case = mine.filter(protocol=digits).first()
            if self.case is None:
                self.add_error("protocol", _("You have no case with this number."))
        elif not data.get("service"):
            self.add_error("service", _("Choose a service, or write the protocol of a case."))
        return data

    def decided(self) -> dict[str, Any]:
        """What the matrix says, rule by rule; the rules after the first match are shown as not looked at."""
        place, found = self.cleaned_data.get("place"), self.case
        lat, lon = self.cleaned_data.get("lat"), self.cleaned_data.get("lon")
        if found is not None:
            service, kind, place = found.service, found.kind, found.place
        else:
            service, kind = (
                self.cleaned_data["service"],
                self.cleaned_data.get("kind") or service_kind(self.cleaned_data["service"]),
            )
            if place is None and lat is not None and lon is not None:
                slug = polygons(self.agency.pk).locate(lat, lon)
                place = Place.objects.filter(agency=self.agency, slug=slug).first() if slug else None
        rules = [rule for rule in rules_of(self.agency.pk) if rule.is_active]
        result = route(service=service, place=place, kind=kind, rules=rules)
        rest = rules[len(result.steps) :]
        return {
            "result": result, "rest": rest, "case": found, "service": service, "kind": Kind(kind).label, "place": place,
            "protocol": format_protocol(found.protocol) if found else "",
        }  # fmt: skip


def service_kind(service: Service) -> str:
    return service.kinds[0] if service.kinds else Kind.SOLICITACAO.value


@staff_page("settings.edit")
def try_case(request: StaffRequest) -> HttpResponse:
    """Which rule a demand hits, and why the ones before it do not. Nothing is written."""
    form = TryForm(request.GET or None, agency=own_agency(request), request=request)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        context |= form.decided()
    return render(request, "console/settings/try.html", context)


@staff_page("settings.edit", "case.triage")
def again(request: StaffRequest) -> HttpResponse:
    """Ask the matrix again for the cases that no rule caught."""
    if request.method == "POST":
        waiting = Case.objects.visible_to(request.actor).filter(state=State.TRIAGE, area=None).order_by("pk")
        try:
            routed, still = route_unrouted(actor=request.actor, cases=list(waiting[:AT_ONCE]))
        except Refusal as refusal:
            messages.error(request, str(refusal.sentence))
        else:
            words = _("%(routed)s cases went to their areas; %(still)s still match no rule.")
            messages.success(request, words % {"routed": routed, "still": still})
    return redirect("console:settings_matrix")
