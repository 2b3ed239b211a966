"""What a person wrote comes in: once, in one order, into the conversation that is theirs.

A channel calls `receive` (or `receive_all` for a batch) and acknowledges when it has returned: the words are durable
then. The same (account, provider id) again changes nothing, however often and in whatever order it comes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.utils import timezone

from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash
from balcao.platform.events import emit
from balcao.platform.models import StoredFile
from balcao.platform.standing import standing
from balcao.platform.text import clean_text

from .conversations import plain
from .conversations.events import ConversationOpened, ConversationQueued, ConversationReopened, MessageReceived
from .conversations.lines import give_back
from .conversations.models import Account, Conversation, Wait
from .conversations.moving import append, change, contact_hash, hold, move, one_at_a_time, queue
from .conversations.pausing import wake_held
from .conversations.presence import is_present
from .conversations.proving import known_as
from .conversations.states import Direction, Ending, Kind, State
from .handing.following import trail
from .interviews import grading
from .interviews.keeping import goes_on
from .models import Message

LONGEST = 110_000  # characters of one message; each channel's own limit is lower, so nothing is cut off here
SAME_TALK = timedelta(days=7)  # whoever writes again within this goes on with the same conversation


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One message as a channel understood it.

    `contact`: the channel's own name for the person, which does not change (Meta's business-scoped user id, an e-mail
    address, a browser's visitor id); `address`: where they are written to, where it is another. `at`: the provider's
    moment. `details`, JSON-able, by kind: REPLY {"id", "title"}; LOCATION {"lat", "lon", "name", "address"}; CONTACTS
    {"contacts": […]}; REACTION {"to": provider id, "emoji"}; UNSUPPORTED {"type": the provider's word}; any:
    {"reply_to": provider id}. `files` are stored, checked and the agency's own. `proven`: false when nothing vouches
    for that `contact` is who writes; then it never comes into a conversation of that contact. `phone`: the person's
    number (E.164), where the channel vouches for it."""

    provider_id: str
    contact: str
    address: str = ""
    name: str = ""
    kind: Kind = Kind.TEXT
    text: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[StoredFile] = ()
    at: datetime | None = None
    language: str = ""
    proven: bool = True
    phone: str = ""

    @property
    def known_as(self) -> str:
        return known_as(self.contact, proven=self.proven)


@dataclass(frozen=True)
class Received:
    """Where it went. `repeat`: it was here before, nothing was changed. `opened`: a new conversation began with it;
    `reopened`: a closed one goes on."""

    conversation: Conversation
    message: Message
    repeat: bool = False
    opened: bool = False
    reopened: bool = False


class PassedOn(Exception):
    """Whoever writes here goes on in another agency: `account` is where it is heard, as a message of theirs there."""

    def __init__(self, account: Account) -> None:
        super().__init__(f"account {account.pk}")
        self.account = account


def receive(*, actor: Actor, account: Account, incoming: Incoming, now: datetime | None = None) -> Received:
    """Keep one message. Its conversation is the person's open one on this account; else the one that closed less than
    seven days ago, which reopens unless they only grade it; else a new one, which begins with the line's interview or
    waits in line. PassedOn, with nothing kept, where another agency goes on with them in the same window."""
    actor.same_agency(account.agency_id)
    now = now or timezone.now()
    word = _plain(actor, account, incoming, now)
    return Received(_of(word), word) if word is not None else _kept(actor, account, incoming, now)


@action
def _kept(actor: Actor, account: Account, incoming: Incoming, now: datetime) -> Received:
    one_at_a_time(account.pk, [incoming.known_as])
    return _receive(actor, account, incoming, now)


def _plain(actor: Actor, account: Account, incoming: Incoming, now: datetime) -> Message | None:
    """The short way of a text alone, of whom nothing else is told; None where it is to go the whole way."""
    text = clean_text(incoming.text)[:LONGEST]
    more = (incoming.address, incoming.name, incoming.details, incoming.files, incoming.at, incoming.phone)
    if not text or incoming.kind != Kind.TEXT or not incoming.proven or any(more):
        return None
    return plain.heard(
        actor=actor,
        account=account,
        contact=contact_hash(account.channel, incoming.known_as),
        provider_id=incoming.provider_id,
        key=_key(account, incoming),
        text=text,
        now=now,
    )


def _of(message: Message) -> Conversation:
    """Its conversation; what nobody asks of it is not read."""
    known = {"id": message.conversation_id, "agency_id": message.agency_id, "account_id": message.account_id}
    found = Conversation.from_db(DEFAULT_DB_ALIAS, list(known), list(known.values()))
    message.conversation = found
    return found


def _key(account: Account, incoming: Incoming) -> str:
    return f"heard:{account.pk}:{keyed_hash(incoming.provider_id, 'inbox.provider-id').hex()[:40]}"


@action
def receive_all(
    *, actor: Actor, account: Account, incoming: Iterable[Incoming], now: datetime | None = None
) -> list[Received]:
    """Keep a batch of one account in one transaction, in the order of the provider's moments: all of it or nothing."""
    actor.same_agency(account.agency_id)
    now = now or timezone.now()
    batch = sorted(incoming, key=lambda one: one.at or now)
    one_at_a_time(account.pk, [one.known_as for one in batch])
    return [_receive(actor, account, one, now) for one in batch]


def was_received(account: Account, provider_id: str) -> bool:
    """Whether the message that the provider calls so is here already."""
    return Message.objects.filter(account=account, provider_id=provider_id).exists()


