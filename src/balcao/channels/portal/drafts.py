"""The life of a draft: begun, written into, sent, forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from balcao.cases.actions import NewId
from balcao.catalog.models import Service
from balcao.catalog.queries import questions_of, service_with
from balcao.catalog.questions import running_of
from balcao.dialogue import DamagedState, Interview, Problem, Running, Script, resume, save
from balcao.inbox import intake
from balcao.inbox.finished import finished
from balcao.inbox.intake import Envelope
from balcao.organization.models import Agency
from balcao.platform import rows
from balcao.platform.access_codes import new_code
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.models import StoredFile

from .models import Draft, DraftFile

KEPT = timedelta(days=7)
SHOWN = timedelta(days=1)  # how long the confirmation of a sent draft can be seen again


@dataclass(frozen=True)
class Asking:
    """A draft with its interview: what the pages of the form work on. Every change returns a new one."""

    draft: Draft
    interview: Interview

    @property
    def script(self) -> Script:
        return self.interview.script

    def give(self, raws: Mapping[str, Any], *, now: datetime) -> tuple[Asking, tuple[Problem, ...]]:
        """Keep the good answers of a page; the others come back as problems."""
        interview, problems = self.interview.give_page(raws, now=intake.local_now(self.draft.agency, now))
        kept = replace(self, interview=interview)
        kept._save()
        return kept, problems

    def _save(self) -> None:
        self.draft.interview = json.dumps(save(self.interview))
        self.draft.save(update_fields=["interview", "version"])


def find(uuid: UUID | str, *, agency: Agency, now: datetime) -> Draft | None:
    """The draft that a cookie names, of this agency and not expired."""
    wanted = (str(UUID(str(uuid))), now.isoformat())
    return ours(rows.fetch(Draft, "uuid = %s::uuid AND expires_at > %s::timestamptz", wanted), agency)


def ours(draft: Draft | None, agency: Agency) -> Draft | None:
    """A draft that was read, with what is remembered of its service; None when it is not of this agency."""
    if draft is None or draft.agency_id != agency.pk:
        return None
    draft.agency, draft.service = agency, service_with(draft.service_id)
    draft.version = questions_of(draft.service, draft.version_id)
    return draft


def last_sent(uuids: Sequence[str], *, service: Service, now: datetime) -> Draft | None:
    """The newest of these drafts that became a demand to this service within the last day."""
    sent = Draft.objects.filter(uuid__in=uuids, service=service, case__isnull=False, expires_at__gt=now)
    return sent.select_related("case").order_by("-pk").first()


def preview(*, service: Service, locale: str) -> Asking:
    """An interview that nobody has answered yet: reading the first page keeps nothing."""
    version = service.current
    assert version is not None  # the portal shows no service without questions
    version.service = service
    script, checks = intake.script(version), intake.validators(service.agency)
    now = intake.local_now(service.agency)
    interview = Interview.start(script, now=now, validators=checks, language=locale)
    return Asking(Draft(agency=service.agency, service=service, version=version, locale=locale), interview)


def begin(*, service: Service, locale: str, now: datetime) -> Asking:
    """A fresh draft over the service's current questions."""
    fresh = preview(service=service, locale=locale)
    draft = Draft.objects.create(
        agency=service.agency,
        service=service,
        version=fresh.draft.version,
        locale=locale,
        interview=json.dumps(save(fresh.interview)),
        access_code=new_code(),
        created_at=now,
        expires_at=now + KEPT,
    )
    return replace(fresh, draft=draft)


def open_draft(draft: Draft, *, locale: str) -> Asking:
    """The interview of a draft, in the language that is read now: over the questions that it began with, or over those
    that are in use where they say that interviews which have begun move over.

    What a changed check no longer accepts is asked again."""
    current = draft.service.current
    if current is not None and current.pk != draft.version_id and running_of(current) == Running.MOVE:
        draft.version = questions_of(draft.service, current.pk)
    script, checks = intake.script(draft.version), intake.validators(draft.agency)
    try:
        interview = resume(json.loads(draft.interview), script, policy="carry", validators=checks).interview
    except (DamagedState, ValueError):
        now = intake.local_now(draft.agency)
        interview = Interview.start(script, now=now, validators=checks, language=locale)
    return Asking(draft, replace(interview, language=locale))


def attach(asking: Asking, question: str, stored: StoredFile) -> None:
    """A file belongs to the draft from now on."""
    DraftFile.objects.create(draft=asking.draft, file=stored, question=question)


def attached(asking: Asking, question: str) -> list[StoredFile]:
    """The files of one question, in the order in which they came."""
    return [one.file for one in asking.draft.files.filter(question=question).select_related("file")]


def detach(asking: Asking, question: str, uuid: str) -> None:
    """The person took a file away; its content is swept later."""
    asking.draft.files.filter(question=question, file__uuid=uuid).delete()


def look_around(asking: Asking, pin: str, joining_id: int | None) -> None:
    """The neighbours of this pin were shown, and the person joins one of them or none."""
    asking.draft.looked_around = pin[:40]
    asking.draft.joining_id = joining_id
    asking.draft.save(update_fields=["looked_around", "joining"])


def send(asking: Asking, *, actor: Actor, now: datetime, then: Callable[[Draft], None] = lambda draft: None) -> Draft:
    """Open the case, once: whoever sends the same draft again gets the first one. The answers then leave the draft.
    `then` runs with the sent draft, in the same transaction.

    Raises dialogue.NotComplete, or a Refusal when the service has changed so that it no longer takes this demand."""
    answers = finished(asking.interview)
    try:
        return _send(asking, answers, actor=actor, now=now, alone=False, then=then)
    except Refusal:
        if asking.draft.joining_id is None:
            raise
        # The demand it was to join has been answered meanwhile: this one is opened by itself.
        return _send(asking, answers, actor=actor, now=now, alone=True, then=then)


# Whoever sends the same draft at the same moment waits here, and then finds its case.
_HELD = "(SELECT ARRAY[case_id, joining_id] FROM portal_draft WHERE id = %s::bigint FOR UPDATE)"


@action
def _send(
    asking: Asking, answers: Any, *, actor: Actor, now: datetime, alone: bool, then: Callable[[Draft], None]
) -> Draft:
    draft = asking.draft
    (held,) = rows.reserve(_HELD, values=[str(draft.pk)])
    if held is None:
        raise Draft.DoesNotExist
    draft.case_id, draft.joining_id = held
    if draft.case_id:
        then(draft)
        return draft
    opened = intake.send_demand(
        actor=actor,
        version=asking.draft.version,
        answers=answers,
        script=asking.script,
        envelope=Envelope(
            channel="portal",
            external_id=NewId(draft.uuid),  # no other draft has it, and this one is held
            access_code=draft.access_code,
            locale=draft.locale,
            joining=None if alone else draft.joining,
        ),
        now=now,
    )
    rows.also("DELETE FROM portal_draftfile WHERE draft_id = %s::bigint", [str(draft.pk)])
    draft.case, draft.interview, draft.joining, draft.looked_around = opened.case, "", None, ""
    draft.expires_at = now + SHOWN
    rows.change(draft, ["case", "interview", "joining", "looked_around", "expires_at"])
    then(draft)
    return draft


def forget_expired(*, now: datetime) -> int:
    """Delete what has expired, sent or not. Returns how many drafts."""
    expired = Draft.objects.filter(expires_at__lte=now)
    count = expired.count()
    expired.delete()
    return count
