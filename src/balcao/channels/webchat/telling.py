"""What a visitor is told: the messages of their conversation, and how it stands, in words."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from balcao.inbox.conversations.hearing import MOST, said_after
from balcao.inbox.conversations.models import Conversation, Line
from balcao.inbox.conversations.moving import NOTE
from balcao.inbox.conversations.queries import Pace, next_opening, pace, waiting_in
from balcao.inbox.conversations.states import Direction, State
from balcao.inbox.models import Message
from balcao.platform import rows
from balcao.platform.actors import Actor
from balcao.platform.columns import array
from balcao.platform.files.refused import SENTENCES
from balcao.platform.models import StoredFile
from balcao.platform.settled import one_view
from balcao.platform.standing import standing as standing_question
from balcao.web.formatting import moment_words

FRESH = 4.0  # seconds for which a line's order and pace are believed


@dataclass(frozen=True)
class Standing:
    """How a conversation stands. `attendant`: who has it, by their first name, and `there`: whether they are at their
    page. `line`: a sentence about the place in line; `away`: one about when somebody is there again. `read`: up to
    which number an attendant has seen it."""

    talk: int
    state: str
    read: int
    attendant: str = ""
    there: bool = False
    line: str = ""
    away: str = ""

    def data(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A visitor who has what was said up to number `after`, and reads in this language and time zone."""

    talk: int
    after: int
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class News:
    """`messages`: JSON-able, oldest first; `last`: the number up to which nothing is missing with them."""

    messages: list[dict[str, Any]]
    standing: Standing
    last: int


def news(asked: Sequence[Asked], now: datetime | None = None) -> list[News | None]:
    """What is new for each; None where there is no such conversation any more. Two statements, however many they are,
    but for files and for the lines of those who wait."""
    now = now or timezone.now()
    stand = _rows((one.talk for one in asked), now)
    # the words are read after that: something may have been said between the two
    behind = [one for one in asked if one.talk in stand and stand[one.talk].last > one.after]
    found = said_after([(one.talk, one.after) for one in behind]) if behind else []
    said = dict(zip(behind, found, strict=True))
    told: list[News | None] = []
    with one_view():
        for one in asked:
            if (row := stand.get(one.talk)) is None:
                told.append(None)
                continue
            with translation.override(one.language), timezone.override(one.zone):
                words = [_told(message) for message in said.get(one, ())]
                last = max(one.after, row.last, *(word["number"] for word in words))
                told.append(News(words, _standing(row, now), last))
    return told


def messages(conversation: Conversation, after: int = 0, before: int | None = None) -> list[dict[str, Any]]:
    """What was said with a number above `after`, oldest first, JSON-able; at most the newest `MOST`. Colleagues' notes
    are never among it."""
    if before is None:
        return [_told(one) for one in said_after([(conversation.pk, after)])[0]]
    ours = Message.objects.visible_to(Actor.system(conversation.agency_id))
    said = ours.filter(conversation_id=conversation.pk, number__gt=after, number__lt=before).exclude(purpose=NOTE)
    newest = said.select_related("author").prefetch_related("files__file").order_by("-number")[:MOST]
    return [_told(one) for one in reversed(newest)]


def _told(message: Message) -> dict[str, Any]:
    mine = message.direction == Direction.IN
    data = message.data
    told: dict[str, Any] = {
        "number": message.number,
        "from": "me" if mine else message.author_kind,
        "text": message.body,
        "kind": message.kind,
        "at": message.created_at.isoformat(),
    }
    if mine:
        told["client_id"] = (message.provider_id or "").rpartition(":")[2]
        if message.kind == "location":
            told["place"] = [data.get("lat"), data.get("lon")]
    elif message.author is not None:
        told["author"] = first_name(message.author.name)
    if not mine and "bubble" in data:
        told["bubble"] = data["bubble"]
    if files := [_file(one.file) for one in message.files.all()]:
        told["files"] = files
    if mine and (codes := data.get("refused")):
        told["refused"] = [str(SENTENCES.get(code, SENTENCES["unknown"])) for code in codes]
    return told


