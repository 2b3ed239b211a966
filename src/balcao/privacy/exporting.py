"""A copy of all that is kept of a person, for that person: `dados.json` and `arquivos/`, in one zip."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from balcao.cases.models import Attachment, Case
from balcao.citizens.models import Person
from balcao.inbox.conversations.moving import NOTE
from balcao.inbox.models import Conversation, Message, MessageFile
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.audit import log_read
from balcao.platform.events import emit
from balcao.platform.models import ReadLog, StoredFile
from balcao.questionnaires.models import Rating

from .actions import PERMISSION
from .events import PersonExported

FORMAT = 1


def export_person(*, actor: Actor, person: Person, to: IO[bytes], now: datetime | None = None) -> int:
    """Write the zip to `to`; returns how many demands it tells of. What only staff read (internal notes, areas'
    reports, names of colleagues) is not the person's and not in it. Logged as a read and as a fact."""
    actor.same_agency(person.agency_id)
    actor.require(PERMISSION)
    now = now or timezone.now()
    cases = list(
        Case.objects.filter(reporter=person).select_related("service", "place", "contact", "deadline").order_by("pk")
    )
    about = {
        "format": FORMAT,
        "made_at": now,
        "agency": person.agency.name,
        "person": _person(person),
        "demands": [_case(case) for case in cases],
        "conversations": [_talk(talk) for talk in Conversation.objects.filter(person=person).order_by("pk")],
        "read": _reads(person, cases),
    }
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(about, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        archive.writestr("dados.json", text + "\n")
        for case in cases:
            for one in _files(case):
                _copy(archive, one.file, _name(case, one))
        for held in MessageFile.objects.filter(message__in=_words_of(person)).select_related("file", "message"):
            _copy(archive, held.file, _talk_name(held))
    _tell(actor, person, cases, now)
    return len(cases)


def _copy(archive: zipfile.ZipFile, stored: StoredFile, name: str) -> None:
    with stored.file.open("rb") as content, archive.open(name, "w") as target:
        while chunk := content.read(1 << 20):
            target.write(chunk)


@action
def _tell(actor: Actor, person: Person, cases: list[Case], now: datetime) -> None:
    agency = person.agency_id
    log_read(actor=actor, subject="person", ids=[person.pk], purpose="privacy export", agency_id=agency)
    log_read(actor=actor, subject="case", ids=[c.pk for c in cases], purpose="privacy export", agency_id=agency)
    emit(PersonExported(person_id=person.pk, cases=len(cases)), actor=actor, agency_id=agency, at=now)


def _person(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "nature": person.nature,
        "document_kind": person.document_kind,
        "document": person.document,
        "language": person.locale,
        "priority": person.priority.name if person.priority else "",
        "known_since": person.created_at,
        "contacts": [
            {"kind": c.kind, "value": c.value, "verified_at": c.verified_at} for c in person.contacts.order_by("pk")
        ],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "protocol": case.protocol,
        "service": case.service.name,
        "kind": case.kind,
        "channel": case.channel,
        "state": case.state,
        "outcome": case.outcome,
        "opened_at": case.opened_at,
        "due_at": case.deadline.due_at,
        "closed_at": case.closed_at,
        "name_given": case.said_name,
        "description": case.description,
        "answers_to_questions": case.answers,
        "address": case.address,
        "district": case.place.name if case.place else "",
        "latitude": case.lat,
        "longitude": case.lon,
        "words": [
            {"at": r.at, "kind": r.kind, "text": r.text} for r in case.remarks.filter(public=True).order_by("at", "pk")
        ],
        "answers": [
            {"number": a.number, "at": a.sent_at, "outcome": a.outcome, "subject": a.subject, "text": a.body}
            for a in case.answers_given.filter(sent_at__isnull=False)
        ],
        "grades": [
            {"at": r.at, "grade": r.score, "comment": r.comment} for r in Rating.objects.filter(answer__case=case)
        ],
        "messages": [_message(m) for m in Message.objects.filter(case=case, staff=None).order_by("pk")],
        "files": [_name(case, one) for one in _files(case)],
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "at": message.created_at,
        "about": message.purpose,
        "subject": message.subject,
        "text": message.body,
        "sent_to": [
            {"channel": d.channel, "address": d.address, "state": d.state, "at": d.sent_at}
            for d in message.deliveries.all()
        ],
    }


def _talk(talk: Conversation) -> dict[str, Any]:
    return {
        "channel": talk.channel,
        "account": talk.account.name,
        "address": talk.address,
        "name_given": talk.said_name,
        "opened_at": talk.opened_at,
        "closed_at": talk.closed_at,
        "grade": talk.score,
        "comment": talk.comment,
        "passed_on": [
            {"to": str(one.line.agency), "asked_at": one.asked_at, "answered_at": one.answered_at, "state": one.state}
            for one in talk.handovers.select_related("line__agency").order_by("pk")
        ],
        "passed_on_to_us": [m.body for m in talk.messages.filter(purpose=NOTE) if m.data.get("passed_on")],
        "answers_to_questions": (talk.asked.get("state") or {}).get("answers", {}),
        "messages": [
            m.data | {"number": m.number, "at": m.created_at, "direction": m.direction, "kind": m.kind, "text": m.body,
                      "files": [_talk_name(held) for held in m.files.all()]}
            for m in talk.messages.exclude(purpose=NOTE).prefetch_related("files__file").order_by("number")
        ],
    }  # fmt: skip


def _words_of(person: Person) -> QuerySet[Message]:
    """What was said to them and by them; what colleagues noted among themselves is not theirs."""
    return Message.objects.filter(conversation__person=person).exclude(purpose=NOTE)


def _talk_name(held: MessageFile) -> str:
    return f"arquivos/conversas/{held.message.conversation_id}/{held.pk}-{held.file.name}"


def _files(case: Case) -> list[Attachment]:
    return list(case.attachments.filter(public=True).select_related("file"))


def _name(case: Case, one: Attachment) -> str:
    return f"arquivos/{case.protocol}/{one.pk}-{one.file.name}"


def _reads(person: Person, cases: list[Case]) -> list[dict[str, Any]]:
    """How often staff looked, where and when last (LGPD art. 19; GDPR art. 15): never which colleague."""
    subjects = [("person", [person.pk]), ("case", [case.pk for case in cases])]
    found = []
    for subject, ids in subjects:
        rows = ReadLog.objects.filter(subject=subject, subject_id__in=ids).values("purpose")
        found += [
            {"what": subject} | row for row in rows.annotate(times=Count("pk"), last=Max("at")).order_by("purpose")
        ]
    return found
