"""Areas: the departments that act."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.actions import remove_area
from balcao.organization.models import Area
from balcao.platform.search import SortKey
from balcao.workorders.actions import change_area
from balcao.workorders.states import OPEN

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page


class AreaForm(AgencyForm):
    class Meta:
        model = Area
        fields = ["name", "parent", "email", "is_active"]


def _form(request: StaffRequest, area: Area | None) -> AreaForm:
    form = AreaForm(request.POST or None, instance=area, agency=own_agency(request))
    form.fields["parent"].label = _("Belongs to")
    form.fields["parent"].help_text = _("When this area is late, the people in charge of that one are told.")
    form.fields["parent"].empty_label = _("Nobody above it")  # type: ignore[attr-defined]
    form.fields["email"].help_text = _("Where its alarms are sent, besides its managers.")
    form.fields["is_active"].help_text = _("Cases are sent only to active areas.")
    if area is not None:
        choices = form.fields["parent"].queryset  # type: ignore[attr-defined]
        form.fields["parent"].queryset = choices.exclude(pk=area.pk)  # type: ignore[attr-defined]
    return form


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The areas by name, with their open orders and their rules."""
    areas = (
        Area.objects.filter(agency=own_agency(request))
        .select_related("parent")
        .annotate(
            open_orders=Count("orders", filter=Q(orders__state__in=OPEN), distinct=True),
            rule_count=Count("rules", filter=Q(rules__is_active=True), distinct=True),
        )
        .order_by("-is_active", SortKey("name"))
    )
    return render(request, "console/settings/areas.html", {"areas": areas})


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add an area or change one."""
    area = mine(Area, request, pk) if pk else None
    name = area.name if area else _("New area")
    return edit_page(
        request,
        _form(request, area),
        action=lambda obj: change_area(actor=request.actor, area=obj),
        done=_("The area is saved."),
        back=lambda obj: reverse("console:settings_areas"),
        title=name,
        trail=[(_("Areas"), reverse("console:settings_areas"))],
        fieldsets=[("", "", ["name", "parent", "email", "is_active"])],
        template="console/settings/area.html",
        remove_url=reverse("console:settings_area_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    area = mine(Area, request, pk)
    return remove_page(
        request,
        lambda: remove_area(actor=request.actor, area=area),
        done=_("The area is removed."),
        back=reverse("console:settings_areas"),
        stay=reverse("console:settings_area", args=[pk]),
    )
