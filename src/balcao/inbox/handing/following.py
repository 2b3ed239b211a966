"""Where a person goes on whose channel is one window: in the conversation to which theirs was passed on."""

from __future__ import annotations

from ..conversations.models import Conversation
from ..conversations.states import State
from .across import ACROSS
from .models import Handover


def trail(first: Conversation) -> list[Conversation]:
    """`first` and those that it led to, in other agencies, with the person's yes: in the last one they go on now."""
    found = [first]
    while (there := _passed_to(found[-1])) is not None and there not in found:
        found.append(there)
    return found


def _passed_to(talk: Conversation) -> Conversation | None:
    across = ACROSS.get(talk.channel)
    if talk.state != State.CLOSED or across is None or not across.one_window:
        return None
    done = Handover.objects.filter(conversation=talk, state=Handover.State.DONE, account__is_active=True)
    to = done.order_by("-pk").values("account_id")[:1]
    theirs = Conversation.objects.filter(account_id__in=to, contact_hash=talk.contact_hash)
    there = theirs.select_related("account", "line", "owner", "agency").order_by("-pk").first()
    if there is not None and there.closed_at and talk.said_at and talk.said_at > there.closed_at:
        return None  # that is over, and a letter has come here since: who reads it answers here
    return there
