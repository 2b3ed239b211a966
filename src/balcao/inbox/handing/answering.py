"""What the person says to the question: understood in the transaction in which it comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from balcao.platform.actors import Actor
from balcao.platform.events import Happened, emit

from ..conversations.events import HandoverAnswered
from ..conversations.models import Conversation
from ..conversations.moving import change
from ..conversations.speaking import put
from ..conversations.states import State
from ..conversations.window import may_write
from ..interviews.keeping import kept
from ..models import Message
from .asking import is_newest, open_question
from .models import Handover
from .wording import declined, meant_by


def hear(happened: Happened) -> None:
    """MessageReceived, in the same transaction; its subject is the conversation, whose row is locked."""
    held: Conversation = happened.subject
    asked = open_question(held)
    if asked is None or held.state == State.CLOSED or happened.at >= asked.until:
        return
    message = Message.objects.get(pk=happened.fact.message_id)
    meant = meant_by(asked, message, newest=is_newest(asked))
    if meant is not None:
        _take(asked, message, meant, actor=happened.actor, now=happened.at)


def _take(asked: Handover, message: Message, meant: bool, *, actor: Actor, now: datetime) -> None:
    held = asked.conversation
    asked.state = Handover.State.AGREED if meant else Handover.State.DECLINED
    asked.answer, asked.answered_at = message.number, now
    asked.save(update_fields=["state", "answer", "answered_at"])
    change(held, interview=replace(kept(held), handover=None).dump())
    fact = HandoverAnswered(conversation_id=held.pk, handover_id=asked.pk, agreed=meant)
    emit(fact, actor=actor, agency_id=held.agency_id, at=now)
    if not meant and may_write(held, now):
        put(held, actor=Actor.system(held.agency_id), author_kind="system", key=f"handover:{asked.pk}:no",
            text=declined(held), purpose="handover", now=now)  # fmt: skip
