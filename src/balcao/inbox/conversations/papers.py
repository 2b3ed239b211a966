"""A conversation and its demands: opened from it, attached to it, answered into it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from balcao.cases.actions import Opened
from balcao.cases.models import Case
from balcao.catalog.templates import Letter
from balcao.citizens.models import Person
from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed
from balcao.platform.events import emit

from ..models import CaseLink, Message
from .events import ConversationIdentified, ConversationLinked, MessageSaid
from .lines import _mine
from .models import EVERYBODY, Conversation
from .moving import append, change, locked
from .states import Direction, State

TALK = "talk:"  # how the external id of a case from a conversation begins


def external_id(conversation: Conversation, client_id: str) -> str:
    """What a case from this conversation is known by: a repeat opens nothing."""
    return f"{TALK}{conversation.pk}:{client_id}"[:120]


@action
def identify(
    *, actor: Actor, conversation: Conversation, person: Person, rank: int | None = None, now: datetime | None = None
) -> Conversation:
    """Who the person is. With it comes the rank that the law gives them (`rank`, else their own): whoever waits moves
    up at once, and nobody who has been told so moves down again."""
    held = locked(conversation, actor=actor)
    actor.same_agency(person.agency_id)
    own = rank or (person.priority.rank if person.priority else EVERYBODY)
    own = min(own, held.rank)
    if (held.person_id, held.rank) != (person.pk, own):
        change(held, person=person, rank=own)
        if held.state == State.WAITING:
            held.waits.filter(ended_at=None).update(rank=own)
        fact = ConversationIdentified(conversation_id=held.pk, person_id=person.pk, rank=own)
        emit(fact, actor=actor, agency_id=held.agency_id, at=now)
    return held


@action
def attach_case(*, actor: Actor, conversation: Conversation, case: Case, now: datetime | None = None) -> CaseLink:
    """The conversation is about this demand too. Attached already: nothing changes."""
    held = locked(conversation, actor=actor)
    _mine(held, actor)
    if not Case.objects.visible_to(actor).filter(pk=case.pk, agency_id=held.agency_id).exists():
        raise NotAllowed(log=f"{actor.kind} {actor.id} does not see case {case.pk}")
    return tie(held, case, actor=actor, origin=False, now=now or timezone.now())


@action
def open_case_from(
    *, actor: Actor, conversation: Conversation, client_id: str, now: datetime | None = None, **demand: Any
) -> Opened:
    """Open a demand from the conversation (`cases.actions.open_case` with its arguments): its number, date and code are
    told in the conversation at once, and its answer comes back into it. The same `client_id` opens nothing more."""
    from ..opening import open_and_acknowledge

    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    _mine(held, actor)
    return open_and_acknowledge(
        conversation=held,
        actor=actor,
        channel=held.channel,
        external_id=external_id(held, client_id),
        **{"reporter": held.person, "locale": held.language} | demand,
        now=now,
    )


def tie(held: Conversation, case: Case, *, actor: Actor, origin: bool, now: datetime) -> CaseLink:
    """Link a locked conversation and a case, inside an action. `origin`: its answer goes into this conversation."""
    fresh = CaseLink(conversation=held, case=case, origin=origin, at=now)
    if rows.waits(case):
        link = rows.write(fresh)
    else:
        found = CaseLink.objects.filter(conversation=held, case=case).first()
        if found is not None:
            return found
        link = rows.write(fresh)
    fact = ConversationLinked(conversation_id=held.pk, origin=origin)
    emit(fact, actor=actor, agency_id=held.agency_id, case_id=case.pk, at=now)
    return link


def conversation_of(case: Case) -> Conversation | None:
    """The conversation that this case was opened from, its row locked: where its letters go."""
    if not (case.external_id or "").startswith(TALK):
        return None  # said by the case itself: no other demand asks the database
    link = CaseLink.objects.filter(case=case, origin=True).select_related("conversation").first()
    if link is None:
        return None
    return locked(link.conversation, actor=Actor.system(case.agency_id))


def write_letter(
    held: Conversation, letter: Letter, *, case: Case, key: str, now: datetime, **fields: Any
) -> tuple[Message, bool]:
    """A letter about a case as the next message of its conversation; whether it is new: the same key says nothing
    more. The caller queues it."""
    known = Message.objects.filter(key=key).first()
    if known is not None:
        return known, False
    actor = Actor.system(held.agency_id)
    said: Message = append(
        held,
        actor=actor,
        direction=Direction.OUT,
        author_kind="system",
        key=key,
        text=letter.body,
        now=now,
        case=case,
        subject=letter.subject[:200],
        template_version=letter.version,
        **fields,
    )
    assert said.number is not None
    fact = MessageSaid(conversation_id=held.pk, message_id=said.pk, number=said.number, kind=said.kind)
    emit(fact, actor=actor, agency_id=held.agency_id, at=now)
    return said, True
