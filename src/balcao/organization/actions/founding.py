"""A new agency, and what the operator of the installation decides about it."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed

from ..editing import check
from ..models import Agency, Role, WorkingCalendar
from ..permissions import DEFAULT_ROLES
from .calendars import change_calendar


def make_roles(agency: Agency) -> dict[str, Role]:
    """The usual roles, named in the agency's own language. By slug."""
    with translation.override(agency.locale):
        return {
            slug: Role.objects.create(
                agency=agency, slug=slug, name=str(name), permissions=permissions, mfa_required=mfa
            )
            for slug, (name, permissions, mfa) in DEFAULT_ROLES.items()
        }


@action
def found_agency(*, actor: Actor, agency: Agency, subdivision: str = "") -> Agency:
    """A new agency with what every one begins with: office hours with the holidays of its country and `subdivision`
    (the state, "SP"), and the usual roles. The first of an installation serves every host name. Invalid names the
    field."""
    if not Agency.objects.exists():
        agency.is_default = True
    keep_arrangement(actor=actor, agency=agency)
    with translation.override(agency.locale):
        name = _("Office hours")
    calendar = WorkingCalendar(
        agency=agency, slug="expediente", name=name, timezone=agency.timezone, country=agency.jurisdiction,
        subdivision=subdivision, is_default=True,
    )  # fmt: skip
    change_calendar(actor=actor, calendar=calendar)
    make_roles(agency)
    return agency


@action
def keep_arrangement(*, actor: Actor, agency: Agency) -> Agency:
    """Save a new agency or a changed one, with the columns that are the operator's: its names, host name, language.
    Making it the one that serves every other host name takes that from the one that did."""
    if actor.kind != "system":
        raise NotAllowed(log="only the operator arranges agencies")
    agency.hostname = (agency.hostname or "").strip().lower() or None
    if agency.locale not in dict(settings.LANGUAGES):
        raise Invalid(
            _("This language is not known: choose %(names)s.") % {"names": ", ".join(dict(settings.LANGUAGES))},
            field="locale",
        )
    if agency.timezone not in available_timezones():
        raise Invalid(_("This time zone is not known: write it like America/Sao_Paulo."), field="timezone")
    if agency.is_default:
        for other in Agency.objects.filter(is_default=True).exclude(pk=agency.pk):
            other.is_default = False
            history.keep(actor=actor, obj=other)
    check(agency)
    return history.keep(actor=actor, obj=agency)
