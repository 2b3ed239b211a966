"""Services and their groups: the charter, the kinds, the deadline."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.offering import offer_service
from balcao.cases.promises import area_outlasts
from balcao.catalog.actions import (
    change_group,
    labels_of,
    missing_for_publication,
    remove_service,
)
from balcao.catalog.actions import (
    remove_group as remove_group_action,
)
from balcao.catalog.models import Service, ServiceGroup
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.queries import calendar_for
from balcao.organization.worktime import Calendar
from balcao.platform.errors import Refusal
from balcao.web.icons import icon_set
from balcao.workorders.trial import uncaught

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page
from .service_form import PARTS, ServiceForm


def tabs(service: Service, current: str) -> list[dict[str, Any]]:
    """The pages of one service, in the order in which one writes it."""
    count = len((service.current.script if service.current else {}).get("questions") or [])
    address = {name: address_of(service.pk, name) for name in ("service", "charter", "deadline", "publish")}
    pages = [
        *((name, PARTS[name].title, address[name], None) for name in ("service", "charter", "deadline")),
        ("questions", _("Questions"), reverse("console:settings_questions", args=[service.pk]), count),
        ("letters", _("Letters"), f"{reverse('console:settings_letters')}?service={service.pk}", None),
        ("publish", PARTS["publish"].title, address["publish"], None),
    ]
    return [{"label": lab, "href": href, "current": key == current, "count": n} for key, lab, href, n in pages]


def address_of(pk: int, part: str) -> str:
    return reverse("console:settings_service" + (f"_{part}" if part != "service" else ""), args=[pk])


def late_area(service: Service, calendars: dict[int | None, Calendar] | None = None) -> str:
    """A warning, when the area's own time ends after the date that the citizen is promised; else nothing."""
    known = {} if calendars is None else calendars
    if service.calendar_id not in known:
        known[service.calendar_id] = calendar_for(service.agency_id, service.calendar_id)
    calendar = known[service.calendar_id]
    try:
        found = area_outlasts(service, calendar, timezone.now())
    except Refusal:  # its amounts fit no rule: its own form says so
        found = None
    if found is None:
        return ""
    area, promise = (date_format(calendar.local(moment).date(), "DATE_FORMAT") for moment in found)
    return _(
        "For a demand of these days the area's own time would end on %(area)s, and the promise to the citizen on "
        "%(promise)s. The area's date is then the citizen's, and no time is left to read the answer before it is due. "
        "Give the area less time."
    ) % {"area": area, "promise": promise}


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The catalogue as it stands on the portal, shelf by shelf, unpublished services too."""
    agency = own_agency(request)
    calendars: dict[int | None, Calendar] = {}
    shelves = []
    for shelf in ServiceGroup.objects.filter(agency=agency).prefetch_related("services"):
        rows = []
        for service in shelf.services.all():
            service.agency = agency
            missing = labels_of(missing_for_publication(service))
            rows.append((service, missing, bool(late_area(service, calendars))))
        shelves.append((shelf, rows))
    return render(request, "console/settings/services.html", {"shelves": shelves})


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None, part: str = "service") -> HttpResponse:
    """Add a service or change one part of it. While it is being written, each part leads to the next."""
    service, agency, shown = mine(Service, request, pk) if pk else None, own_agency(request), PARTS[part]
    published = bool(service and service.is_published)
    initial = {"group": request.GET["group"]} if not pk and request.GET.get("group", "").isdigit() else None
    form = ServiceForm(request.POST or None, instance=service, initial=initial, agency=agency, part=shown)
    saved = Service.objects.get(pk=pk) if pk else None  # as it is, not as it was typed

    def keep(obj: Service) -> Service:
        kept = offer_service(actor=request.actor, service=obj)
        if part == "deadline" and (warning := late_area(kept)):
            messages.warning(request, warning)
        return kept

    def after(obj: Service) -> str:
        return address_of(obj.pk, part) if published else reverse(f"console:settings_{shown.then}", args=[obj.pk])

    return edit_page(
        request,
        form,
        action=keep,
        done=_("The service is saved."),
        back=after,
        title=service.name if service else _("New service"),
        trail=[(_("Services"), reverse("console:settings_services"))],
        fieldsets=shown.sections,
        folded=shown.folded,
        template="console/settings/service.html",
        tabs=tabs(service, part) if service else [],
        missing=labels_of(missing_for_publication(saved)) if saved and not published else [],
        charter_url=address_of(service.pk, "charter") if service else "",
        late_area=late_area(saved) if saved and request.method != "POST" else "",
        deadline_url=address_of(service.pk, "deadline") if service else "",
        unrouted=part == "publish" and any(u.service.pk == pk for u in uncaught(agency.pk)),
        part=part,
        part_title=shown.title if service else "",
        published=published,
        short=["amount", "area_amount", "position"],
        submit="" if published or part == "publish" else _("Save and go on"),
        remove_url=reverse("console:settings_service_remove", args=[pk]) if pk and part == "service" else "",
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
        self.fields["icon"].choices = [("", _("No picture")), *((n, n) for n in sorted(icon_set()))]  # type: ignore[attr-defined]
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
