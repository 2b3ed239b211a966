"""How the agency itself works: what is the same for all of its services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, staff_page
from balcao.organization.actions import change_agency
from balcao.organization.models import Agency, check_warnings

from .editing import edit_page

FIELDSETS = [
    (gettext_lazy("Triage"), "", ["triage_days"]),
    (
        gettext_lazy("Warnings"),
        gettext_lazy("Open demands keep the warnings that they began with: a change is for new ones."),
        ["warn_fractions"],
    ),
]


class PercentField(forms.CharField):
    """ "50, 80" in the form; [0.5, 0.8] behind it."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f"{round(f * 100)}" for f in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[float]:
        parts = super().clean(value).replace("%", " ").replace(",", " ").replace(";", " ").split()
        try:
            found = sorted(int(part) / 100 for part in parts)
        except ValueError:
            found = []
        check_warnings(found)
        return found


class HouseForm(forms.ModelForm):
    use_required_attribute = False
    warn_fractions = PercentField(
        label=gettext_lazy("Warn when this much of the time has passed, in percent"),
        max_length=40,
        help_text=gettext_lazy("One to four numbers: 50, 80 warns at half of the time and again when a fifth is left."),
    )

    class Meta:
        model = Agency
        fields = ["triage_days", "warn_fractions"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["triage_days"].help_text = _(
            "A case in which nobody has moved anything for longer stands on the page “To mend”. From 1 to 60."
        )


@staff_page("settings.edit")
def edit(request: StaffRequest) -> HttpResponse:
    """One page: there is one agency."""
    assert request.actor.agency_id is not None
    agency = Agency.objects.get(pk=request.actor.agency_id)
    return edit_page(
        request,
        HouseForm(request.POST or None, instance=agency),
        action=lambda obj: change_agency(actor=request.actor, agency=obj),
        done=_("Saved. It counts within ten minutes."),
        back=lambda _agency: reverse("console:settings_agency"),
        title=_("The agency"),
        trail=[],
        fieldsets=FIELDSETS,
    )