def _file(stored: StoredFile) -> dict[str, Any]:
    return {
        "uuid": str(stored.uuid),
        "name": stored.name,
        "kind": stored.kind,
        "mime": stored.mime,
        "size": stored.size,
        "small": bool(stored.thumbnail),
        "scanned": stored.scanned_at is not None,
    }


def first_name(name: str) -> str:
    return name.split()[0] if name.split() else ""


_STAND = """
SELECT c.id, c.state, c.line_id, c.last_number, c.staff_read, s.name,
    coalesce(a.present_until > %s::timestamptz, false)
FROM inbox_conversation c
LEFT JOIN organization_staff s ON s.id = c.owner_id
LEFT JOIN inbox_attendant a ON a.staff_id = c.owner_id
WHERE c.id = ANY(%s::bigint[])
"""


class _Row(NamedTuple):
    talk: int
    state: str
    line: int | None
    last: int
    read: int
    owner: str | None
    there: bool


def _rows(talks: Iterable[int], now: datetime) -> dict[int, _Row]:
    found = rows.ask(_STAND, [now.isoformat(), array(talks)])
    return {row[0]: _Row(*row) for row in found}


def standing(conversation: Conversation, now: datetime | None = None) -> Standing:
    """How it stands now, in the running language."""
    now = now or timezone.now()
    with one_view():
        return _standing(_rows([conversation.pk], now)[conversation.pk], now)


def _standing(row: _Row, now: datetime) -> Standing:
    line, away = "", ""
    if row.state == State.WAITING and row.line is not None:
        its = _line.get(pk=row.line)
        line, away = line_words(its, row.talk, now), away_words(its, now, written=True)
    return Standing(
        talk=row.talk,
        state=row.state,
        read=row.read,
        attendant=first_name(row.owner or ""),
        there=row.there,
        line=line,
        away=away,
    )


@standing_question
def _line(*, pk: int) -> QuerySet[Line]:
    return Line.objects.filter(pk=pk)


@dataclass
class _Board:
    """A line as it was just now: who waits, in order, and how fast it is served."""

    places: dict[int, int]
    pace: Pace | None
    seen: float


_boards: dict[int, _Board] = {}
_looking = threading.Lock()


def board(line: Line, now: datetime) -> _Board:
    """One look at a line serves all who wait in it for a few seconds: two thousand visitors ask once."""
    found = _boards.get(line.pk)
    if found is not None and monotonic() - found.seen < FRESH:
        return found
    with _looking:
        found = _boards.get(line.pk)
        if found is None or monotonic() - found.seen >= FRESH:
            places = {pk: place for place, pk in enumerate(waiting_in(line), 1)}
            found = _boards[line.pk] = _Board(places, pace(line, now), monotonic())
    return found


def line_words(line: Line, talk: int, now: datetime) -> str:
    """“There are 3 people before you. It usually takes from 5 to 12 minutes.” Empty when it is not known yet."""
    seen = board(line, now)
    place = seen.places.get(talk)
    if place is None:  # it came since the board was drawn: at the end of its class, and soon we know
        return ""
    before = place - 1
    if before:
        said = ngettext("There is %(n)s person before you.", "There are %(n)s people before you.", before) % {
            "n": before
        }
    else:
        said = _("You are the next.")
    if seen.pace is None:
        return said
    guess = seen.pace.until(place)
    return f"{said} " + _("It usually takes from %(low)s to %(high)s minutes.") % {"low": guess.low, "high": guess.high}


def away_words(line: Line, now: datetime, *, written: bool = False) -> str:
    """When somebody is there again; empty while somebody is. `written`: to whoever has written, and was told in the
    conversation that it waits here."""
    opening = next_opening(line, now)
    if opening == now:
        return ""
    if opening is None and written:
        return _("Nobody is here right now.")
    if opening is None:
        return _("We are closed for now. Write to us all the same: your message waits here and we will answer it.")
    when = moment_words(timezone.localtime(opening), timezone.localtime(now))
    if written:
        return _("We are closed now and are back %(when)s.") % {"when": when}
    return _("We are closed now and are back %(when)s. Write to us all the same: your message waits here.") % {
        "when": when
    }


def forget_boards(lines: Iterable[int] = ()) -> None:
    """Look again at once: after something of our own moved a line."""
    for line in lines or list(_boards):
        _boards.pop(line, None)
