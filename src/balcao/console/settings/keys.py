"""Keys for other systems: made, changed, revoked. The key itself is shown once, on the page after it was made."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.organization.actions import change_key, make_key, revoke_key
from balcao.organization.keys import SCOPES
from balcao.organization.models import ApiKey, Area
from balcao.platform.crypto import Unreadable, decrypt, encrypt
from balcao.platform.search import SortKey

from .editing import AgencyForm, edit_page, mine, own_agency

SHOWN_ONCE = "new_key"  # in the session, encrypted, until the next page shows it


class KeyForm(AgencyForm):
    stands_for = {"area_ids": "areas", "expires_at": "last_day"}
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What may it do?"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    areas = forms.ModelMultipleChoiceField(
        Area.objects.order_by(SortKey("name")),
        label=gettext_lazy("Only in these areas"),
        help_text=gettext_lazy("None: in the whole agency."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("Empty: until somebody revokes it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes", "per_minute", "per_day"]
        help_texts = {"name": gettext_lazy("Which system uses it, and who answers for it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.instance
        self.initial["areas"] = list(key.area_ids)
        if key.expires_at is not None:
            self.initial["last_day"] = timezone.localdate(key.expires_at - timedelta(seconds=1))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.instance.area_ids = [area.pk for area in data.get("areas") or []]
        day = data.get("last_day")
        ends = datetime.combine(day + timedelta(days=1), time.min) if day and day.year < 9000 else None
        self.instance.expires_at = timezone.make_aware(ends) if ends else None
        return data


@staff_page("staff.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The agency's keys, those that work first."""
    now = timezone.now()
    keys = list(ApiKey.objects.filter(agency=own_agency(request)).select_related("made_by").order_by("-pk"))
    for key in keys:
        key.good = key.works(now)  # type: ignore[attr-defined]
        key.what = [str(SCOPES.get(scope, scope)) for scope in key.scopes]  # type: ignore[attr-defined]
    context = {"keys": sorted(keys, key=lambda k: not k.works(now)), "fresh": _fresh(request)}
    return render(request, "console/settings/keys.html", context)


def _fresh(request: StaffRequest) -> str:
    """The key that was made just now; asked for once."""
    try:
        return decrypt(request.session.pop(SHOWN_ONCE, "")) if SHOWN_ONCE in request.session else ""
    except Unreadable:
        return ""


@staff_page("staff.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Make a key or change one. Nobody gives it more than they hold."""
    key = mine(ApiKey, request, pk) if pk else None

    def run(obj: ApiKey) -> ApiKey:
        if obj.pk:
            return change_key(actor=request.actor, key=obj)
        made, raw = make_key(actor=request.actor, key=obj)
        request.session[SHOWN_ONCE] = encrypt(raw)
        return made

    return edit_page(
        request,
        KeyForm(request.POST or None, instance=key, agency=own_agency(request)),
        action=run,
        done=_("The key is saved."),
        back=lambda obj: reverse("console:settings_keys"),
        title=key.name if key else _("New key"),
        trail=[(_("Keys"), reverse("console:settings_keys"))],
        fieldsets=[
            ("", "", ["name", "scopes", "areas"]),
            (_("How often, and how long"), "", ["per_minute", "per_day", "last_day"]),
        ],
        template="console/settings/key.html",
        key=key,
    )


@require_POST
@staff_page("staff.edit")
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    key = mine(ApiKey, request, pk)
    attempt(request, lambda: revoke_key(actor=request.actor, key=key), _("The key opens nothing any more."))
    return redirect("console:settings_keys")
