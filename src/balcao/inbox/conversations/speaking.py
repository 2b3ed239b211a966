"""What is said to a person, by an attendant, by the interview or by the system; and who has seen what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.events import emit
from balcao.platform.models import StoredFile
from balcao.platform.standing import standing
from balcao.platform.text import clean_text

from ..models import Message
from ..outbound import SENDERS
from ..sending import queue as queue_delivery
from . import plain
from .events import ConversationRead, InterviewMoved, MessageSaid
from .fitting import misfit
from .models import Conversation
from .moving import NOTE, append, change, locked
from .states import Direction, Kind, State

LONGEST = 20_000  # characters


def key_of(talk: int, client_id: str) -> str:
    """The message's key: the same client id says the same thing once."""
    return f"said:{talk}:{sha256(client_id.encode()).hexdigest()[:40]}"


def say(
    *,
    actor: Actor,
    conversation: Conversation,
    client_id: str,
    text: str = "",
    kind: Kind = Kind.TEXT,
    details: Mapping[str, Any] | None = None,
    files: Iterable[StoredFile] = (),
    bot: bool = False,
    now: datetime | None = None,
) -> Message:
    """Say something to the person and queue it on their channel. The same `client_id` again says nothing more.

    An attendant speaks where they are the owner: Refusal otherwise, with the words kept by whoever typed them. The
    system speaks anywhere; `bot`: it is the interview. `details`, JSON-able: {"buttons": [{"id", "title"}]}, {"list":
    …}, {"template": …}; a channel that cannot show them sends the text."""
    now, text, files = now or timezone.now(), clean_text(text), list(files)
    if kind == Kind.TEXT and not (details or files or bot):
        word = say_plainly(actor=actor, talk=conversation.pk, client_id=client_id, text=text, now=now)
        if word is not None:
            return word
    return _say(actor, conversation, client_id, text, kind, details, files, bot, now)


def say_plainly(
    *,
    actor: Actor,
    talk: int,
    client_id: str,
    text: str,
    session: str | None = None,
    now: datetime | None = None,
) -> Message | None:
    """The same in one statement, where an attendant says a text in a conversation of theirs (`plain`); None where it is
    to go the whole way. `session`: the key of theirs, which must last until then."""
    text = clean_text(text)
    if actor.kind != "staff" or not actor.can("inbox.attend") or not 0 < len(text) <= LONGEST:
        return None
    key = key_of(talk, client_id)
    return plain.said(actor=actor, talk=talk, key=key, text=text, session=session, now=now or timezone.now())


@action
def _say(
    actor: Actor,
    conversation: Conversation,
    client_id: str,
    text: str,
    kind: Kind,
    details: Mapping[str, Any] | None,
    files: Sequence[StoredFile],
    bot: bool,
    now: datetime,
) -> Message:
    held = locked(conversation, actor=actor)
    if (known := _called.one(key=key_of(held.pk, client_id))) is not None:
        return known
    if not (text or files or details):
        raise Invalid(_("Please write something first."), field="text")
    if len(text) > LONGEST:
        raise Invalid(_("This is too long for one message: please send it in parts."), field="text")
    if actor.kind != "system":
        actor.require("inbox.attend")
        if held.state not in (State.HELD, State.SNOOZED) or held.owner_id != actor.staff_id:
            raise Refusal(
                _("This conversation is not with you: take it over first. Your words are kept."),
                log=f"conversation {held.pk} is of {held.owner_id}",
            )
        if problem := misfit(held.channel, files):
            raise Invalid(problem, field="files")
        if held.state == State.SNOOZED:
            change(held, state=State.HELD, snoozed_until=None)
    author = "bot" if bot else "system" if actor.kind == "system" else "staff"
    return put(held, actor=actor, author_kind=author, key=key_of(held.pk, client_id), text=text, kind=kind,
               details=details, files=files, purpose="said", now=now)  # fmt: skip


@standing
def _called(*, key: str) -> QuerySet[Message]:
    return Message.objects.filter(key=key)


def put(conversation: Conversation, *, actor: Actor, now: datetime, **message: Any) -> Message:
    """Append a message of ours to a locked conversation, queue it where its channel is sent to, and tell."""
    said: Message = append(conversation, actor=actor, direction=Direction.OUT, now=now, **message)
    if conversation.channel in SENDERS:
        queue_delivery(said, conversation.channel, conversation.address, now)
    assert said.number is not None
    emit(
        MessageSaid(conversation_id=conversation.pk, message_id=said.pk, number=said.number, kind=said.kind),
        actor=actor,
        agency_id=conversation.agency_id,
        at=now,
    )
    return said


@action
def keep_interview(*, actor: Actor, conversation: Conversation, saved: str, now: datetime | None = None) -> None:
    """Keep the running interview's state (`dialogue.save` as JSON). IllegalMove-like Refusal when none runs."""
    held = locked(conversation, actor=actor)
    if held.state != State.INTERVIEW:
        raise Refusal(log=f"conversation {held.pk} is {held.state}: no interview runs")
    change(held, interview=saved)
    emit(InterviewMoved(conversation_id=held.pk), actor=actor, agency_id=held.agency_id, at=now)


@action
def mark_read(*, actor: Actor, conversation: Conversation, number: int, now: datetime | None = None) -> None:
    """One side has seen it up to `number`: the agency (staff, a key), or the person (any other). It only moves on."""
    held = locked(conversation, actor=actor)
    staff = actor.for_agency
    number = min(number, held.last_number)
    if number <= (held.staff_read if staff else held.citizen_read):
        return
    theirs = Direction.IN if staff else Direction.OUT
    later = Message.objects.filter(conversation=held, number__gt=number, direction=theirs)
    unread = later.exclude(purpose=NOTE).count() if number < held.last_number else 0
    if staff:
        change(held, staff_read=number, staff_unread=unread)
    else:
        change(held, citizen_read=number, citizen_unread=unread)
    fact = ConversationRead(conversation_id=held.pk, number=number, kind="staff" if staff else "citizen")
    emit(fact, actor=actor, agency_id=held.agency_id, at=now, subject=held)
