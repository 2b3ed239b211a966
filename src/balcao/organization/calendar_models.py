"""Working calendars as an administrator edits them; `worktime.Calendar` is their value."""

from __future__ import annotations

from dateutil.easter import easter
from django.db import models
from django.utils.translation import gettext_lazy as _

from .worktime import Calendar, intervals_from


def office_hours() -> list[list[list[str]]]:
    """Monday to Friday, 08:00–12:00 and 13:00–17:00: one list of [from, to] for each weekday, Monday first."""
    return [[["08:00", "12:00"], ["13:00", "17:00"]] for _ in range(5)] + [[], []]


class WorkingCalendar(models.Model):
    """When an agency works: weekly intervals, national and state holidays by code, municipal ones by list."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="calendars")
    slug = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=120)
    timezone = models.CharField(_("time zone"), max_length=40, default="America/Sao_Paulo")
    country = models.CharField(_("country"), max_length=2, default="BR")
    subdivision = models.CharField(_("state or district"), max_length=5, blank=True)
    optional_holidays = models.BooleanField(_("keeps the optional holidays (carnival, Corpus Christi)"), default=True)
    weekly = models.JSONField(_("weekly hours"), default=office_hours)
    is_default = models.BooleanField(_("the agency's usual calendar"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "slug"], name="calendar_slug"),
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(is_default=True), name="calendar_default_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def value(self) -> Calendar:
        """The calendar as the arithmetic takes it, municipal days included. One query."""
        holidays = list(self.holidays.all())
        dated = [h for h in holidays if not h.yearly and not h.with_easter]
        return Calendar(
            timezone=self.timezone,
            weekly=tuple(intervals_from(day) for day in self.weekly),
            country=self.country,
            subdivision=self.subdivision,
            optional_holidays=self.optional_holidays,
            yearly=tuple((h.date.month, h.date.day, h.name) for h in holidays if h.yearly and not h.with_easter),
            easter_bound=tuple((h.easter_offset, h.name) for h in holidays if h.with_easter),
            closures=tuple((h.date, h.name) for h in dated if h.kind != Holiday.Kind.EXTRA),
            special_days=tuple(
                (h.date, intervals_from(h.hours or self.weekly[0]), h.name)
                for h in dated
                if h.kind == Holiday.Kind.EXTRA
            ),
        )


class Holiday(models.Model):
    """A day that a municipality adds: a holiday, a closure (strike, flood), or an extra working day."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("Holiday")
        CLOSURE = "closure", _("Closed")
        EXTRA = "extra", _("Extra working day")

    calendar = models.ForeignKey(WorkingCalendar, models.CASCADE, related_name="holidays")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.HOLIDAY)
    yearly = models.BooleanField(_("returns each year"), default=False)
    with_easter = models.BooleanField(_("returns each year and moves with Easter"), default=False)
    hours = models.JSONField(_("hours of an extra working day"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="holiday_once")]
        ordering = ["date"]

    def __str__(self) -> str:
        return self.name

    @property
    def easter_offset(self) -> int:
        """Days from Easter Sunday of its year to its date: 60 for Corpus Christi, -47 for carnival's Tuesday."""
        return (self.date - easter(self.date.year)).days

    @property
    def agency_id(self) -> int:
        """Whose day it is: its history stands with the agency's."""
        return self.calendar.agency_id
