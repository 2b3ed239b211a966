"""Attendants: who talks with people, in which lines, and how many conversations at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.inbox.conversations.presence import set_up_attendant
from balcao.inbox.models import Attendant, Line
from balcao.organization.models import Staff
from balcao.organization.queries import staff_with
from balcao.platform.search import SortKey

from .editing import edit_page, mine, own_agency
from .history import entries_of

LANGUAGES = {"pt": "Português", "en": "English", "es": "Español", "fr": "Français"}


class AttendantForm(forms.Form):
    use_required_attribute = False
    lines = forms.ModelMultipleChoiceField(
        Line.objects.none(),
        label=gettext_lazy("Lines that this person serves"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Without a line, nobody is given to them."),
    )
    capacity = forms.IntegerField(
        label=gettext_lazy("Conversations at once"),
        min_value=1,
        max_value=50,
        help_text=gettext_lazy("Most people talk well with three or four."),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages that this person speaks"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: every language. Whoever speaks another one waits for a colleague who speaks it."),
    )


@staff_page("staff.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """Everybody whose role lets them talk with people."""
    agency = own_agency(request)
    people = staff_with(agency.pk, "inbox.attend").select_related("attending").prefetch_related("attending__lines")
    now = timezone.now()
    rows = []
    for person in people.distinct().order_by(SortKey("name")):
        attending: Attendant | None = getattr(person, "attending", None)
        until = attending.present_until if attending else None
        rows.append({
            "person": person, "attending": attending, "here": until is not None and until > now,
            "lines": ", ".join(line.name for line in attending.lines.all()) if attending else "",
            "languages": ", ".join(LANGUAGES.get(one, one) for one in attending.languages) if attending else "",
        })  # fmt: skip
    return render(request, "console/settings/attendants.html", {"rows": rows})


@staff_page("staff.edit")
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """What one colleague serves."""
    person = mine(Staff, request, pk)
    if not staff_with(person.agency_id, "inbox.attend").filter(pk=pk).exists():
        raise Http404
    attending = Attendant.objects.filter(staff=person).first()
    initial: dict[str, Any] = {"capacity": 4}
    if attending is not None:
        served = list(attending.lines.values_list("pk", flat=True))
        initial = {"capacity": attending.capacity, "lines": served, "languages": attending.languages}
    form = AttendantForm(request.POST or None, initial=initial)
    fields: dict[str, Any] = form.fields
    named = LANGUAGES | {one: LANGUAGES.get(one, one) for one in initial.get("languages", ())}
    fields["languages"].choices = list(named.items())
    fields["lines"].queryset = Line.objects.filter(agency=own_agency(request), is_active=True).order_by(SortKey("name"))
    return edit_page(
        request,
        form,
        action=lambda data: set_up_attendant(
            actor=request.actor, staff=person, **{k: data[k] for k in ("capacity", "lines", "languages")}
        ),
        done=_("Saved. It holds from the next conversation on."),
        back=lambda obj: reverse("console:settings_attendants"),
        title=person.name,
        trail=[(_("Attendants"), reverse("console:settings_attendants"))],
        fieldsets=[("", "", ["lines", "languages", "capacity"])],
        short=["capacity"],
        template="console/settings/attendant.html",
        part_title=_("Attendants"),
        entries=entries_of(attending) if attending else [],
    )
