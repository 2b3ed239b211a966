"""Taking a person out of a demand. The row stays with its service, district, area and moments, so that every figure
stays as it was, also when it is counted anew; so do grades, outcomes, clocks and events, which never held words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime

import h3
from django.db import models
from django.db.models import Q

from balcao.cases.models import Answer, Attachment, Case, Publication, Remark, WayBack
from balcao.citizens.models import Person
from balcao.clocks.letting_go import reword_reasons
from balcao.inbox.conversations.letting_go import forget
from balcao.inbox.models import CaseLink, Conversation, Delivery, Message, MessageFile
from balcao.platform.actors import Actor
from balcao.platform.events import emit
from balcao.platform.files.actions import delete_file
from balcao.platform.models import Fault, StoredFile
from balcao.questionnaires.models import Rating
from balcao.workorders.models import AreaReport, RemoteOrder, ReportPhoto

from .events import CaseCleared
from .models import Cleared, Then
from .parts import PARTS

GONE = "[…]"
_EMAIL = re.compile(r"\S+@\S+\.\w+")
_NUMBER = re.compile(r"\+?\d[\d.\-/() ]{6,}\d")  # documents, phones
COARSE, FINE = 8, 9  # H3 resolutions: the published map's cell of about 0.7 km², and the one that a case keeps


def clear(case: Case, how: str, *, actor: Actor, now: datetime) -> None:
    """Inside an action that holds the case's row. `how`: the words of the person go ("pseudonymise", and what the
    agency wrote loses names, addresses of mail and long numbers), or all words and files ("delete")."""
    everything = how == Then.DELETE
    scrub = (lambda text: "") if everything else _scrubber(case)
    _words(Remark.objects.filter(case=case), "text", lambda r: "" if r.author_kind == "citizen" else scrub(r.text))
    _words(Answer.objects.filter(case=case), "body", lambda a: scrub(a.body))
    _words(Answer.objects.filter(case=case), "subject", lambda a: scrub(a.subject))
    reports = AreaReport.objects.filter(order__case=case)
    for field in ("text", "impossible_because", "review_note"):
        _words(reports, field, lambda r, field=field: scrub(getattr(r, field)))  # type: ignore[misc]
    # a date must still be explained, so what was a reason says that there was one
    reword_reasons(case.pk, (lambda text: GONE) if everything else scrub)
    for field in ("reason", "ended_reason"):
        _words(Fault.objects.filter(case_id=case.pk), field, lambda f, field=field: scrub(getattr(f, field)))  # type: ignore[misc]
    RemoteOrder.objects.filter(order__case=case).update(last_error="")
    Rating.objects.filter(answer__case=case).update(comment="")
    Message.objects.filter(case=case).update(subject="", body="", details="")
    Delivery.objects.filter(message__case=case).update(address="", last_error="")
    Publication.objects.filter(case=case).delete()
    WayBack.objects.filter(case=case).delete()
    for part in PARTS:
        part(case.pk)
    others = CaseLink.objects.filter(case__cleared=None).exclude(case=case)
    forget_talks(Conversation.objects.filter(links__case=case).exclude(links__in=others), actor)
    attachments = Attachment.objects.filter(case=case)
    if not everything:
        attachments = attachments.filter(by_citizen=True)
    held = list(attachments.values_list("file_id", flat=True))
    attachments.delete()
    if everything:
        photos = ReportPhoto.objects.filter(report__order__case=case)
        held += photos.values_list("file_id", flat=True)
        photos.delete()
    _files(held, actor)
    kept = Q(pk__in=Attachment.objects.filter(case=case).values("file"))
    kept |= Q(pk__in=ReportPhoto.objects.filter(report__order__case=case).values("file"))
    _words(StoredFile.objects.filter(kept), "name", lambda f: scrub(f.name))
    _case(case)
    Cleared.objects.update_or_create(case=case, defaults={"how": how, "at": now})
    emit(CaseCleared(kind=how), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)


def forget_talks(conversations: models.QuerySet[Conversation], actor: Actor) -> None:
    """What was said in them goes, with its files."""
    _files(forget(conversations), actor)


def _case(case: Case) -> None:
    case.description, case.answers, case.address, case.said_name = "", {}, "", ""
    case.reporter, case.contact, case.access_hash = None, None, None
    case.lat = case.lon = None
    if case.h3:
        case.h3 = h3.cell_to_center_child(h3.cell_to_parent(case.h3, COARSE), FINE)
    case.external_id = None  # the channel's own name for it may be somebody's address
    names = ["description", "answers", "address", "said_name", "reporter", "contact", "access_hash", "lat", "lon"]
    case.save(update_fields=[*names, "h3", "external_id"])


def _words(rows: models.QuerySet[models.Model], field: str, said: Callable[..., str]) -> None:
    for row in rows:
        after = said(row)
        if after != getattr(row, field):
            setattr(row, field, after)
            row.save(update_fields=[field])


def _scrubber(case: Case) -> Callable[[str], str]:
    """Takes the names, mail addresses and long numbers of the case's person out of what others wrote."""
    names = _names(case.reporter, case.said_name)
    pattern = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names), re.IGNORECASE) if names else None

    def scrub(text: str) -> str:
        text = _NUMBER.sub(GONE, _EMAIL.sub(GONE, text))
        return pattern.sub(GONE, text) if pattern else text

    return scrub


def _names(person: Person | None, said: str) -> list[str]:
    words = {word for text in (person.name if person else "", said) for word in text.split() if len(word) > 3}
    return sorted(words, key=len, reverse=True)


def _files(ids: Iterable[int], actor: Actor) -> None:
    """The rows now, the content on the disk after the commit; a file that something else still holds stays."""
    for stored in StoredFile.objects.filter(pk__in=set(ids)):
        used = Attachment.objects.filter(file=stored).exists() or ReportPhoto.objects.filter(file=stored).exists()
        used = used or MessageFile.objects.filter(file=stored).exists()
        if not used:
            delete_file(actor=actor, stored=stored)