def _receive(actor: Actor, account: Account, incoming: Incoming, now: datetime) -> Received:
    known = _known.one(account=account.pk, provider_id=incoming.provider_id)
    if known is not None:
        assert known.conversation is not None
        return Received(known.conversation, known, repeat=True)
    conversation, opened, reopened = _conversation(actor, account, incoming, now)
    message = append(
        conversation,
        actor=actor,
        direction=Direction.IN,
        author_kind="citizen",
        key=_key(account, incoming),
        text=clean_text(incoming.text)[:LONGEST],
        kind=incoming.kind,
        details=incoming.details,
        files=incoming.files,
        purpose="heard",
        now=now,
        provider_id=incoming.provider_id,
        provider_at=incoming.at,
    )
    if conversation.state == State.CLOSED:
        grading.take(conversation, message, actor=actor, now=now)
    elif conversation.state == State.SNOOZED:
        wake_held(conversation, actor=actor, now=now)
    elif conversation.state == State.HELD and not is_present(conversation.owner_id, now):
        give_back(conversation, actor=actor, now=now)  # nobody would see it
    emit(
        MessageReceived(
            conversation_id=conversation.pk, message_id=message.pk, number=message.number, kind=message.kind
        ),
        actor=actor,
        agency_id=account.agency_id,
        at=now,
        subject=conversation,
    )
    return Received(conversation, message, opened=opened, reopened=reopened)


@standing
def _known(*, account: int, provider_id: str) -> QuerySet[Message]:
    return Message.objects.filter(account_id=account, provider_id=provider_id).select_related("conversation")


@standing
def _last(*, account: int, contact: bytes) -> QuerySet[Conversation]:
    locking = Conversation.objects.select_for_update(of=("self",), no_key=True)
    theirs = locking.select_related("line", "account", "agency").filter(account_id=account, contact_hash=contact)
    return theirs.order_by("-pk")[:1]


def _conversation(actor: Actor, account: Account, incoming: Incoming, now: datetime) -> tuple[Conversation, bool, bool]:
    """The locked conversation that this message belongs to, whether it is new, whether it was closed."""
    contact = contact_hash(account.channel, incoming.known_as)
    last = _last.one(account=account.pk, contact=contact)
    if (elsewhere := _elsewhere(last, now)) is not None:
        raise PassedOn(elsewhere)
    if last is None or (last.state == State.CLOSED and not _goes_on(last, now)):
        return _open(actor, account, incoming, contact, now), True, False
    hold(last)
    address, name = incoming.address or incoming.contact, clean_text(incoming.name, one_line=True)[:200]
    if last.address != address or (name and last.said_name != name):
        change(last, address=address, said_name=name or last.said_name)
    if last.state != State.CLOSED:
        return last, False, False
    if grading.meant_by(last, incoming.kind, clean_text(incoming.text), incoming.details, now) is not None:
        return last, False, False
    # Who only fell silent has their old place; who was served asks for something new.
    back = last.ending == Ending.QUIET
    again = {"closed_at": None, "ending": "", "reopened": last.reopened + 1, "line": last.line or account.line}
    if back and goes_on(last):
        move(last, "resume", **again)
    else:
        queue(last, "reopen", actor=actor, now=now, back=back, **again)
    emit(
        ConversationReopened(conversation_id=last.pk, times=last.reopened),
        actor=actor,
        agency_id=last.agency_id,
        at=now,
    )
    return last, False, True


def refuse_elsewhere(account: Account, contact: str, now: datetime | None = None) -> None:
    """PassedOn where `receive` would raise it: before files are stored that are the other agency's."""
    theirs = Conversation.objects.filter(account=account, contact_hash=contact_hash(account.channel, contact))
    if (elsewhere := _elsewhere(theirs.order_by("-pk").first(), now or timezone.now())) is not None:
        raise PassedOn(elsewhere)


def _elsewhere(last: Conversation | None, now: datetime) -> Account | None:
    if last is None or last.state != State.CLOSED:
        return None
    there = trail(last)[-1]
    return None if there == last or (there.state == State.CLOSED and not _goes_on(there, now)) else there.account


def _goes_on(last: Conversation, now: datetime) -> bool:
    """Also an answer that came weeks later, into a conversation long closed, may be replied to."""
    moments = [moment for moment in (last.closed_at, last.said_at) if moment is not None]
    return max(moments) > now - SAME_TALK


def _open(actor: Actor, account: Account, incoming: Incoming, contact: bytes, now: datetime) -> Conversation:
    line = account.line
    before = Conversation.objects.filter(account=account, contact_hash=contact, person__isnull=False).order_by("-pk")
    known = before.values_list("person_id", "person__priority__rank").first() if incoming.proven else None
    begun = {name: said for name, said in (("script", line.interview), ("phone", incoming.phone)) if said}
    conversation = rows.write(
        Conversation(
            agency_id=account.agency_id,
            account=account,
            channel=account.channel,
            contact=incoming.known_as,
            contact_hash=contact,
            proven=incoming.proven,
            address=incoming.address or incoming.contact,
            said_name=clean_text(incoming.name, one_line=True)[:200],
            person_id=known[0] if known else None,
            rank=(known[1] if known else None) or Conversation._meta.get_field("rank").default,
            language=incoming.language or account.agency.locale,
            state=State.INTERVIEW if line.interview else State.WAITING,
            line=line,
            interview=json.dumps(begun) if begun else None,
            queued_at=None if line.interview else now,
            handed_at=None if line.interview else now,
            opened_at=now,
        )
    )
    hold(conversation)
    fact = ConversationOpened(conversation_id=conversation.pk, account_id=account.pk, channel=account.channel)
    emit(fact, actor=actor, agency_id=account.agency_id, at=now)
    if not line.interview:
        rows.write(Wait(conversation=conversation, line=line, rank=conversation.rank, began_at=now))
        queued = ConversationQueued(conversation_id=conversation.pk, line_id=line.pk)
        emit(queued, actor=actor, agency_id=account.agency_id, at=now)
    return conversation
