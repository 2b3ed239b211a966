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
from balcao.organization.models import Agency

from .editing import edit_page

FIELDSETS = [(gettext_lazy("Triage"), "", ["triage_days"])]


class HouseForm(forms.ModelForm):
    use_required_attribute = False

    class Meta:
        model = Agency
        fields = ["triage_days"]

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
