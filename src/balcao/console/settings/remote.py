"""The other system of an area: where its orders go, and those of which nobody knows whether they arrived."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from balcao.console.shell import StaffRequest, attempt, staff_page
from balcao.organization.models import Area
from balcao.platform import outside
from balcao.workorders.actions import change_system, settle_doubt
from balcao.workorders.models import RemoteOrder, RemoteSystem

from .editing import AgencyForm, edit_page, mine, own_agency

_LINE = re.compile(r"([-\w]+)\s*=\s*(.{1,100})")


class SystemForm(AgencyForm):
    """The key is written and never shown; the codes are lines of "our-service = theirs"."""

    stands_for = {"secret": "new_secret", "codes": "code_lines"}
    url = forms.URLField(label=gettext_lazy("Address"), max_length=500, assume_scheme="https")
    new_secret = forms.CharField(
        label=gettext_lazy("Key or shared secret"),
        required=False,
        max_length=300,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept encrypted and never shown again. Leave it empty to keep the one that is there."),
    )
    code_lines = forms.CharField(
        label=gettext_lazy("Its codes for our services"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One a line: the address name of our service = its code, like tree-fall = 0042."),
    )

    class Meta:
        model = RemoteSystem
        fields = ["connector", "url", "jurisdiction", "service_code", "repeats_safely", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].help_text = _("For Open311 up to and with v2: https://city.example.org/open311/v2")
        self.fields["jurisdiction"].help_text = _("Only where the other system serves several.")
        self.fields["service_code"].help_text = _("Used for services that are not listed below; else our own name is.")
        self.fields["repeats_safely"].help_text = _(
            "Another Balcão does. Then an order whose answer was lost is simply sent again; else it is looked for, and "
            "a person decides."
        )
        self.fields["is_active"].help_text = _("Off: new orders stay here, and nothing is asked there.")
        self.fields["code_lines"].initial = "\n".join(f"{k} = {v}" for k, v in sorted(self.instance.codes.items()))

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            outside.check_address(url)
        except outside.NotOutside as error:
            raise ValidationError(str(error.sentence)) from error
        except outside.OutsideError:
            pass  # it may be down just now
        return url

    def clean_code_lines(self) -> dict[str, str]:
        codes: dict[str, str] = {}
        for line in filter(str.strip, self.cleaned_data["code_lines"].splitlines()):
            found = _LINE.fullmatch(line.strip())
            if found is None:
                raise ValidationError(_("Write one a line, like tree-fall = 0042."))
            codes[found[1]] = found[2].strip()
        return codes

    def save(self, commit: bool = True) -> RemoteSystem:
        system: RemoteSystem = super().save(commit=False)
        system.codes = self.cleaned_data["code_lines"]
        system.secret = self.cleaned_data["new_secret"] or system.secret
        return system


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Set or change the system of an area."""
    area = mine(Area, request, pk)
    system = RemoteSystem.objects.filter(area=area).first()
    instance = system or RemoteSystem(agency=own_agency(request), area=area, is_active=True)
    form = SystemForm(request.POST or None, instance=instance, agency=own_agency(request))
    doubtful = RemoteOrder.objects.filter(system__area=area, state=RemoteOrder.State.UNKNOWN)
    return edit_page(
        request,
        form,
        action=lambda obj: change_system(actor=request.actor, system=obj),
        done=_("Saved. The area's orders go there from now on."),
        back=lambda obj: reverse("console:settings_area_system", args=[pk]),
        title=_("Another system"),
        trail=[
            (_("Areas"), reverse("console:settings_areas")),
            (area.name, reverse("console:settings_area", args=[pk])),
        ],
        fieldsets=[
            (
                "",
                _(
                    "The orders of this area are forwarded there, and what becomes of them is read back. Who asked, "
                    "and reports of wrongdoing, are never told."
                ),
                ["connector", "url", "new_secret", "service_code", "code_lines", "is_active"],
            )
        ],
        folded=[(_("Rarely needed"), "", ["jurisdiction", "repeats_safely"])],
        template="console/settings/system.html",
        area=area,
        doubtful=list(doubtful.select_related("order__case")[:50]),
    )


@staff_page("settings.edit")
@require_POST
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """A person has looked whether an order arrived there."""
    area = mine(Area, request, pk)
    number = request.POST.get("remote", "")
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 15 else 0
    remote = get_object_or_404(RemoteOrder.objects.select_related("system"), pk=wanted, system__area=area)
    reference = request.POST.get("reference", "").strip()
    again = "again" in request.POST
    if reference or again:  # the other button beside an empty field sends nothing
        given = "" if again else reference
        attempt(request, lambda: settle_doubt(actor=request.actor, remote=remote, reference=given), _("Noted."))
    return redirect("console:settings_area_system", pk=pk)
