"""What a person has just written, or an attendant has answered, drawn for a page that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import timezone, translation

from balcao.inbox.conversations.hearing import said_after
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.models import Message
from balcao.platform.actors import Actor
from balcao.platform.audit import log_read

from .reading import is_seen_by, seen_by
from .thread import Thread, one_word, theirs, thread


@dataclass(frozen=True)
class Wanted:
    """The lines of `talk` from number `since` on, for `actor`, who reads them in this language and time zone. Unless it
    is `logged` already that they were shown it, it will be."""

    actor: Actor
    talk: int
    since: int
    language: str
    zone: str
    logged: bool


def drawn(wanted: Sequence[Wanted]) -> list[str]:
    """The lines for each; empty for whoever may not see them. One statement for the words, however many want them."""
    seen = [one for one in wanted if is_seen_by(one.actor, one.talk)]
    found = dict(zip(seen, said_after([(one.talk, one.since - 1) for one in seen]) if seen else [], strict=True))
    told = []
    for one in wanted:
        if one not in found:
            told.append("")
            continue
        if not one.logged:
            log_read(
                actor=one.actor, subject="talk", ids=[one.talk], purpose="conversation", agency_id=one.actor.agency_id
            )
        talk = Conversation(pk=one.talk)
        with translation.override(one.language), timezone.override(one.zone):
            told.append(_lines(theirs(found[one], talk), talk))
    return told


def answered(actor: Actor, word: Message, since: int) -> str:
    """`word`, which the reader has just said, and what else there is from number `since` on."""
    if since >= (word.number or 0):
        return _lines(one_word(word), Conversation(pk=word.conversation_id))
    talk = seen_by(actor, word.conversation_id or 0)
    return _lines(thread(talk, actor, since=since), talk) if talk is not None else ""


def _lines(found: Thread, talk: Conversation) -> str:
    return render_to_string("console/inbox/_thread.html", {"thread": found, "talk": talk, "now": timezone.now()})
