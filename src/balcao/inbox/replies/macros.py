"""A macro: its words, its note and its step, all or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed

from ..conversations.lines import transfer, write_note
from ..conversations.models import Conversation
from ..conversations.moving import locked
from ..conversations.pausing import close, nothing_unread, snooze
from ..conversations.speaking import key_of, say
from ..models import Message
from .models import Afterwards, CannedReply
from .wording import render


@action
def run_macro(
    *,
    actor: Actor,
    conversation: Conversation,
    reply: CannedReply,
    client_id: str,
    text: str | None = None,
    all_read: bool = False,
    now: datetime | None = None,
) -> Conversation:
    """Say the words (`text`: as the attendant changed them), keep the note, take the step. The same `client_id` again
    does nothing more. What one of them refuses, none of them does. `all_read`: it puts off and closes only as
    `nothing_unread` has it."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    if reply.agency_id != held.agency_id or not reply.is_active:
        raise NotAllowed(log=f"reply {reply.pk} is not for conversation {held.pk}")
    if Message.objects.filter(key=key_of(held.pk, client_id)).exists():
        return held
    if all_read and reply.then in (Afterwards.SNOOZE, Afterwards.CLOSE):
        nothing_unread(held, actor)  # before the words: whoever speaks has read
    words = render(reply.body, talk=held, actor=actor, now=now) if text is None else text
    say(actor=actor, conversation=held, client_id=client_id, text=words, now=now)
    note = render(reply.note, talk=held, actor=actor, now=now) if reply.note else ""
    if reply.then == Afterwards.LINE:
        assert reply.to_line is not None
        return transfer(actor=actor, conversation=held, line=reply.to_line, note=note, now=now)
    if note:
        write_note(actor=actor, conversation=held, text=note, now=now)
    if reply.then == Afterwards.SNOOZE:
        return snooze(actor=actor, conversation=held, until=now + timedelta(hours=reply.hours or 1), now=now)
    if reply.then == Afterwards.CLOSE:
        return close(actor=actor, conversation=held, notice="", now=now)
    return held


def steps_of(reply: CannedReply) -> list[str]:
    """What it does besides saying its words, in words."""
    steps = [_("A note is kept: “%(note)s”") % {"note": reply.note}] if reply.note else []
    if reply.then == Afterwards.LINE and reply.to_line:
        steps.append(_("It goes to the line “%(line)s”.") % {"line": reply.to_line.name})
    if reply.then == Afterwards.SNOOZE:
        steps.append(_("It is put off for %(n)s hours.") % {"n": reply.hours})
    if reply.then == Afterwards.CLOSE:
        steps.append(_("It is closed."))
    return steps
