"""What happens by itself: giving out what waits, noticing who has left, waking, closing what fell silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.utils import timezone, translation
from procrastinate.contrib.django import app

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import Happened

from ..handing.asking import lapse
from ..interviews.rendering import BY_LETTER, RENDERERS
from ..interviews.wordings import closed
from ..models import Message
from .lines import assign_waiting, hand_over
from .models import Conversation, EarlyStatus
from .moving import locked
from .pausing import SOON, close, tell_of_closing, wake
from .presence import leave_silent
from .queries import is_open
from .speaking import say
from .states import Ending, State
from .window import FREE, may_write

BATCH = 500
DAY = timedelta(days=1)
LAST_WORDS = timedelta(hours=1)  # before a channel's window closes
MUTE = timedelta(minutes=2)  # an interview answers within seconds; after this nobody waits for it any more


def give_out(happened: Happened) -> None:
    """ConversationQueued, ConversationClosed, ConversationSnoozed, AttendantCame: give what waits to who is free."""
    if happened.agency_id is not None:
        assign_waiting(actor=Actor.system(happened.agency_id), agency_id=happened.agency_id)


def say_hours(happened: Happened) -> None:
    """ConversationQueued out of hours: when somebody is there again, once a day, unless somebody is there all the same
    and has taken it. In letters only what the line itself says: nobody expects an answer to a mail at night."""
    conversation = Conversation.objects.select_related("line").get(pk=happened.fact.conversation_id)
    line = conversation.line
    if line is None or conversation.state == State.HELD:
        return
    if is_open(line, happened.at) or not may_write(conversation, happened.at):
        return
    with translation.override(conversation.language):
        words = closed(line, happened.at) if conversation.channel in RENDERERS else line.off_hours_notice
    if not words:
        return
    day = timezone.localdate(happened.at).isoformat()
    say(
        actor=Actor.system(conversation.agency_id),
        conversation=conversation,
        client_id=f"off-hours:{day}",
        text=words,
    )


@app.periodic(cron="* * * * * */15")
@app.task(name="inbox.tend_lines", queue="clocks", queueing_lock="inbox.tend_lines")
def tend_lines(timestamp: int) -> None:
    """By state, so a tick that was missed loses nothing."""
    tend(timezone.now())


def tend(now: datetime) -> None:
    """Whose page has gone has left; what was put off wakes; what fell silent closes; what waits is given out."""
    leave_silent(now=now)
    lapse(now)
    for one in Conversation.objects.filter(state=State.SNOOZED, snoozed_until__lte=now).order_by("pk")[:BATCH]:
        wake(actor=Actor.system(one.agency_id), conversation=one, now=now)
    for one in unanswered(now)[:BATCH]:
        _to_a_person(actor=Actor.system(one.agency_id), conversation=one, now=now)
    for one in silent(now)[:BATCH]:
        _close_silent(actor=Actor.system(one.agency_id), conversation=one, now=now)
    for one in out_of_reach(now)[:BATCH]:
        assert one.line is not None
        closes = now + timedelta(hours=one.line.quiet_hours)
        tell_of_closing(actor=Actor.system(one.agency_id), conversation=one, at=closes, now=now)
    agencies = Conversation.objects.filter(state=State.WAITING, line__automatic=True).order_by("agency")
    for agency_id in agencies.values_list("agency_id", flat=True).distinct():
        assign_waiting(actor=Actor.system(agency_id), agency_id=agency_id, now=now)
    EarlyStatus.objects.filter(at__lt=now - DAY).delete()


def silent(now: datetime) -> QuerySet[Conversation]:
    """With an attendant or in an interview, our word was the last one, and the line's hours of patience are over: since
    then, and since somebody took it in hand again.
    Where a channel takes no more words afterwards it ends before that, so that they can still be said: an interview
    always, a talk with an attendant when half of the patience has passed. Whoever waits for us is never closed by a
    clock."""
    over, half = _quiet(now, F("patience")), _quiet(now, F("patience") / Value(2))
    for channel, free in FREE.items():
        over |= Q(state=State.INTERVIEW, channel=channel, heard_at__lte=now - free + LAST_WORDS)
        over |= Q(state=State.HELD) & _last_words(channel, free, now) & half
    return _left(State.HELD, State.INTERVIEW).filter(over).order_by("pk")


def _quiet(now: datetime, patience: Any) -> Q:
    since = Value(now) - patience
    return Q(said_at__lte=since) & (Q(in_hand_at=None) | Q(in_hand_at__lte=since))


def out_of_reach(now: datetime) -> QuerySet[Conversation]:
    """With an attendant, our word was the last one but is too young for `silent`, and soon the channel takes no more:
    whoever has not been told yet that it will close."""
    told = Message.objects.filter(conversation=OuterRef("pk"), purpose=SOON, created_at__gt=OuterRef("heard_at"))
    soon = Q()
    for channel, free in FREE.items():
        soon |= _last_words(channel, free, now)
    return _left(State.HELD).filter(soon, ~Exists(told)).select_related("line").order_by("pk")


def _left(*states: str) -> QuerySet[Conversation]:
    """Those in which the person is to write, with their line's `patience`."""
    patience = ExpressionWrapper(F("line__quiet_hours") * Value(timedelta(hours=1)), output_field=DurationField())
    asked = Conversation.objects.filter(state__in=states, line__isnull=False)
    return asked.filter(Q(heard_at=None) | Q(said_at__gte=F("heard_at"))).annotate(patience=patience)


def _last_words(channel: str, free: timedelta, now: datetime) -> Q:
    return Q(channel=channel, heard_at__lte=now - free + LAST_WORDS, heard_at__gt=now - free)


def unanswered(now: datetime) -> QuerySet[Conversation]:
    """The person wrote and the interview says nothing: whatever ails it, they are not left alone with it."""
    asked = Conversation.objects.filter(state=State.INTERVIEW, heard_at__lte=now - MUTE)
    return asked.filter(Q(said_at=None) | Q(said_at__lt=F("heard_at"))).order_by("pk")


@action
def _to_a_person(*, actor: Actor, conversation: Conversation, now: datetime) -> None:
    held = locked(conversation, actor=actor)
    if held.state == State.INTERVIEW and held.waits_for_us:  # it has not answered meanwhile
        hand_over(actor=actor, conversation=held, now=now)


@action
def _close_silent(*, actor: Actor, conversation: Conversation, now: datetime) -> None:
    held = locked(conversation, actor=actor)
    if held.state == State.INTERVIEW and held.channel in BY_LETTER:  # what they wrote first is read all the same
        hand_over(actor=actor, conversation=held, now=now)
    elif held.state in (State.HELD, State.INTERVIEW) and not held.waits_for_us:  # nobody has written meanwhile
        done = held.state == State.INTERVIEW and held.asked.get("stage") == "more"  # it only asked for anything else
        close(actor=actor, conversation=held, ending=Ending.DONE if done else Ending.QUIET, now=now)
