"""What a conversation's page shows of it: the words of both sides, notes, and what happened between them, by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import accumulate, groupby
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.models import Case
from balcao.inbox.conversations.hearing import MOST as SHOWN
from balcao.inbox.conversations.hearing import without_files, written_after
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.moving import NOTE
from balcao.inbox.conversations.proving import doubt_of
from balcao.inbox.conversations.states import Direction, Ending, Kind
from balcao.inbox.models import Line, Message
from balcao.inbox.outbound import SENDERS
from balcao.organization.models import Staff
from balcao.platform import rows
from balcao.platform.actors import Actor
from balcao.platform.columns import array, columns_of
from balcao.platform.files.refused import SENTENCES
from balcao.platform.models import Event
from balcao.platform.numbering import format_protocol

from .words import how_far, reasons

FIRST = {"ConversationOpened", "ConversationReopened", "ConversationTaken"}  # they come before words of the same moment
TOLD = {
    *FIRST, "ConversationQueued", "ConversationTransferred", "ConversationSnoozed", "ConversationWoken",
    "ConversationClosed", "ConversationGraded", "ConversationLinked", "ConversationIdentified",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line of the page. `side`: theirs, ours, bot, note, or sign (something that happened)."""

    id: str
    at: datetime
    side: str
    text: str = ""
    author: str = ""
    message: Message | None = None
    files: Sequence[Any] = ()
    refused: Sequence[str] = ()
    delivery: dict[str, Any] | None = None
    href: str = ""
    place: dict[str, Any] | None = None
    quoted: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return (self.message.number or 0) if self.message else 0


@dataclass(frozen=True)
class Thread:
    """`days`: (day, entries), oldest first; `before`: the number that older words lie before, 0 when there are none."""

    days: list[tuple[date, list[Entry]]]
    before: int
    last: int


def thread(talk: Conversation, actor: Actor, *, since: int = 0, before: int = 0) -> Thread:
    """What the reader of `talk`, who may see it, is shown: its newest words (those before number `before`; or the first
    ones from number `since` on, so that whoever asks again from the last of them misses none), with what happened
    meanwhile. Eight queries at most, however much was said; two for a new word alone."""
    if since:
        messages = written_after(talk.pk, since - 1)[:SHOWN]
    else:
        said = Message.objects.visible_to(actor).filter(conversation=talk).select_related("author")
        if before:
            said = said.filter(number__lt=before)
        messages = list(said.prefetch_related("files__file").order_by("-number")[:SHOWN])[::-1]
    if talk.channel in SENDERS:
        prefetch_related_objects(messages, "deliveries")
    older = messages[0].number if messages and (messages[0].number or 0) > 1 and not since else 0
    words = _words(messages, talk)
    signs = _signs(talk, actor, messages[0].created_at if older or since or before else None,
                   messages[-1].created_at if before and messages else None) if messages else []  # fmt: skip
    return Thread(_by_day(_in_order(words, signs)), older or 0, talk.last_number)


def theirs(messages: Sequence[Message], talk: Conversation) -> Thread:
    """What the person has written of these, and nothing of ours."""
    heard = [one for one in messages if one.direction == Direction.IN]
    named = {one.provider_id: one for one in heard if one.provider_id}
    words = [_word(one, None, named, talk) for one in heard]
    return Thread(_by_day(_in_order(words, [])), 0, 0)


def one_word(message: Message) -> Thread:
    """A text that an attendant has just said: nothing is read for it."""
    without_files(message)
    entry = _word(message, None, {}, Conversation(pk=message.conversation_id))
    return Thread(_by_day([(entry.at, entry)]), 0, message.number or 0)


def _by_day(placed: list[tuple[datetime, Entry]]) -> list[tuple[date, list[Entry]]]:
    by_day = groupby(placed, key=lambda one: timezone.localtime(one[0]).date())
    return [(day, [entry for _at, entry in found]) for day, found in by_day]


def _in_order(words: list[Entry], signs: list[Entry]) -> list[tuple[datetime, Entry]]:
    """The words by their numbers, the one order of both sides: of two at once the later one may bear the earlier
    moment. What happened stands among them by its moment."""
    moments = accumulate((word.at for word in words), max)
    placed = [(at, 1, word) for at, word in zip(moments, words, strict=True)]
    placed += [(sign.at, 0 if sign.extra.get("first") else 2, sign) for sign in signs]
    return [(at, entry) for at, _rank, entry in sorted(placed, key=lambda one: (*one[:2], one[2].number))]


def _words(messages: list[Message], talk: Conversation) -> list[Entry]:
    sent = talk.channel in SENDERS
    deliveries = {m.pk: next(iter(m.deliveries.all()), None) if sent else None for m in messages}
    why = reasons(d for d in deliveries.values() if d is not None)
    named = {m.provider_id: m for m in messages if m.provider_id}
    return [_word(m, how_far(deliveries[m.pk], why), named, talk) for m in messages]


