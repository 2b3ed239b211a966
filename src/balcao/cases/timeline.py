"""The history of a case as its citizen reads it: what matters to them, in sentences, with the words that are public."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from balcao.catalog.models import Outcome
from balcao.organization.models import Area
from balcao.platform.models import Event

from .models import Attachment, Case, Remark
from .states import State


@dataclass(frozen=True)
class Entry:
    """One moment: when, a sentence, the words that were said, the files that came with them."""

    at: datetime
    sentence: str
    text: str = ""
    files: Sequence[Attachment] = field(default_factory=tuple)
    icon: str = "dot"
    tone: str = "neutral"


Told = tuple[str, str, str]  # sentence, icon, tone
Data = Mapping[str, Any]


def timeline(case: Case) -> list[Entry]:
    """From the opening to now. Four queries, however long it is."""
    events = list(Event.objects.filter(case_id=case.pk, kind__in=TELL).order_by("id"))
    remarks = {r.pk: r for r in Remark.objects.filter(case=case, public=True)}
    files: dict[int | None, list[Attachment]] = {}
    for attached in Attachment.objects.filter(case=case, public=True).select_related("file"):
        files.setdefault(attached.remark_id, []).append(attached)
    wanted = {e.data["area_id"] for e in events if e.data.get("area_id")}
    areas = dict(Area.objects.filter(pk__in=wanted).values_list("pk", "name"))
    entries: list[Entry] = []
    for event in events:
        sentence, icon, tone = TELL[event.kind]({**event.data, "area": areas.get(event.data.get("area_id"), "")})
        if not sentence or (entries and entries[-1].sentence == sentence and not event.data.get("remark_id")):
            continue
        said = remarks.get(event.data.get("remark_id", 0))
        came = files.get(said.pk if said else None, []) if said or event.kind == "CaseOpened" else []
        own = [a for a in came if said or a.by_citizen]
        entries.append(Entry(event.at, sentence, said.text if said else "", own, icon, tone))
    return entries


def state_sentence(case: Case) -> str:
    """Where it stands, and what happens next."""
    area = case.area.name if case.area else ""
    match case.state:
        case State.TRIAGE:
            return _("We are reading your demand to send it to the right team.")
        case State.WORKING:
            return _("It is with %(area)s, who must act now.") % {"area": area}
        case State.WAITING:
            return _("We need something from you to go on. Please read our question and answer it here.")
        case State.REVIEW:
            return _("The team has told us what it did. We are checking it before we answer you.")
        case State.DRAFTING:
            return _("We are writing your answer.")
        case State.ANSWERING if case.undelivered:
            return _("Your answer is ready: read it on this page.")
        case State.ANSWERING:
            return _("Your answer is on its way.")
        case State.GATHERED:
            said = _("We know of this problem, and %(area)s is working on it. Everybody who asked gets an answer.")
            return said % {"area": area}
        case State.FOLLOWING:
            return _("Your demand goes together with another one about the same problem. You get the same answer.")
    return _("Your demand has its answer.")


def _opened(p: Data) -> Told:
    return _("We received your demand."), "inbox", "info"


def _dispatched(p: Data) -> Told:
    return _("It was sent to %(area)s.") % {"area": p["area"]}, "send", "info"


def _given_back(p: Data) -> Told:
    return _("We are looking for the team that can take care of it."), "route", "neutral"


def _asked(p: Data) -> Told:
    return _("We asked you for information."), "help", "warning"


def _heard(p: Data) -> Told:
    return _("You added information."), "message", "info"


def _accepted(p: Data) -> Told:
    return _("The team has taken it on."), "check", "info"


def _planned(p: Data) -> Told:
    day = date_format(date.fromisoformat(p["planned_for"]), "DATE_FORMAT")
    return _("The team plans to do it on %(day)s.") % {"day": day}, "calendar", "info"


def _reported(p: Data) -> Told:
    return _("The team has told us what it did. We are checking it."), "clipboard", "info"


def _sent_back(p: Data) -> Told:
    return _("We asked the team to complete its work or its report."), "reply", "neutral"


def _extended(p: Data) -> Told:
    if p["kind"] != "answer":
        return "", "", ""  # an area's inner date is no promise to the citizen
    return _("We need more time: the promised date has moved."), "clock", "warning"


def _answered(p: Data) -> Told:
    outcome = Outcome(p["outcome"]).label if p.get("outcome") in Outcome.values else ""
    return _("We answered you: %(outcome)s.") % {"outcome": outcome}, "check-circle", "success"


def _merged(p: Data) -> Told:
    return _("Your demand was joined to another one about the same problem."), "merge", "info"


def _parted(p: Data) -> Told:
    return _("Your demand goes on by itself."), "route", "neutral"


def _gathered(p: Data) -> Told:
    return (
        _("It is part of a problem that we know of. %(area)s is working on it.") % {"area": p["area"]},
        "users",
        "info",
    )


def _reopened(p: Data) -> Told:
    return _("You told us that it was not solved. We are looking at it again."), "refresh", "warning"


def _rated(p: Data) -> Told:
    return _("You gave it the grade %(score)s.") % {"score": p["score"]}, "star", "neutral"


def _way_back(p: Data) -> Told:
    return _("You came back by a link to your e-mail."), "mail", "neutral"


def _renewed(p: Data) -> Told:
    return _("Your demand has a new access code."), "lock", "neutral"


def _corrected(p: Data) -> Told:
    if p["contact_id"] is None:
        return _("You read our answer here, without e-mails."), "eye", "neutral"
    return _("You told us where to write to you."), "mail", "neutral"


def _published(p: Data) -> Told:
    return _("Neighbours now see a short text about it, without your name or contacts."), "eye", "neutral"


def _unpublished(p: Data) -> Told:
    return _("Neighbours no longer see a text about it."), "eye-off", "neutral"


TELL: Mapping[str, Callable[[Data], Told]] = {
    "CaseOpened": _opened,
    "CaseDispatched": _dispatched,
    "CaseTransferred": _dispatched,
    "CaseGivenBack": _given_back,
    "CitizenAsked": _asked,
    "CitizenHeard": _heard,
    "OrderAccepted": _accepted,
    "OrderPlanned": _planned,
    "ReportReceived": _reported,
    "ReportSentBack": _sent_back,
    "DeadlineExtended": _extended,
    "AnswerSent": _answered,
    "CaseMerged": _merged,
    "CaseParted": _parted,
    "CaseGathered": _gathered,
    "CaseReleased": _parted,
    "CaseReopened": _reopened,
    "CaseRated": _rated,
    "WayBackUsed": _way_back,
    "AccessCodeRenewed": _renewed,
    "ContactCorrected": _corrected,
    "CasePublished": _published,
    "CaseUnpublished": _unpublished,
}
