"""One demand of the past, lived through the normal actions, each at its real moment: opened and routed at the one,
reported and answered at the other."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from balcao.cases.actions import (
    dispatch_case,
    draft_answer,
    open_case,
    refuse_case,
    send_answer,
    transfer_case,
)  # fmt: skip
from balcao.cases.models import Case
from balcao.catalog.models import Outcome
from balcao.citizens.actions import know_person
from balcao.citizens.models import ContactPoint, Person
from balcao.clocks.sweep import catch_up
from balcao.config.replay.matters import shortened
from balcao.organization.models import Agency
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.workorders.actions import accept_order, accept_report, file_report
from balcao.workorders.models import WorkOrder

from .ground import Ground
from .reading import Past


@action
def live(ground: Ground, past: Past, now: datetime) -> tuple[bool, bool]:
    """Open the demand and bring it to where its file left it, all or nothing. What is open stays open with whoever must
    act; that its date passed before `now` stands in its history.

    Returns whether the file's area is not the one that the matrix chose, and whether another district is told than
    the one that holds the point. Unfit or a Refusal when it cannot be."""
    found, actor = ground.find(past), Actor.system(ground.agency.pk)
    person, contact = _person(ground.agency, actor, past)
    case = open_case(
        actor=actor,
        service=found.service,
        kind=past.kind,
        channel=past.channel,
        description=past.description,
        location=found.location,
        reporter=person,
        # Nobody is written to about what ended long ago: such an answer stands on the demand's page.
        contact=None if past.closed_at else contact,
        said_name=past.name,
        external_id=past.key,
        locale=ground.agency.locale,
        now=past.opened_at,
    ).case
    area, moved = found.area, False
    if area is not None and case.area_id is None:
        case = dispatch_case(actor=actor, case=case, area=area, now=past.opened_at)
    elif area is not None and case.area_id != area.pk:
        case, moved = (
            transfer_case(
                actor=actor, case=case, area=area, reason=reason_of(ground.agency.locale, past.area), now=past.opened_at
            ),
            True,
        )
    if past.closed_at is None:
        catch_up(case.deadline_id, now)
        for deadline_id in case.orders.filter(ended_at=None).values_list("deadline_id", flat=True):
            catch_up(deadline_id, now)
    else:
        _end(ground, actor, case, past, past.closed_at)
    return moved, found.elsewhere


def _person(agency: Agency, actor: Actor, past: Past) -> tuple[Person | None, ContactPoint | None]:
    if past.anonymous:
        return None, None
    contacts = {"email": past.email, "phone": past.phone}
    person, points = know_person(
        actor=actor, agency_id=agency.pk, name=past.name, document=past.document, contacts=contacts,
        locale=agency.locale,
    )  # fmt: skip
    return person, points.get("email") or points.get("phone")


def _end(ground: Ground, actor: Actor, case: Case, past: Past, at: datetime) -> None:
    words = words_of(ground, past)
    if past.ending == Outcome.REFUSED:
        refuse_case(actor=actor, case=case, reason=shortened(words), now=at)
        return
    order = WorkOrder.objects.select_related("case", "deadline", "area").filter(case=case, ended_at=None).first()
    if order is not None:
        order = accept_order(actor=actor, order=order, now=at)
        because = shortened(words) if past.ending == Outcome.IMPOSSIBLE else ""
        report = file_report(
            actor=actor, order=order, outcome=past.ending, text=shortened(words), impossible_because=because, now=at
        )
        case = accept_report(actor=actor, report=report, now=at).case
    if order is None or past.answer:  # the very words that the city wrote, not our letter around them
        draft_answer(actor=actor, case=case, outcome=past.ending, body=words, now=at)
    send_answer(actor=actor, case=case, now=at)


def words_of(ground: Ground, past: Past) -> str:
    """The words of how it ended: the file's own, else the mapping's, else ours in the agency's language."""
    assert past.closed_at is not None
    agency, mapping = ground.agency, ground.mapping
    if past.answer:
        return past.answer
    day = past.closed_at.astimezone(ZoneInfo(agency.timezone)).date()
    return _standard(agency.locale, mapping.source, mapping.defaults.get("answer", ""), past.status, day)


@lru_cache(maxsize=4096)
def _standard(locale: str, source: str, words: str, status: str, day: date) -> str:
    with translation.override(locale):
        told = date_format(day, "DATE_FORMAT")
        if words:
            return words.format(status=status, day=told, source=source)
        return _(
            "On %(day)s the system that this demand comes from recorded it as “%(status)s”. It did not hand over the "
            "words of the answer."
        ) % {"day": told, "status": status}


@lru_cache(maxsize=1024)
def reason_of(locale: str, area: str) -> str:
    """Why a demand goes from the area that the matrix chose to the one of its file."""
    with translation.override(locale):
        return _("The file that this demand comes from names %(area)s as the area that acted.") % {"area": area}
