"""Reading conversations: lists, the place in line, an honest estimate, opening hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, pstdev

from django.db.models import F, Q

from balcao.organization.queries import calendar_for
from balcao.platform.actors import Actor

from .models import Conversation, ConversationQuerySet, Line, Wait
from .states import State

LOOK_BACK = timedelta(hours=3)  # what an estimate is measured over
FEWEST = 5  # takings without which nothing is said
MOST = 60  # the newest ones: a line that has changed its pace is believed soon
AHEAD = 30  # days in which an opening is looked for


def inbox(actor: Actor, part: str) -> ConversationQuerySet:
    """One part of the inbox, as far as the actor sees it: "mine", "waiting" (nobody's), "teams" (with colleagues),
    "citizen" (mine, and the person is to write), "snoozed", "interview", "closed". KeyError for any other."""
    mine = Q(owner_id=actor.staff_id)
    said_last = Q(heard_at=None) | Q(said_at__gte=F("heard_at"))
    parts = {
        "mine": (Q(state=State.HELD) & mine, ("-staff_unread", "heard_at", "pk")),
        "waiting": (Q(state=State.WAITING), ("rank", "queued_at", "pk")),
        "teams": (Q(state=State.HELD) & ~mine, ("heard_at", "pk")),
        "citizen": (Q(state=State.HELD) & mine & said_last, ("said_at", "pk")),
        "snoozed": (Q(state=State.SNOOZED), ("snoozed_until", "pk")),
        "interview": (Q(state=State.INTERVIEW), ("-opened_at", "-pk")),
        "closed": (Q(state=State.CLOSED), ("-closed_at", "-pk")),
    }
    which, order = parts[part]
    return Conversation.objects.visible_to(actor).filter(which).order_by(*order)


def place_in_line(conversation: Conversation) -> int | None:
    """1 for whoever is next; None when it does not wait."""
    if conversation.state != State.WAITING or conversation.line_id is None:
        return None
    before = Q(rank__lt=conversation.rank) | Q(rank=conversation.rank) & (
        Q(queued_at__lt=conversation.queued_at) | Q(queued_at=conversation.queued_at, pk__lt=conversation.pk)
    )
    waiting = Conversation.objects.filter(line_id=conversation.line_id, state=State.WAITING)
    return waiting.filter(before).count() + 1


@dataclass(frozen=True)
class Estimate:
    """From `low` to `high` minutes, both whole; four in five waits end within it if the pace stays as it was."""

    low: int
    high: int


def estimate(line: Line, place: int, now: datetime) -> Estimate | None:
    """How long until place `place` is taken, from the pace at which this line was served in the last three hours. None
    when too little was measured, or nobody serves it now: nothing is better than a guess."""
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
    middle, spread = place * fmean(gaps), 1.28 * pstdev(gaps) * math.sqrt(place)
    low, high = max(0.0, middle - spread) / 60, (middle + spread) / 60
    return Estimate(math.floor(low), max(math.floor(low) + 1, math.ceil(high)))


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
