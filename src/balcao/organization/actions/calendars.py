"""Working calendars. A deadline that runs keeps the calendar it started with: a change is for new ones only."""

from __future__ import annotations

from django.utils.translation import gettext as _

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal

from ..editing import allow, check, new_slug, same_agency, take_out
from ..models import Holiday, WorkingCalendar

FAR_FROM_EASTER = 70  # days: from carnival (-48) to Corpus Christi (+60) and the Sacred Heart (+68)


@action
def change_calendar(*, actor: Actor, calendar: WorkingCalendar) -> WorkingCalendar:
    """Save a new or changed calendar; making it the usual one takes that from the other.

    Invalid when hours overlap, or the time zone, country or state is unknown."""
    allow(actor, calendar.agency_id)
    calendar.slug = calendar.slug or new_slug(WorkingCalendar, calendar.agency_id, calendar.name, 40)
    others = WorkingCalendar.objects.filter(agency_id=calendar.agency_id, is_default=True).exclude(pk=calendar.pk)
    if calendar.is_default:
        for other in others:
            other.is_default = False
            history.keep(actor=actor, obj=other)
    elif not others.exists():
        raise Refusal(_("One calendar must be the usual one. Make another one the usual one first."))
    check(calendar)
    _check_value(calendar)
    return history.keep(actor=actor, obj=calendar)


def _check_value(calendar: WorkingCalendar) -> None:
    if not any(calendar.weekly):
        raise Invalid(_("Write the hours of at least one day of the week."), field="weekly")
    try:
        probe = calendar if calendar.pk else WorkingCalendar(pk=0, **_plain(calendar))
        probe.value()
    except (ValueError, KeyError, NotImplementedError, AttributeError) as error:
        if "overlap" in str(error) or "time of day" in str(error):
            raise Invalid(
                _("The hours are not clear: each needs a beginning before its end, and none may overlap another."),
                field="weekly",
            ) from None
        raise Invalid(
            _("This time zone, country or state is not known. Choose another one."), field="subdivision", log=str(error)
        ) from None


def _plain(calendar: WorkingCalendar) -> dict[str, object]:
    return {f: getattr(calendar, f) for f in ("timezone", "country", "subdivision", "optional_holidays", "weekly")}


@action
def remove_calendar(*, actor: Actor, calendar: WorkingCalendar) -> None:
    """Delete a calendar that no service uses and that is not the usual one."""
    allow(actor, calendar.agency_id)
    if calendar.is_default:
        raise Refusal(_("This is the usual calendar. Make another one the usual one first."))
    take_out(actor, calendar)


@action
def change_holiday(*, actor: Actor, holiday: Holiday) -> Holiday:
    """Save a day of a calendar: a holiday, a closure or an extra working day (with its hours)."""
    allow(actor, holiday.calendar.agency_id)
    if holiday.kind != Holiday.Kind.EXTRA:
        holiday.hours = None
    elif holiday.yearly or holiday.with_easter:
        raise Invalid(_("An extra working day is one date. It cannot return each year."), field="yearly")
    if holiday.with_easter and (holiday.yearly or abs(holiday.easter_offset) > FAR_FROM_EASTER):
        raise Invalid(
            _("A day either returns on its date or moves with Easter, and then its date is near Easter of its year."),
            field="with_easter",
        )
    if Holiday.objects.filter(calendar=holiday.calendar, date=holiday.date).exclude(pk=holiday.pk).exists():
        raise Invalid(_("This date is in the list already."), field="date")
    check(holiday)
    history.keep(actor=actor, obj=holiday)
    _check_value(holiday.calendar)
    return holiday


@action
def remove_holiday(*, actor: Actor, holiday: Holiday) -> None:
    allow(actor, holiday.calendar.agency_id)
    same_agency(holiday)
    take_out(actor, holiday)
