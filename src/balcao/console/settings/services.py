"""Services and their groups: the charter, the kinds, the deadline."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.offering import offer_service
from balcao.catalog.actions import (
    CHARTER,
    change_group,
    labels_of,
    missing_for_publication,
    remove_service,
)
from balcao.catalog.actions import (
    remove_group as remove_group_action,
)
from balcao.catalog.models import Kind, Service, ServiceGroup
from balcao.clocks.rules import Rule, rules
from balcao.clocks.worktime import CALENDAR_DAYS, WORKING_DAYS, WORKING_HOURS
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.web.icons import icon_set

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page

UNITS = {
    CALENDAR_DAYS: gettext_lazy("calendar days"),
    WORKING_DAYS: gettext_lazy("working days"),
    WORKING_HOURS: gettext_lazy("working hours"),
}
FIELDSETS = [
    (gettext_lazy("The service"), "", ["name", "group", "summary", "keywords"]),
    (
        gettext_lazy("The charter"),
        gettext_lazy("What everybody has a right to know before they ask (Lei 13.460/2017, art. 7)."),
        ["who_may_ask", "what_is_needed", "steps", "how_long", "channels", "where", "waiting_time", "cost", "legal_basis"],
    ),
    (gettext_lazy("The demand"), "", ["kinds", "location", "allows_anonymous"]),
    (
        gettext_lazy("The deadline"),
        gettext_lazy("Open demands keep the date they were promised: a change is for new ones."),
        ["rule", "amount", "area_rule", "area_amount", "calendar"],
    ),
    (gettext_lazy("Who sees it"), "", ["is_published", "is_public", "coarse_location", "is_catch_all", "position"]),
]


def limit_of(rule: Rule) -> str:
    """ "30 calendar days · Lei …": how long a rule allows, and where that stands."""
    amount = (
        f"{rule.amount} {UNITS[rule.unit]}"
        if rule.amount
        else _("as many %(unit)s as you promise") % {"unit": UNITS[rule.unit]}
    )
    return f"{amount} · {rule.citation}" if rule.citation else amount


class ServiceForm(AgencyForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of demand it takes"), choices=Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    rule = forms.ChoiceField(
        label=gettext_lazy("Which rule gives the deadline of the answer?"), widget=forms.RadioSelect
    )
    area_rule = forms.ChoiceField(label=gettext_lazy("And the area's own deadline?"), widget=forms.RadioSelect)

    class Meta:
        model = Service
        fields = [name for _legend, _help, names in FIELDSETS for name in names]
        widgets = {"location": forms.RadioSelect} | {
            name: forms.Textarea(attrs={"rows": 3})
            for name in ("who_may_ask", "what_is_needed", "steps", "channels", "where", "legal_basis")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = list(rules(self.agency.jurisdiction))
        for name in ("rule", "area_rule"):
            self.fields[name].choices = [(r.slug, r.name) for r in allowed]  # type: ignore[attr-defined]
        if self.instance.pk is None:
            self.fields["kinds"].initial = [Kind.SOLICITACAO, Kind.RECLAMACAO]
            legal = next((r.slug for r in allowed if r.is_law), allowed[0].slug)
            brazil = self.agency.jurisdiction == "BR"
            self.fields["rule"].initial = legal
            self.fields["area_rule"].initial = "lei-13460-area" if brazil else "working-days"
        texts = {
            "summary": _("What people find when they search. One short sentence, without jargon."),
            "keywords": _("Words that people use for it: “branch, trunk, fallen tree”. The search finds them too."),
            "amount": _("Leave it empty for the whole time of the law. A smaller number is a promise of your own; a "
                        "larger one is not allowed. In the rule's unit."),
            "area_amount": _("How long the area has to report, in its rule's unit. Empty: the whole time of the rule."),
            "calendar": _("Empty: the agency's usual calendar."),
            "is_published": _("Only published services stand on the portal. The charter must be written before."),
            "is_public": _("Neighbours who want to ask for the same see that somebody already did."),
            "is_catch_all": _("Whoever finds nothing on the portal is led here. It never stands among the most asked."),
            "position": _("Smaller numbers stand first in their group."),
            "location": _("Whether people say where it is, with an address or a point on the map."),
        }  # fmt: skip
        for name, text in texts.items():
            self.fields[name].help_text = text
        for name in CHARTER:
            mark = _("Needed to publish.")
            self.fields[name].help_text = f"{self.fields[name].help_text} {mark}".strip()
        self.fields["position"].label = _("Place in the list")
        self.fields["calendar"].empty_label = _("The usual calendar")  # type: ignore[attr-defined]
        self.fields["group"].label, self.fields["calendar"].label = _("Group"), _("Calendar")
        self.fields["group"].empty_label = _("Choose…")  # type: ignore[attr-defined]
        self.fields["amount"].label = _("Our promise, when shorter than the law")
        self.fields["area_amount"].label = _("The area's time, when shorter")

    def rule_options(self) -> list[dict[str, Any]]:
        return [{"value": r.slug, "label": r.name, "help": limit_of(r)} for r in rules(self.agency.jurisdiction)]


def tabs(service: Service, current: str) -> list[dict[str, Any]]:
    """The pages of one service."""
    count = len((service.current.script if service.current else {}).get("questions") or [])
    pages = [
        ("service", _("Service"), reverse("console:settings_service", args=[service.pk]), None),
        ("questions", _("Questions"), reverse("console:settings_questions", args=[service.pk]), count),
        ("letters", _("Letters"), f"{reverse('console:settings_letters')}?service={service.pk}", None),
    ]
    return [{"label": lab, "href": href, "current": key == current, "count": n} for key, lab, href, n in pages]


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The catalogue as it stands on the portal, shelf by shelf, unpublished services too."""
    groups = ServiceGroup.objects.filter(agency=own_agency(request)).prefetch_related("services")
    shelves = [
        (group, [(service, labels_of(missing_for_publication(service))) for service in group.services.all()])
        for group in groups.annotate(n=Count("services"))
    ]
    return render(request, "console/settings/services.html", {"shelves": shelves})


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a service or change one."""
    service = mine(Service, request, pk) if pk else None
    name = service.name if service else _("New service")
    published = bool(service and service.is_published)
    initial = {"group": request.GET["group"]} if not pk and request.GET.get("group", "").isdigit() else None
    form = ServiceForm(request.POST or None, instance=service, initial=initial, agency=own_agency(request))
    return edit_page(
        request,
        form,
        action=lambda obj: offer_service(actor=request.actor, service=obj),
        done=_("The service is saved."),
        back=lambda obj: reverse("console:settings_service" if pk else "console:settings_questions", args=[obj.pk]),
        title=name,
        trail=[(_("Services"), reverse("console:settings_services"))],
        fieldsets=FIELDSETS,
        template="console/settings/service.html",
        tabs=tabs(service, "service") if service else [],
        missing=labels_of(missing_for_publication(Service.objects.get(pk=service.pk)))
        if service and not published
        else [],
        published=published,
        remove_url=reverse("console:settings_service_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    service = mine(Service, request, pk)
    return remove_page(
        request,
        lambda: remove_service(actor=request.actor, service=service),
        done=_("The service is removed."),
        back=reverse("console:settings_services"),
        stay=reverse("console:settings_service", args=[pk]),
    )


class GroupForm(AgencyForm):
    icon = forms.ChoiceField(label=gettext_lazy("Picture"), required=False)

    class Meta:
        model = ServiceGroup
        fields = ["name", "summary", "icon", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["icon"].choices = [("", _("None")), *((n, n) for n in sorted(icon_set()))]  # type: ignore[attr-defined]
        self.fields["position"].label = _("Place in the list")
        self.fields["position"].help_text = _("Smaller numbers stand first.")


@staff_page("settings.edit")
def group(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a group or change one."""
    found = mine(ServiceGroup, request, pk) if pk else None
    return edit_page(
        request,
        GroupForm(request.POST or None, instance=found, agency=own_agency(request)),
        action=lambda obj: change_group(actor=request.actor, group=obj),
        done=_("The group is saved."),
        back=lambda obj: reverse("console:settings_services"),
        title=found.name if found else _("New group"),
        trail=[(_("Services"), reverse("console:settings_services"))],
        fieldsets=[("", "", ["name", "summary", "icon", "position"])],
        remove_url=reverse("console:settings_group_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove_group(request: StaffRequest, pk: int) -> HttpResponse:
    found = mine(ServiceGroup, request, pk)
    return remove_page(
        request,
        lambda: remove_group_action(actor=request.actor, group=found),
        done=_("The group is removed."),
        back=reverse("console:settings_services"),
        stay=reverse("console:settings_group", args=[pk]),
    )