def _word(message: Message, delivery: dict[str, Any] | None, named: dict[str, Message], talk: Conversation) -> Entry:
    data, side, author = message.data, "theirs", ""
    extra: dict[str, Any] = {"contacts": data.get("contacts", []) if message.kind == Kind.CONTACTS else []}
    if message.purpose == NOTE:
        side, author = "note", message.author.name if message.author else ""
    elif message.direction == Direction.OUT:
        side = "ours" if message.author_kind == "staff" else "bot"
        author = message.author.name if message.author else _("Automatic")
    else:
        extra["doubt"] = doubt_of(message)
    answered = named.get(str(data.get("reply_to") or ""))
    if message.direction == Direction.OUT and delivery is None and side in ("ours", "bot"):
        seen = talk.citizen_read >= (message.number or 0)
        delivery = {"code": "read" if seen else "sent", "words": _("Seen") if seen else _("Not seen yet")}
    return Entry(
        id=f"m{message.number}",
        at=message.created_at,
        side=side,
        text=_text(message, data),
        author=author,
        message=message,
        files=[held.file for held in message.files.all()],
        refused=[str(SENTENCES.get(code, SENTENCES["unknown"])) for code in data.get("refused", [])],
        delivery=delivery,
        place=data if message.kind == Kind.LOCATION and "lat" in data else None,
        quoted=" ".join(answered.for_staff.split())[:120] if answered else "",
        extra=extra,
    )


def _text(message: Message, data: dict[str, Any]) -> str:
    if message.kind == Kind.REACTION:
        return str(data.get("emoji") or message.body)
    if message.kind == Kind.UNSUPPORTED:
        return message.body or _("Something that cannot be shown here (%(kind)s). It is kept.") % {
            "kind": data.get("type", "?")
        }
    return message.for_staff or str(data.get("title", ""))


_HAPPENED = f"""
SELECT {{names}} FROM platform_event
WHERE data ? 'conversation_id' AND (data ->> 'conversation_id')::bigint = %s::bigint AND agency_id = %s::bigint
AND kind = ANY(%s::text[])
AND at >= coalesce(%s::timestamptz, '-infinity') AND at <= coalesce(%s::timestamptz, 'infinity')
ORDER BY id DESC LIMIT {SHOWN}
"""  # noqa: S608 walks the index `event_of_conversation`


def _signs(talk: Conversation, actor: Actor, since: datetime | None, until: datetime | None) -> list[Entry]:
    span = [at.isoformat() if at else None for at in (since, until)]
    given = [str(talk.pk), str(talk.agency_id), array(sorted(TOLD)), *span]
    columns = columns_of(Event)
    found = [columns.instance(row) for row in rows.ask(_HAPPENED.format(names=columns.names), given)][::-1]
    names = _Names(found, actor)
    entries = []
    for event in found:
        text, href = names.sign(event)
        if text:
            first = event.kind in FIRST or (event.kind == "ConversationQueued" and not event.data.get("back"))
            entries.append(Entry(f"e{event.pk}", event.at, "sign", text, href=href, extra={"first": first}))
    return entries


class _Names:
    """The names behind the ids of some events."""

    def __init__(self, events: list[Event], actor: Actor) -> None:
        staff = {e.data.get("staff_id") or 0 for e in events}
        staff |= {e.actor_id or 0 for e in events if e.actor_kind == "staff"}
        lines = {e.data.get("line_id") or 0 for e in events}
        cases = {e.case_id for e in events if e.case_id is not None}
        self.staff = dict(Staff.objects.filter(pk__in=staff - {0}).values_list("pk", "name"))
        self.lines = dict(Line.objects.filter(pk__in=lines - {0}).values_list("pk", "name")) if lines else {}
        visible = Case.objects.visible_to(actor).filter(pk__in=cases)
        self.cases = dict(visible.values_list("pk", "protocol")) if cases else {}

    def sign(self, event: Event) -> tuple[str, str]:
        """What happened, in a sentence, and where it leads."""
        data = event.data
        name = self.staff.get(data.get("staff_id") or 0, _("somebody"))
        by = self.staff.get(event.actor_id or 0, "") if event.actor_kind == "staff" else ""
        line = self.lines.get(data.get("line_id") or 0, "")
        match event.kind:
            case "ConversationTaken":
                return {
                    "given": _("Given to %(name)s"), "pulled": _("%(name)s took the next in line"),
                }.get(data.get("kind", ""), _("%(name)s took it")) % {"name": name}, ""  # fmt: skip
            case "ConversationQueued":
                if data.get("back"):
                    return _("Back at its place in line: %(line)s") % {"line": line}, ""
                return _("Waits in line: %(line)s") % {"line": line}, ""
            case "ConversationTransferred":
                return (_("%(name)s passed it on to %(line)s") % {"name": by, "line": line} if by
                        else _("Passed on to %(line)s") % {"line": line}), ""  # fmt: skip
            case "ConversationSnoozed":
                return _("Put off"), ""
            case "ConversationWoken":
                return _("It is back"), ""
            case "ConversationClosed":
                if data.get("kind") == Ending.DONE and by:
                    return _("%(name)s closed it") % {"name": by}, ""
                return str(Ending(data["kind"]).label) if data.get("kind") in Ending.values else _("Closed"), ""
            case "ConversationReopened":
                return _("It goes on"), ""
            case "ConversationGraded":
                return _("The person gave %(n)s of 10") % {"n": data.get("score")}, ""
            case "ConversationLinked":
                if number := self.cases.get(event.case_id or 0):
                    told = _("Demand %(number)s opened") if data.get("origin") else _("About demand %(number)s")
                    return told % {"number": format_protocol(number)}, f"/console/cases/{event.case_id}/"
                return _("Tied to a demand"), ""
            case "ConversationIdentified":
                return _("Now we know who it is"), ""
            case "HandoverAsked":
                return _("Asked whether another agency may go on"), ""
            case "HandoverAnswered":
                return (_("They agreed that another agency goes on") if data.get("agreed")
                        else _("They do not want another agency to go on")), ""  # fmt: skip
            case "HandoverEnded" if data.get("kind") == "lapsed":
                return _("They did not say whether another agency may go on"), ""
            case "HandoverCame":
                return _("Another agency passed it on to us"), ""
        return "", ""
