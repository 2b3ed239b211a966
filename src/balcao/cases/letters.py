"""Letters about a case: its fields filled into the words of its agency, in the language of who asked."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from balcao.catalog.models import Kind
from balcao.catalog.templates import Letter, render
from balcao.organization.models import Area, Staff
from balcao.platform import rows
from balcao.platform.numbering import format_protocol

from .models import Case


def fields_of(case: Case, *, locale: str, sealed: bool = False) -> dict[str, Any]:
    """What a template may say about `case`. Days are the agency's. `sealed`: the reader may not know who asked."""
    due = case.deadline.due_at
    zone = case.deadline.calendar.zone
    person = "" if sealed else first_name(case)
    with translation.override(locale):
        return {
            "person": person or _("citizen"),
            "protocol": format_protocol(case.protocol),
            "service": case.service.name,
            "kind": str(Kind(case.kind).label),
            "agency": case.agency.name,
            "area": case.area.name if case.area else "",
            "due": _day(due, zone, locale) if due else _("when you reply"),
            "opened": _day(case.opened_at, zone, locale),
            "link": f"{address_of(case)}/acompanhar/{case.protocol}/",
        }


def _day(moment: datetime, zone: tzinfo, locale: str) -> str:
    """The day of `moment` there, in words."""
    return _day_in_words(timezone.localtime(moment, zone).date(), locale)


@lru_cache(maxsize=1024)
def _day_in_words(day: date, locale: str) -> str:
    with translation.override(locale):
        return date_format(day, "DATE_FORMAT")


def first_name(case: Case) -> str:
    """By what name a letter may greet whoever asked; empty when only the name of a document's holder is known.

    Anybody can type anybody's CPF: a greeting then would tell its holder's name to a stranger. So a person whom we know
    by a document is greeted in the case that brought their name, and wherever its contact point is written to again."""
    person = case.reporter
    if case.said_name.strip():  # told with this very demand
        return case.said_name.split()[0]
    if person is None or not person.name.strip():
        return ""
    if person.document_hash is not None and not rows.waits(person):
        told = Case.objects.filter(reporter_id=person.pk).order_by("pk").values_list("pk", "contact_id").first()
        if told is not None and told[0] != case.pk and (case.contact_id is None or told[1] != case.contact_id):
            return ""
    return person.name.split()[0]


def readdressed(body: str, *, of: Case, to: Case) -> str:
    """The words of the answer to `of` as they go to `to`, which was joined to it: its first line greets another person,
    and no line names the other demand."""
    theirs, own = (fields_of(case, locale=case.locale, sealed=case.sealed)["person"] for case in (of, to))
    for number in (format_protocol, str):
        body = body.replace(number(of.protocol), number(to.protocol))
    greeting, line_end, rest = body.lstrip().partition("\n")
    return re.sub(rf"\b{re.escape(theirs)}(?!\w)", lambda _found: own, greeting) + line_end + rest


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


def answer_letter(case: Case, *, outcome: str, subject: str, body: str, **extra: Any) -> Letter:
    """The letter that brings an answer. An answer without a subject goes by that of its outcome's template."""
    subject = subject or case_letter(case, "answer", outcome=outcome).subject
    return case_letter(case, "answer_cover", subject=subject, body=body, **extra)


def staff_letter(case: Case, purpose: str, *, staff: Staff | Area, **extra: Any) -> Letter:
    """A letter to a colleague, or to the address of an area, about a case: it names no citizen."""
    locale = staff.locale if isinstance(staff, Staff) else staff.agency.locale
    fields = fields_of(case, locale=locale, sealed=True)
    fields |= {"link": f"{settings.BASE_URL.rstrip('/')}/console/cases/{case.pk}/", "staff": staff.name} | extra
    return render(
        fields,
        agency_id=case.agency_id,
        service_id=case.service_id,
        purpose=purpose,
        locale=locale,
    )
