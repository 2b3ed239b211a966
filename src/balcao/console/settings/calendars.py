"""Working calendars: the hours of a week, holidays, and what the next 60 days look like."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.organization.actions import change_calendar, change_holiday, remove_calendar, remove_holiday
from balcao.organization.models import Holiday, WorkingCalendar
from balcao.organization.worktime import clock, intervals_from
from balcao.platform.search import SortKey

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page

AHEAD = 60  # days of the preview
ZONES = [
    *(
        "America/Sao_Paulo",
        "America/Manaus",
        "America/Cuiaba",
        "America/Rio_Branco",
        "America/Noronha",
        "America/Bahia",
    ),
    *("America/Fortaleza", "America/Belem", "America/Recife", "Europe/Lisbon", "Atlantic/Azores", "Atlantic/Madeira"),
]
_PAIR = re.compile(r"(\d{1,2})(?:[:hH.](\d{2})?)?\s*(?:-|–|—|às|as|a|to|até)\s*(\d{1,2})(?:[:hH.](\d{2})?)?")


def read_hours(text: str) -> list[list[str]]:
    """ "08:00–12:00, 13h–17h30" → [["08:00", "12:00"], ["13:00", "17:30"]]; empty: a day off. Else ValueError."""
    rest = _PAIR.sub("", text)
    if re.sub(r"[\s,;/]|\be\b|\band\b", "", rest):
        raise ValueError(text)
    pairs = [[f"{int(a):02d}:{b or '00'}", f"{int(c):02d}:{d or '00'}"] for a, b, c, d in _PAIR.findall(text)]
    return [[clock(opening), clock(closing)] for opening, closing in intervals_from(pairs)]


def write_hours(day: Any) -> str:
    return ", ".join(f"{opening}–{closing}" for opening, closing in day or [])


class HoursField(forms.CharField):
    def clean(self, value: Any) -> list[list[str]]:
        try:
            return read_hours(super().clean(value))
        except ValueError:
            raise forms.ValidationError(
                _("Write it like this: 08:00–12:00, 13:00–17:00. Leave it empty when you are closed.")
            ) from None


class CalendarForm(AgencyForm):
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=[("BR", "Brasil"), ("PT", "Portugal")])

    class Meta:
        model = WorkingCalendar
        fields = ["name", "timezone", "country", "subdivision", "optional_holidays", "is_default"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = dict.fromkeys([self.instance.timezone, *ZONES])
        self.fields["timezone"].choices = [(z, z.split("/")[-1].replace("_", " ")) for z in zones]  # type: ignore[attr-defined]
        if self.instance.pk is None:
            self.fields["timezone"].initial, self.fields["country"].initial = (
                self.agency.timezone,
                self.agency.jurisdiction,
            )
        self.fields["subdivision"].help_text = _(
            "Its holidays count too: SP, RJ, BA… in Brazil; the district's number in Portugal."
        )
        for n, name in WEEKDAYS.items():
            self.fields[f"day{n}"] = HoursField(
                label=str(name).capitalize(), required=False, initial=write_hours(self.instance.weekly[n])
            )
        self.fields["day0"].help_text = _("Like this: 08:00–12:00, 13:00–17:00. Empty: closed.")

    def save(self, commit: bool = True) -> WorkingCalendar:
        calendar = super().save(commit=False)
        calendar.weekly = [self.cleaned_data[f"day{n}"] for n in range(7)]
        return calendar


class DayForm(forms.ModelForm):
    use_required_attribute = False
    hours = HoursField(
        label=gettext_lazy("Hours"), required=False, help_text=gettext_lazy("Only for an extra working day.")
    )

    class Meta:
        model = Holiday
        fields = ["date", "name", "kind", "yearly", "with_easter", "hours"]
        help_texts = {"with_easter": gettext_lazy("Such as carnival or Corpus Christi: give its date in any one year.")}
        widgets = {"date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


FIELDSETS = [
    (
        gettext_lazy("The calendar"),
        "",
        ["name", "timezone", "country", "subdivision", "optional_holidays", "is_default"],
    ),
    (gettext_lazy("The hours of a week"), "", [f"day{n}" for n in range(7)]),
]


def days_ahead(calendar: WorkingCalendar, today: date, count: int = AHEAD) -> list[dict[str, Any]]:
    """The next days: date, hours in words, why it is free, and whether it differs from the usual week."""
    value = calendar.value()
    found = []
    for day in (today + timedelta(days=n) for n in range(count)):
        hours = value.intervals(day)
        words = ", ".join(f"{clock(a)}–{clock(b)}" for a, b in hours)
        why = value.holiday_name(day) or ""
        special = hours != value.weekly[day.weekday()]
        found.append({"date": day, "hours": words, "why": why, "special": special or bool(why)})
    return found


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    calendars = WorkingCalendar.objects.filter(agency=own_agency(request)).order_by("-is_default", SortKey("name"))
    rows = [
        {"calendar": c, "week": [(str(WEEKDAYS[n])[:3], write_hours(day)) for n, day in enumerate(c.weekly) if day]}
        for c in calendars
    ]
    return render(request, "console/settings/calendars.html", {"rows": rows})


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a calendar or change one; its days stand below."""
    calendar = mine(WorkingCalendar, request, pk) if pk else None
    form = CalendarForm(request.POST or None, instance=calendar, agency=own_agency(request))
    return _page(request, calendar, form, DayForm(), pk)


