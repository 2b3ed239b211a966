"""Places: regions, districts with their boundaries on the map, posts where people are received."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.actions import change_place, import_places, remove_place
from balcao.organization.models import Place
from balcao.organization.places import POLYGONS
from balcao.platform.search import SortKey

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page

LARGEST = 20 * 1024 * 1024  # bytes of a GeoJSON file
SMOOTH = 0.0002  # degrees: the preview needs no more


class PlaceForm(AgencyForm):
    class Meta:
        model = Place
        fields = ["name", "kind", "parent", "address", "opening"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].label = _("Kind")
        self.fields["parent"].label = _("Within")
        self.fields["parent"].empty_label = _("Nothing larger")  # type: ignore[attr-defined]
        self.fields["parent"].help_text = _("A district stands within its region: a rule for the region covers it.")
        parents = self.fields["parent"].queryset  # type: ignore[attr-defined]
        self.fields["parent"].queryset = parents.exclude(pk=self.instance.pk).defer("boundary")  # type: ignore[attr-defined]
        self.fields["address"].help_text = self.fields["opening"].help_text = _("For service posts.")


class ImportForm(forms.Form):
    use_required_attribute = False
    file = forms.FileField(
        label=gettext_lazy("GeoJSON file"),
        help_text=gettext_lazy("Districts as polygons in longitude and latitude (WGS 84), up to 20 MB."),
    )
    name_key = forms.CharField(
        label=gettext_lazy("Property that holds the name"),
        help_text=gettext_lazy("Leave it empty if it is “name” or “nome”."),
        required=False,
        max_length=60,
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError(_("This file is larger than 20 MB. Simplify the boundaries first."))
        try:
            return json.loads(upload.read().decode("utf-8-sig"))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise forms.ValidationError(_("This is no GeoJSON file: %(why)s") % {"why": error}) from None


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The places by name, and the map of those with a boundary."""
    own = Place.objects.filter(agency=own_agency(request))
    places = own.select_related("parent").defer("boundary", "parent__boundary").order_by("kind", SortKey("name"))
    bounded = own.filter(boundary__isnull=False)
    return render(
        request,
        "console/settings/places.html",
        {"places": places, "drawn": bounded.count(), "bounded": set(bounded.values_list("pk", flat=True))},
    )


@staff_page("settings.edit")
def boundaries(request: StaffRequest) -> HttpResponse:
    """The boundaries as they are now, simplified, as a FeatureCollection (RFC 7946). A place that is drawn through
    those inside it is left out: two names would stand on the same spot."""
    from shapely.geometry import mapping, shape

    found = Place.objects.filter(agency=own_agency(request), boundary__isnull=False)
    found = found.exclude(pk__in=found.exclude(parent=None).values("parent"))
    features = [
        {
            "type": "Feature",
            "properties": {"slug": slug, "name": name},
            "geometry": mapping(shape(dict(boundary or {})).simplify(SMOOTH)),
        }
        for slug, name, boundary in found.values_list("slug", "name", "boundary")
    ]
    return HttpResponse(
        json.dumps({"type": "FeatureCollection", "features": features}), content_type="application/geo+json"
    )


@staff_page("settings.edit")
def load(request: StaffRequest) -> HttpResponse:
    """Import districts from a file."""
    agency = own_agency(request)

    def run(data: dict[str, Any]) -> Any:
        done = import_places(
            actor=request.actor, agency=agency, collection=data["file"], name_key=data["name_key"].strip()
        )
        POLYGONS.forget(agency.pk)
        return done

    return edit_page(
        request,
        ImportForm(request.POST or None, request.FILES or None),
        action=run,
        done=_("The districts are imported. Look at them on the map."),
        back=lambda done: reverse("console:settings_places"),
        title=_("Import districts"),
        trail=[(_("Places"), reverse("console:settings_places"))],
        fieldsets=[
            (
                "",
                _("A district with the same name gets the new boundary, a new name is added, and none is removed."),
                ["file", "name_key"],
            )
        ],
        multipart=True,
        submit=_("Import"),
    )


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a place or change one."""
    place = mine(Place, request, pk) if pk else None
    return edit_page(
        request,
        PlaceForm(request.POST or None, instance=place, agency=own_agency(request)),
        action=lambda obj: change_place(actor=request.actor, place=obj),
        done=_("The place is saved."),
        back=lambda obj: reverse("console:settings_places"),
        title=place.name if place else _("New place"),
        trail=[(_("Places"), reverse("console:settings_places"))],
        fieldsets=[("", "", ["name", "kind", "parent", "address", "opening"])],
        remove_url=reverse("console:settings_place_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    place = mine(Place, request, pk)
    return remove_page(
        request,
        lambda: remove_place(actor=request.actor, place=place),
        done=_("The place is removed."),
        back=reverse("console:settings_places"),
        stay=reverse("console:settings_place", args=[pk]),
    )
