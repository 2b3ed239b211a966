"""Files of a message that was kept before they were here: a channel fetches them afterwards."""

from __future__ import annotations

import json
from datetime import datetime

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit
from balcao.platform.models import StoredFile

from ..models import Message, MessageFile
from .events import FilesCame


@action
def add_file(*, actor: Actor, message: Message, stored: StoredFile, now: datetime | None = None) -> None:
    """A file of this message is here. Once more with the same file changes nothing."""
    actor.same_agency(message.agency_id)
    if MessageFile.objects.get_or_create(message=message, file=stored)[1]:
        _tell(message, actor, now)


@action
def refuse_file(*, actor: Actor, message: Message, why: str, now: datetime | None = None) -> None:
    """A file of this message is not taken: `why`, a code as `FileRefused` has them, stands in its `data["refused"]`."""
    actor.same_agency(message.agency_id)
    fresh = Message.objects.select_for_update(of=("self",), no_key=True).get(pk=message.pk)
    fresh.details = json.dumps(fresh.data | {"refused": [*fresh.data.get("refused", []), why]}, ensure_ascii=False)
    fresh.save(update_fields=["details"])
    _tell(message, actor, now)


def _tell(message: Message, actor: Actor, now: datetime | None) -> None:
    if message.conversation_id is not None:
        fact = FilesCame(conversation_id=message.conversation_id, message_id=message.pk)
        emit(fact, actor=actor, agency_id=message.agency_id, at=now)
