"""Working calendars as an administrator edits them; `worktime.Calendar` is their value."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .worktime import Calendar


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
        days: dict[str, dict[str, str]] = {kind: {} for kind in Holiday.Kind.values}
        for holiday in self.holidays.all():
            days[holiday.kind][holiday.date.isoformat()] = holiday.name
        snapshot: dict[str, Any] = {
            "timezone": self.timezone,
            "country": self.country,
            "subdivision": self.subdivision,
            "weekly": self.weekly,
            "holidays": days["holiday"],
            "closures": days["closure"],
            "extra": days["extra"],
        }
        return Calendar.from_dict(snapshot)


class Holiday(models.Model):
    """A day that a municipality adds: a holiday, a closure (strike, flood), or an extra working day."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("Holiday")
        CLOSURE = "closure", _("Closed")
        EXTRA = "extra", _("Extra working day")

    calendar = models.ForeignKey(WorkingCalendar, models.CASCADE, related_name="holidays")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.HOLIDAY)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="holiday_once")]
        ordering = ["date"]
