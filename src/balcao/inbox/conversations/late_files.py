"""Files of a message that was kept before they were here: a channel fetches them afterwards."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit
from balcao.platform.files.refused import SENTENCES
from balcao.platform.models import StoredFile

from ..models import Message, MessageFile
from .events import FilesCame
from .models import Conversation
from .moving import locked
from .speaking import say
from .states import State

SOON = timedelta(hours=12)
UNKNOWN = _("We could not open this file. Please send it once more, or go on without it.")


@action
def add_file(*, actor: Actor, message: Message, stored: StoredFile, now: datetime | None = None) -> None:
    """A file of this message is here. Once more with the same file changes nothing."""
    actor.same_agency(message.agency_id)
    if MessageFile.objects.get_or_create(message=message, file=stored)[1]:
        _tell(message, actor, now)


@action
def refuse_file(*, actor: Actor, message: Message, why: str, now: datetime | None = None) -> None:
    """A file of this message is not taken: `why`, a code as `FileRefused` has them, stands in its `data["refused"]`,
    and the person is told."""
    actor.same_agency(message.agency_id)
    talk = message.conversation
    held = locked(talk, actor=actor) if talk is not None else None
    fresh = Message.objects.select_for_update(of=("self",), no_key=True).get(pk=message.pk)
    fresh.details = json.dumps(fresh.data | {"refused": [*fresh.data.get("refused", []), why]}, ensure_ascii=False)
    fresh.save(update_fields=["details"])
    _tell(message, actor, now)
    if held is not None:
        _say_why(held, fresh, now or timezone.now())


def _say_why(held: Conversation, message: Message, now: datetime) -> None:
    """The person hears it while they remember sending it. An interview says it by itself, with what to do next."""
    if held.state in (State.INTERVIEW, State.CLOSED) or now - message.created_at > SOON:
        return
    refused = message.data["refused"]
    with translation.override(held.language):
        why = str(SENTENCES.get(refused[-1], UNKNOWN))
    client_id = f"refused:{message.pk}:{len(refused)}"
    say(actor=Actor.system(held.agency_id), conversation=held, client_id=client_id, text=why, now=now)


def _tell(message: Message, actor: Actor, now: datetime | None) -> None:
    if message.conversation_id is not None:
        fact = FilesCame(conversation_id=message.conversation_id, message_id=message.pk)
        emit(fact, actor=actor, agency_id=message.agency_id, at=now)
