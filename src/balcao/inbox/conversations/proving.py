"""Whether the person behind a conversation is known to be who they say.

A channel vouches for whoever writes (Meta for a number, a browser's secret for a visitor), but anybody may write any
name into a mail's From. Such mail has a conversation of its own, apart from those of the person whose address it bears,
until a reply comes to a letter of ours that only the address's owner was sent."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit

from ..models import Message
from .events import ConversationProven
from .models import Conversation
from .moving import change, contact_hash, locked, one_at_a_time
from .states import State

UNPROVEN = "unproven:"  # how the contact of somebody begins whom nothing vouches for


def known_as(contact: str, *, proven: bool) -> str:
    """What a person's conversations are found by: proven or not, the two never meet."""
    return contact if proven else f"{UNPROVEN}{contact}"


@action
def vouch(*, actor: Actor, conversation: Conversation, contact: str, now: datetime | None = None) -> Conversation:
    """Somebody has shown here that they own `contact`: from now on the conversation is theirs, and nobody can speak in
    it who only says so. What was written before stays marked. When they have another one already, this one goes on
    beside it, by replies to its own letters alone."""
    one_at_a_time(conversation.account_id, [conversation.contact, contact])
    held = locked(conversation, actor=actor)
    if held.proven:
        return held
    mark = contact_hash(held.channel, contact)
    theirs = Conversation.objects.filter(account_id=held.account_id, contact_hash=mark)
    if theirs.filter(~Q(state=State.CLOSED) | Q(pk__gt=held.pk)).exists():
        contact = f"{contact}#{held.pk}"
        mark = contact_hash(held.channel, contact)
    change(held, proven=True, contact=contact, contact_hash=mark)
    emit(ConversationProven(conversation_id=held.pk), actor=actor, agency_id=held.agency_id, at=now)
    return held


def warnings_of(conversation: Conversation) -> list[str]:
    """What an attendant must know before they tell this person anything, in words; usually nothing."""
    if conversation.proven:
        return []
    words = _(
        "Nothing proves who writes here: the mail only says that it is from %(address)s. Say what anybody may know, "
        "and tell nothing about a person or their demands until they have replied to a letter of yours."
    )
    return [words % {"address": conversation.address}]


def doubt_of(message: Message) -> str:
    """The same of one message: it stays marked where its conversation was proven later. Empty when there is none."""
    if message.data.get("proven") is not False:
        return ""
    return _("This mail only says whom it is from; nothing proves it.")
