"""Letters outside of the window: they leave by the account's set template, and in full as soon as the person writes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from balcao.platform.action import action
from balcao.platform.actors import Actor

from ..conversations.models import Conversation
from ..conversations.moving import locked
from ..conversations.speaking import say
from ..models import Message
from ..outbound import Outgoing
from .models import ApprovedTemplate, HeldLetter
from .wording import as_data, preview, values_for


def as_template(outgoing: Outgoing, talk: Conversation, now: datetime | None = None) -> Outgoing | None:
    """The letter as the account's set template; None when it is no letter about a demand, or none is set. From then on
    its own words wait for the person's next message, and the conversation says as what it left."""
    if not outgoing.protocol or outgoing.message_id is None or outgoing.account_id is None:
        return None
    set_one = ApprovedTemplate.objects.filter(account_id=outgoing.account_id, for_letters=True).first()
    if set_one is None or not set_one.may_be_sent:
        return None
    message = Message.objects.select_related("case__agency").get(pk=outgoing.message_id)
    values = values_for(set_one, message, talk, number=outgoing.protocol)
    data = as_data(set_one, values)
    _hold(message, dict(message.data) | {"left_as": preview(set_one, values)}, now or timezone.now())
    return replace(outgoing, data={**outgoing.data, "template": data}, files=())


@action
def _hold(message: Message, details: dict[str, object], now: datetime) -> None:
    message.details = json.dumps(details, ensure_ascii=False)
    message.save(update_fields=["details"])
    HeldLetter.objects.get_or_create(message=message, defaults={"at": now})


@action
def say_held(*, actor: Actor, conversation: Conversation, now: datetime | None = None) -> int:
    """The person has written: what had only left as a template is said in full. How many letters. Once each."""
    waiting = HeldLetter.objects.select_for_update(of=("self",)).filter(
        message__conversation__account_id=conversation.account_id,
        message__conversation__contact_hash=conversation.contact_hash,
    )
    found = list(waiting.select_related("message").order_by("pk"))
    for one in found:
        held = locked(conversation, actor=actor)
        files = [file.file for file in one.message.files.select_related("file")]
        say(actor=actor, conversation=held, client_id=f"in-full:{one.message_id}", text=one.message.body, files=files,
            now=now)  # fmt: skip
        one.delete()
    return len(found)
