"""Reading conversations: lists, the place in line, an honest estimate, opening hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Any

from django.db.models import F, Q

from balcao.organization.queries import calendar_for
from balcao.platform.actors import Actor
from balcao.platform.settled import settled

from .models import Account, Conversation, ConversationQuerySet, Line, Wait
from .states import State

LOOK_BACK = timedelta(hours=3)  # what an estimate is measured over
FEWEST = 5  # takings without which nothing is said
MOST = 60  # the newest ones: a line that has changed its pace is believed soon
AHEAD = 30  # days in which an opening is looked for


_OURS = Q(heard_at=None) | Q(said_at__gte=F("heard_at"))  # the last word
_PARTS: dict[str, tuple[Q, tuple[str, ...]]] = {
    "mine": (Q(state=State.HELD), ("-staff_unread", "heard_at", "pk")),
    "waiting": (Q(state=State.WAITING), ("rank", "queued_at", "pk")),
    "teams": (Q(state=State.HELD), ("heard_at", "pk")),
    "citizen": (Q(state=State.HELD) & _OURS, ("said_at", "pk")),
    "snoozed": (Q(state=State.SNOOZED), ("snoozed_until", "pk")),
    "interview": (Q(state=State.INTERVIEW), ("-opened_at", "-pk")),
    "closed": (Q(state=State.CLOSED), ("-closed_at", "-pk")),
}


def part_of(actor: Actor, part: str) -> Q:
    """What stands in one part of the actor's inbox: "mine", "waiting" (nobody's), "teams" (with colleagues), "citizen"
    (mine, and the person is to write), "snoozed", "interview", "closed". KeyError for any other."""
    where, mine = _PARTS[part][0], Q(owner_id=actor.staff_id)
    if part == "teams":
        return where & ~mine
    return where & mine if part in ("mine", "citizen") else where


def inbox(actor: Actor, part: str) -> ConversationQuerySet:
    """One part of the inbox in its order, as far as the actor sees it."""
    return Conversation.objects.visible_to(actor).filter(part_of(actor, part)).order_by(*_PARTS[part][1])


def beyond(talks: ConversationQuerySet, pk: int) -> ConversationQuerySet:
    """Whatever follows this conversation in the order of `talks`, as it stands now; all of it when it is gone."""
    last = Conversation.objects.filter(pk=pk).first()
    if last is None:
        return talks
    where, equal = Q(), Q()
    for ordered in talks.query.order_by:
        name = str(ordered).removeprefix("-")
        value = getattr(last, name)
        where |= equal & _later(name, value, backwards=str(ordered).startswith("-"))
        equal &= Q(**{name: value})
    return talks.filter(where)


def _later(name: str, value: Any, *, backwards: bool) -> Q:
    """PostgreSQL puts what is not known last, and first when backwards."""
    if value is None:
        return Q(**{f"{name}__isnull": False}) if backwards else Q(pk__in=[])
    if backwards:
        return Q(**{f"{name}__lt": value})
    return Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True})


def place_in_line(conversation: Conversation) -> int | None:
    """1 for whoever is next; None when it does not wait."""
    if conversation.state != State.WAITING or conversation.line_id is None:
        return None
    before = Q(rank__lt=conversation.rank) | Q(rank=conversation.rank) & (
        Q(queued_at__lt=conversation.queued_at) | Q(queued_at=conversation.queued_at, pk__lt=conversation.pk)
    )
    waiting = Conversation.objects.filter(line_id=conversation.line_id, state=State.WAITING)
    return waiting.filter(before).count() + 1


def has_web_chat(agency_id: int) -> bool:
    """Whether people can talk with this agency on its pages. Remembered."""
    found = Account.objects.filter(agency_id=agency_id, channel="webchat", is_active=True)
    return settled(("web chat", agency_id), found.exists)


def waiting_in(line: Line) -> list[int]:
    """The ids of those who wait in a line, in the order in which they are served."""
    waiting = Conversation.objects.filter(line=line, state=State.WAITING).order_by("rank", "queued_at", "pk")
    return list(waiting.values_list("pk", flat=True))


@dataclass(frozen=True)
class Estimate:
    """From `low` to `high` minutes, both whole; four in five waits end within it if the pace stays as it was."""

    low: int
    high: int


@dataclass(frozen=True)
class Pace:
    """How fast a line is served: seconds between two takings, and how far they lie apart from that."""

    gap: float
    spread: float

    def until(self, place: int) -> Estimate:
        """How long until place `place` is taken."""
        middle, spread = place * self.gap, 1.28 * self.spread * math.sqrt(place)
        low, high = max(0.0, middle - spread) / 60, (middle + spread) / 60
        return Estimate(math.floor(low), max(math.floor(low) + 1, math.ceil(high)))


def pace(line: Line, now: datetime) -> Pace | None:
    """The pace at which this line was served in the last three hours. None when too little was measured, or nobody
    serves it now: nothing is better than a guess."""
    since = now - LOOK_BACK
    taken = Wait.objects.filter(line=line, end=Wait.End.TAKEN, ended_at__gt=since, ended_at__lte=now)
    newest = taken.order_by("-ended_at").values_list("ended_at", flat=True)[:MOST]
    moments = sorted(moment for moment in newest if moment is not None)
    if len(moments) < FEWEST or not is_open(line, now):
        return None
    gaps = [(after - before).total_seconds() for before, after in pairwise(moments)]
    silence = (now - moments[-1]).total_seconds()
    if silence > fmean(gaps):
        gaps.append(silence)  # a line that stands still is not as fast as it was
    return Pace(fmean(gaps), pstdev(gaps))


def estimate(line: Line, place: int, now: datetime) -> Estimate | None:
    """How long until place `place` of this line is taken; None as for `pace`."""
    measured = pace(line, now)
    return measured.until(place) if measured is not None else None


def is_open(line: Line, now: datetime) -> bool:
    """Whether somebody is there now, by the line's calendar."""
    calendar = calendar_for(line.agency_id, line.calendar_id)
    return any(start <= now < end for start, end in calendar.instants(calendar.local(now).date()))


def next_opening(line: Line, now: datetime) -> datetime | None:
    """When somebody is there again: `now` while it is open; None when not within thirty days."""
    if is_open(line, now):
        return now
    calendar = calendar_for(line.agency_id, line.calendar_id)
    today = calendar.local(now).date()
    days = (today + timedelta(days=n) for n in range(AHEAD))
    return next((start for day in days for start, _end in calendar.instants(day) if start > now), None)
