"""The one way a conversation changes: lock, check, move, tell; and the one way a message gets its number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from balcao.platform import rows
from balcao.platform.action import running
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash
from balcao.platform.events import emit
from balcao.platform.models import StoredFile
from balcao.platform.standing import standing

from . import states
from .events import AttendantCame, ConversationQueued
from .models import Attendant, Conversation, Wait
from .states import Direction, Kind, State

SILENCE = timedelta(seconds=45)  # three beats unheard: a short hole in the network costs nobody their conversations
NOTE = "note"  # the purpose of what only colleagues read
CONTACT = 225228  # the advisory lock on a person's address; 225227 is the cases' external ids
LOCK = f"pg_advisory_xact_lock({CONTACT}, ('x' || %s::text)::bit(32)::integer)"


def contact_hash(channel: str, contact: str) -> bytes:
    """What a person's conversations on a channel are found by."""
    return keyed_hash(f"{channel}:{contact}", "inbox.contact")


def one_at_a_time(account_id: int, contacts: Iterable[str]) -> None:
    """Whatever else comes from these people waits until this transaction ends. Always in one order: no deadlock."""
    hashes = sorted({keyed_hash(f"{account_id}\0{contact}", "inbox.lock")[:4].hex() for contact in contacts})
    if hashes:
        rows.reserve(*[LOCK] * len(hashes), values=hashes)


def locked(conversation: Conversation, *, actor: Actor) -> Conversation:
    """The conversation as it is now, its row locked until the transaction ends."""
    actor.same_agency(conversation.agency_id)
    memory = running()
    if memory is not None and memory.get(("conversation", conversation.pk)) is conversation:
        return conversation
    fresh = _row.get(pk=conversation.pk)
    hold(fresh)
    return fresh


@standing
def _row(*, pk: int) -> QuerySet[Conversation]:
    locking = Conversation.objects.select_for_update(of=("self",), no_key=True)
    return locking.select_related("account", "line", "agency").filter(pk=pk)


def hold(conversation: Conversation) -> None:
    """Remember that the running action has this row locked, or has just written it."""
    memory = running()
    if memory is not None:
        memory["conversation", conversation.pk] = conversation


def move(conversation: Conversation, verb: str, **changes: Any) -> None:
    """Move a locked conversation by `verb`, with `changes` to its other fields. IllegalMove when it may not."""
    changes["state"] = states.after(conversation.state, verb)
    change(conversation, **changes)


def change(conversation: Conversation, **changes: Any) -> None:
    """Change fields of a locked conversation; it is written with what the action adds."""
    for field, value in changes.items():
        setattr(conversation, field, value)
    rows.change(conversation, list(changes))


def append(
    conversation: Conversation,
    *,
    actor: Actor,
    direction: str,
    author_kind: str,
    key: str,
    text: str = "",
    kind: str = Kind.TEXT,
    details: Mapping[str, Any] | None = None,
    files: Iterable[StoredFile] = (),
    purpose: str,
    now: datetime,
    **fields: Any,
) -> Any:
    """The next message of a locked conversation. The caller has made sure that there is none with this key."""
    from ..models import Message, MessageFile

    number = conversation.last_number + 1
    if direction == Direction.IN and conversation.said_at is not None:
        # of two at once it came second: it waits for an answer, whatever the clock said before it waited for the row
        now = max(now, conversation.said_at + timedelta(microseconds=1))
    message = rows.write(
        Message(
            **{"agency_id": conversation.agency_id, "locale": conversation.language, "subject": ""} | fields,
            conversation=conversation,
            number=number,
            direction=direction,
            kind=kind,
            author_kind=author_kind,
            author_id=actor.staff_id if author_kind == "staff" else None,
            account_id=conversation.account_id,
            body=text,
            details=json.dumps(dict(details), ensure_ascii=False) if details else "",
            purpose=purpose,
            key=key,
            created_at=now,
        )
    )
    for file in files:
        rows.write(MessageFile(message=message, file=file))
    seen: dict[str, Any] = {"last_number": number}
    if purpose == NOTE:
        pass  # among colleagues: nothing was said to the person
    elif direction == Direction.IN:
        seen |= {"heard_at": now, "staff_unread": conversation.staff_unread + 1}
        seen |= {"citizen_read": number, "citizen_unread": 0}  # who writes has read
    else:
        seen |= {"citizen_unread": conversation.citizen_unread + 1}
        if author_kind == "staff" or conversation.state != State.WAITING:
            seen |= {"said_at": now}  # what we say by ourselves to whoever waits in line is no answer to them
        if author_kind == "staff":
            seen |= {"staff_read": number, "staff_unread": 0}
            if conversation.answered_at is None:
                seen["answered_at"] = now
    change(conversation, **seen)
    return message


def queue(conversation: Conversation, verb: str, *, actor: Actor, now: datetime, back: bool, **changes: Any) -> None:
    """Let a locked conversation wait in its line: `back` at the place that it had, else at the end. Where that was
    switched off meanwhile, in its account's."""
    line = changes.get("line", conversation.line)
    if line is not None and not line.is_active:
        changes["line"] = conversation.account.line
    if not back or conversation.queued_at is None:
        changes["queued_at"] = now
    move(conversation, verb, owner=None, snoozed_until=None, **changes)
    assert conversation.line_id is not None
    rows.write(Wait(conversation=conversation, line_id=conversation.line_id, rank=conversation.rank, began_at=now))
    emit(
        ConversationQueued(conversation_id=conversation.pk, line_id=conversation.line_id, back=back),
        actor=actor,
        agency_id=conversation.agency_id,
        at=now,
    )


def end_wait(conversation: Conversation, end: str, now: datetime) -> int | None:
    """It does not wait any more; how many seconds it did, None when it did not wait."""
    if conversation.state != State.WAITING:
        return None
    wait = Wait.objects.get(conversation=conversation, ended_at=None)
    wait.ended_at, wait.end = max(now, wait.began_at), end
    wait.save(update_fields=["ended_at", "end"])
    return int((wait.ended_at - wait.began_at).total_seconds())


def here(*, actor: Actor, now: datetime) -> Attendant:
    """The attendant is at their page: their row, locked, present for another `SILENCE`. The first time is a coming."""
    assert actor.staff_id is not None
    attendant, _ = Attendant.objects.select_for_update(of=("self",), no_key=True).get_or_create(staff_id=actor.staff_id)
    came = attendant.present_until is None or attendant.present_until <= now
    attendant.present_until = max(now + SILENCE, attendant.present_until or now)
    attendant.save(update_fields=["present_until"])
    if came:
        emit(AttendantCame(staff_id=actor.staff_id), actor=actor, agency_id=actor.agency_id, at=now)
    return attendant
