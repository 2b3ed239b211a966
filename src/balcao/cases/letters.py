"""Letters about a case: its fields filled into the words of its agency, in the language of who asked."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from balcao.catalog.templates import Letter, render
from balcao.organization.models import Staff
from balcao.platform.numbering import format_protocol

from .models import Case


def fields_of(case: Case, *, locale: str, sealed: bool = False) -> dict[str, Any]:
    """What a template may say about `case`. Days are the agency's. `sealed`: the reader may not know who asked."""
    due = case.deadline.due_at
    zone = case.deadline.calendar.zone
    person = case.reporter.name.split()[0] if case.reporter and case.reporter.name.strip() and not sealed else ""
    with translation.override(locale):
        return {
            "person": person or _("citizen"),
            "protocol": format_protocol(case.protocol),
            "service": case.service.name,
            "kind": case.get_kind_display(),
            "agency": case.agency.name,
            "area": case.area.name if case.area else "",
            "due": date_format(timezone.localtime(due, zone), "DATE_FORMAT") if due else _("when you reply"),
            "opened": date_format(timezone.localtime(case.opened_at, zone), "DATE_FORMAT"),
            "link": f"{address_of(case)}/acompanhar/{case.protocol}/",
        }


def address_of(case: Case) -> str:
    """Where the portal of the case's agency answers, without a final slash."""
    base = settings.BASE_URL.rstrip("/")
    if not case.agency.hostname:
        return base
    scheme, rest = base.split("://", 1)
    port = rest.partition(":")[2]
    return f"{scheme}://{case.agency.hostname}" + (f":{port}" if port else "")


def case_letter(case: Case, purpose: str, *, outcome: str = "", **extra: Any) -> Letter:
    """A letter to the person who asked."""
    return render(
        fields_of(case, locale=case.locale) | extra,
        agency_id=case.agency_id,
        service_id=case.service_id,
        purpose=purpose,
        outcome=outcome,
        locale=case.locale,
    )


def staff_letter(case: Case, purpose: str, *, staff: Staff, **extra: Any) -> Letter:
    """A letter to a colleague about a case: it names no citizen."""
    fields = fields_of(case, locale=staff.locale, sealed=True)
    fields |= {"link": f"{settings.BASE_URL.rstrip('/')}/console/cases/{case.pk}/", "staff": staff.name} | extra
    return render(
        fields,
        agency_id=case.agency_id,
        service_id=case.service_id,
        purpose=purpose,
        locale=staff.locale,
    )
