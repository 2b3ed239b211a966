"""Put off until a moment, and back; closed, kindly, and graded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.events import emit
from balcao.platform.text import clean_text
from balcao.web.formatting import moment_words

from ..approved.closing import said_at_closing
from .events import ConversationClosed, ConversationGraded, ConversationSnoozed, ConversationWoken
from .lines import _mine, give_back
from .models import Conversation, Wait
from .moving import change, end_wait, locked, move
from .presence import is_present
from .speaking import put
from .states import Ending, State
from .window import may_write

LONGEST_SNOOZE = timedelta(days=60)
SOON = "closing-soon"  # the purpose of a word that it will close


def nothing_unread(held: Conversation, actor: Actor) -> None:
    """A Refusal when its owner, or a key in their place, has not seen all that the person wrote: what came just before
    a click would stand where nobody looks any more."""
    theirs = held.owner_id == actor.staff_id or actor.kind == "key"
    if held.state == State.HELD and theirs and held.staff_unread:
        raise Refusal(_("The person has just written: read that first."), log=f"conversation {held.pk} is unread")


@action
def snooze(
    *,
    actor: Actor,
    conversation: Conversation,
    until: datetime,
    all_read: bool = False,
    now: datetime | None = None,
) -> Conversation:
    """Its owner puts it off: it wakes at `until`, or as soon as the person writes. Invalid when that is past, or more
    than sixty days ahead. `all_read`: only as `nothing_unread` has it."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    _mine(held, actor)
    if all_read:
        nothing_unread(held, actor)
    if not now < until <= now + LONGEST_SNOOZE:
        raise Invalid(_("Choose a moment within the next sixty days."), field="until")
    move(held, "snooze", snoozed_until=until)
    fact = ConversationSnoozed(conversation_id=held.pk, due_at=until.isoformat())
    emit(fact, actor=actor, agency_id=held.agency_id, at=now)
    return held


@action
def wake(*, actor: Actor, conversation: Conversation, now: datetime | None = None) -> Conversation:
    """Its moment has come: it is its owner's again, or, when they are away, it returns to its place in line."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    if held.state == State.SNOOZED:
        wake_held(held, actor=actor, now=now)
    return held


def wake_held(held: Conversation, *, actor: Actor, now: datetime) -> None:
    """`wake` for a conversation whose row is locked."""
    move(held, "wake", snoozed_until=None, in_hand_at=now)
    emit(ConversationWoken(conversation_id=held.pk), actor=actor, agency_id=held.agency_id, at=now)
    if not is_present(held.owner_id, now):
        give_back(held, actor=actor, now=now)


@action
def close(
    *,
    actor: Actor,
    conversation: Conversation,
    ending: str = Ending.DONE,
    notice: str | None = None,
    all_read: bool = False,
    now: datetime | None = None,
) -> Conversation:
    """End it with a kind word: `notice`, else the line's own, else ours; "" says nothing. Where the channel takes no
    more words, the line's approved template says it, if it names one. Closed already: nothing changes. Whoever writes
    again within seven days goes on with it. `all_read`: only as `nothing_unread` has it."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    if held.state == State.CLOSED:
        return held
    if actor.kind != "citizen":
        _mine(held, actor)
    if all_read:
        nothing_unread(held, actor)
    words = notice if notice is not None else _notice(held, ending)
    said: dict[str, Any] | None = {"text": words}
    if not may_write(held, now):
        said = said_at_closing(held) if ending != Ending.PASSED else None
    if words and said:
        key = f"closing:{held.pk}:{held.reopened}:{held.last_number}"
        put(held, actor=actor, author_kind="system", key=key, purpose="closing", now=now, **said)
    end_wait(held, Wait.End.GAVE_UP, now)
    move(held, "close", owner=None, snoozed_until=None, ending=ending, closed_at=now)
    fact = ConversationClosed(conversation_id=held.pk, kind=ending)
    emit(fact, actor=actor, agency_id=held.agency_id, at=now, subject=held)
    return held


def _notice(held: Conversation, ending: str) -> str:
    if held.line is not None and held.line.closing_notice:
        return held.line.closing_notice
    if ending == Ending.LEFT:
        return ""
    with override(held.language):
        if ending == Ending.QUIET:
            return gettext("We have not heard from you for a while, so we close this conversation for now. "
                           "Write again whenever you like: we go on from here.")  # fmt: skip
        return gettext("Thank you for talking with us. If you need anything else, just write again.")


@action
def tell_of_closing(*, actor: Actor, conversation: Conversation, at: datetime, now: datetime | None = None) -> None:
    """Say now that it closes `at`, since the channel will take no word of ours by then. Nothing where the person has
    written meanwhile, or no word is taken any more."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    if held.state != State.HELD or held.waits_for_us or not may_write(held, now):
        return
    with override(held.language), timezone.override(ZoneInfo(held.agency.timezone)):
        words = gettext("Soon we can no longer write to you here. If we do not hear from you, we close this "
                        "conversation: %(when)s. Write again whenever you like: we go on from here.")  # fmt: skip
        words %= {"when": moment_words(at, now)}
    key = f"closing-soon:{held.pk}:{held.reopened}:{held.last_number}"
    put(held, actor=actor, author_kind="system", key=key, text=words, purpose=SOON, now=now)


@action
def grade(
    *, actor: Actor, conversation: Conversation, score: int, comment: str = "", now: datetime | None = None
) -> Conversation:
    """The person's 0 to 10, with a word if they like; a second one takes the place of the first."""
    if not 0 <= score <= 10:
        raise Invalid(_("Choose a number from 0 to 10."), field="score")
    held = locked(conversation, actor=actor)
    comment = clean_text(comment)[:2000]
    if (held.score, held.comment) == (score, comment):
        return held
    change(held, score=score, comment=comment)
    emit(ConversationGraded(conversation_id=held.pk, score=score), actor=actor, agency_id=held.agency_id, at=now)
    return held
