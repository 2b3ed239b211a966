"""The form of a known problem, over the choices of its agency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balcao.cases.actions.incidents import MOST_TEXT
from balcao.cases.models import Incident
from balcao.catalog.models import Kind, Service
from balcao.organization.models import Agency, Area, Place
from balcao.platform.search import SortKey


class Moment(forms.DateTimeInput):
    """A day and an hour, as browsers ask for them."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class IncidentForm(forms.Form):
    use_required_attribute = False
    title = forms.CharField(
        label=_("The problem in one line"), max_length=120, help_text=_("As you would tell it to a neighbour.")
    )
    text = forms.CharField(
        label=_("What everybody reads"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What is known, what is being done, what people should do meanwhile. It stands on the portal."),
    )
    expected_by = forms.DateTimeField(
        label=_("When you expect it to be solved"),
        required=False,
        widget=Moment(),
        help_text=_("Leave it empty when nobody knows yet."),
    )
    began_at = forms.DateTimeField(label=_("Since when"), widget=Moment())
    area = forms.ModelChoiceField(
        Area.objects.none(),
        label=_("Who takes care of it"),
        empty_label=_("Choose the area…"),
        help_text=_("Every demand under it waits for this area."),
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.none(),
        label=_("What people ask for because of it"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whoever asks for one of these is told first."),
    )
    address = forms.CharField(
        label=_("Where, in words"),
        max_length=200,
        required=False,
        help_text=_("For example: Rua das Flores, from number 100 to 900. Everybody reads it."),
    )
    places = forms.ModelMultipleChoiceField(
        Place.objects.none(), label=_("Districts"), required=False, widget=forms.CheckboxSelectMultiple
    )
    lat = forms.FloatField(label=_("Latitude"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    lon = forms.FloatField(label=_("Longitude"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    radius_m = forms.IntegerField(
        label=_("Radius in metres"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )

    def __init__(self, *args: Any, agency: Agency, incident: Incident | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if incident is None:
            self.initial.setdefault("began_at", timezone.now())
        else:
            self.initial = _said(incident)
        services = Service.objects.filter(agency=agency, is_published=True).exclude(kinds=[Kind.DENUNCIA])
        self._choose("services", services.order_by(SortKey("name")))
        self._choose("area", Area.objects.filter(agency=agency, is_active=True).order_by(SortKey("name")))
        places = Place.objects.filter(agency=agency, kind=Place.Kind.DISTRICT).defer("boundary")
        self._choose("places", places.order_by(SortKey("name")))

    def _choose(self, name: str, found: Any) -> None:
        self.fields[name].queryset = found  # type: ignore[attr-defined]

    @property
    def placed(self) -> bool:
        """Whether the finer fields about its place stand open."""
        names = ("places", "lat", "lon", "radius_m")
        return any(self[name].value() or self[name].errors for name in names)


def _said(incident: Incident) -> dict[str, Any]:
    names = ("title", "text", "address", "lat", "lon", "radius_m", "began_at", "expected_by")
    said: dict[str, Any] = {name: getattr(incident, name) for name in names}
    chosen = {name: [one.pk for one in getattr(incident, name).all()] for name in ("services", "places")}
    return said | chosen | {"area": incident.area_id}
