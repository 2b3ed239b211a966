"""What a visitor is told: the messages of their conversation, and how it stands, in words."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from balcao.inbox.conversations.models import Conversation, Line
from balcao.inbox.conversations.moving import NOTE
from balcao.inbox.conversations.presence import is_present
from balcao.inbox.conversations.queries import Pace, next_opening, pace, waiting_in
from balcao.inbox.conversations.states import Direction, State
from balcao.inbox.models import Message
from balcao.platform.actors import Actor
from balcao.platform.files.refused import SENTENCES
from balcao.platform.models import StoredFile
from balcao.platform.settled import one_view
from balcao.web.formatting import moment_words

PAGE = 200  # messages that are told at once; what is older is asked for
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


def messages(conversation: Conversation, after: int = 0, before: int | None = None) -> list[dict[str, Any]]:
    """What was said with a number above `after`, oldest first, JSON-able; at most the newest `PAGE`. Colleagues' notes
    are never among it."""
    ours = Message.objects.visible_to(Actor.system(conversation.agency_id))
    said = ours.filter(conversation_id=conversation.pk, number__gt=after).exclude(purpose=NOTE)
    if before is not None:
        said = said.filter(number__lt=before)
    newest = said.select_related("author").prefetch_related("files__file").order_by("-number")[:PAGE]
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
        "scanned": stored.scanned,
    }


def first_name(name: str) -> str:
    return name.split()[0] if name.split() else ""


def standing(conversation: Conversation, now: datetime | None = None) -> Standing:
    """How it stands now, in the running language."""
    now = now or timezone.now()
    line, away = "", ""
    with one_view():
        if conversation.state == State.WAITING and conversation.line is not None:
            line, away = line_words(conversation, now), away_words(conversation.line, now)
    owner = conversation.owner
    return Standing(
        talk=conversation.pk,
        state=conversation.state,
        read=conversation.staff_read,
        attendant=first_name(owner.name) if owner is not None else "",
        there=owner is not None and is_present(owner.pk, now),
        line=line,
        away=away,
    )


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


def line_words(conversation: Conversation, now: datetime) -> str:
    """“There are 3 people before you. It usually takes from 5 to 12 minutes.” Empty when it is not known yet."""
    assert conversation.line is not None
    seen = board(conversation.line, now)
    place = seen.places.get(conversation.pk)
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


def away_words(line: Line, now: datetime) -> str:
    """When somebody is there again; empty while somebody is."""
    opening = next_opening(line, now)
    if opening == now:
        return ""
    if opening is None:
        return _("We are closed for now. Write to us all the same: your message waits here and we will answer it.")
    when = moment_words(timezone.localtime(opening), timezone.localtime(now))
    return _("We are closed now and are back %(when)s. Write to us all the same: your message waits here.") % {
        "when": when
    }


def forget_boards(lines: Iterable[int] = ()) -> None:
    """Look again at once: after something of our own moved a line."""
    for line in lines or list(_boards):
        _boards.pop(line, None)