def _page(
    request: StaffRequest, calendar: WorkingCalendar | None, form: CalendarForm, day_form: DayForm, pk: int | None
) -> HttpResponse:
    days = days_ahead(WorkingCalendar.objects.get(pk=pk), timezone.localdate()) if pk else []
    return edit_page(
        request,
        form,
        action=lambda obj: change_calendar(actor=request.actor, calendar=obj),
        done=_("The calendar is saved. Dates that were promised already stay as they are."),
        back=lambda obj: reverse("console:settings_calendar", args=[obj.pk]),
        title=calendar.name if calendar else _("New calendar"),
        trail=[(_("Calendars"), reverse("console:settings_calendars"))],
        fieldsets=FIELDSETS,
        template="console/settings/calendar.html",
        days=days,
        special=[day for day in days if day["special"]],
        holidays=list(Holiday.objects.filter(calendar_id=pk)) if pk else [],
        day_form=day_form,
        remove_url=reverse("console:settings_calendar_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    calendar = mine(WorkingCalendar, request, pk)
    return remove_page(
        request,
        lambda: remove_calendar(actor=request.actor, calendar=calendar),
        done=_("The calendar is removed."),
        back=reverse("console:settings_calendars"),
        stay=reverse("console:settings_calendar", args=[pk]),
    )


@staff_page("settings.edit")
def add_day(request: StaffRequest, pk: int) -> HttpResponse:
    """Add a municipal holiday, a closure or an extra working day."""
    calendar = mine(WorkingCalendar, request, pk)
    if request.method != "POST":
        return redirect("console:settings_calendar", pk=pk)
    form = DayForm(request.POST, instance=Holiday(calendar=calendar))
    if form.is_valid() and attempt(
        request,
        lambda: change_holiday(actor=request.actor, holiday=form.save(commit=False)),
        _("The day is in the calendar. Dates that were promised already stay as they are."),
    ):
        return redirect(f"{reverse('console:settings_calendar', args=[pk])}#days")
    request.method = "GET"  # the calendar's own form is shown as it is; only the day is shown again as typed
    return _page(request, calendar, CalendarForm(instance=calendar, agency=own_agency(request)), form, pk)


@staff_page("settings.edit")
def remove_day(request: StaffRequest, pk: int) -> HttpResponse:
    holiday = Holiday.objects.filter(pk=pk, calendar__agency=own_agency(request)).select_related("calendar").first()
    if holiday is None:
        return redirect("console:settings_calendars")
    back = f"{reverse('console:settings_calendar', args=[holiday.calendar_id])}#days"
    return remove_page(
        request,
        lambda: remove_holiday(actor=request.actor, holiday=holiday),
        done=_("The day is removed."),
        back=back,
        stay=back,
    )
