"""Who serves whom next: oldest first within the legal priority, to the attendant with the least to do, of those who
speak the person's language. Where nobody of a line speaks it, anybody of that line may have them.

Whoever gives or pulls holds the rows of the lines first, so there is one such at a time and nobody is overtaken; an
attendant whose row is busy elsewhere is passed over. A place in line survives being taken and coming back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from hashlib import sha256
from math import inf
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balcao.cases.actions.notes import mentioned
from balcao.organization.models import Staff
from balcao.organization.queries import actor_of
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.events import emit
from balcao.platform.text import clean_text

from ..models import Message
from .events import ConversationNoted, ConversationTaken, ConversationTransferred
from .languages import Speakers, speakers, understood
from .models import Attendant, Conversation, Line, Wait
from .moving import NOTE, append, end_wait, here, hold, locked, move, queue
from .states import Direction, State

ORDER = ("rank", "queued_at", "pk")  # in a line: by law, then by place


@action
def hand_over(
    *, actor: Actor, conversation: Conversation, line: Line | None = None, now: datetime | None = None
) -> Conversation:
    """The interview is done, or the person asks for a person: it waits in `line` (else in its account's) with all that
    was answered."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    _of_agency(line, held)
    queue(held, "hand_over", actor=actor, now=now, back=False, line=line or held.line or held.account.line,
          handed_at=now)  # fmt: skip
    return held


@action
def assign_waiting(*, actor: Actor, agency_id: int, now: datetime | None = None) -> list[Conversation]:
    """Give what waits in an agency's automatic lines to attendants who are present, serve the line, speak the person's
    language and have room: when it is done nobody waits for whom one of them is free."""
    actor.same_agency(agency_id)
    now = now or timezone.now()
    lines = list(
        Line.objects.select_for_update(of=("self",), no_key=True)
        .filter(agency_id=agency_id, is_active=True, automatic=True)
        .order_by("pk")
    )
    by_line = speakers(line.pk for line in lines)
    free = _free(agency_id, by_line, now)
    given = []
    for conversation in _heads(free, by_line):
        able = [one for one in free if conversation.pk in one.may and one.room > 0]
        if not able:
            continue
        chosen = min(able, key=Free.burden)
        chosen.load += 1
        chosen.attendant.last_given_at = now
        chosen.attendant.save(update_fields=["last_given_at"])
        _take(conversation, actor=actor, staff_id=chosen.attendant.staff_id, kind="given", now=now)
        given.append(conversation)
    return given


@dataclass
class Free:
    """A present attendant whose row is locked: how many conversations they have in hand, which lines they serve, and
    which of those who wait they may be given."""

    attendant: Attendant
    load: int
    serves: set[int]
    may: set[int] = field(default_factory=set)

    @property
    def room(self) -> int:
        return max(0, self.attendant.capacity - self.load)

    def burden(self) -> tuple[int, float, float]:
        """Least to do first; of two with as little, whoever speaks fewer languages, for the other may be needed; of two
        alike, whoever has waited longer."""
        last = self.attendant.last_given_at
        return self.load, len(self.attendant.languages) or inf, last.timestamp() if last else 0.0


def _free(agency_id: int, by_line: Mapping[int, Speakers], now: datetime) -> list[Free]:
    present = (
        Attendant.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(staff__agency_id=agency_id, staff__is_active=True, present_until__gt=now)
        .order_by("pk")
    )
    found = [Free(one, 0, {line for line, known in by_line.items() if one.pk in known}) for one in present]
    staff = [one.attendant.staff_id for one in found]
    held = Conversation.objects.filter(owner__in=staff, state=State.HELD)
    loads = dict(held.values_list("owner").annotate(n=Count("pk")))
    for one in found:
        one.load = loads.get(one.attendant.staff_id, 0)
    return [one for one in found if one.serves and one.room]


def _heads(free: list[Free], by_line: Mapping[int, Speakers]) -> list[Conversation]:
    """Of each line the first for whom those who are free have the words, all in one order, their rows locked.

    As many for each way of speaking as there is room in the line for all: whoever comes after them gets nobody now."""
    for line, known in by_line.items():
        there = [one for one in free if line in one.serves]
        alike: dict[tuple[str, ...], list[Free]] = defaultdict(list)
        for one in there:
            alike[tuple(one.attendant.languages)].append(one)
        for languages, few in alike.items():
            first = _waiting(understood(languages, known), line_id=line).values_list("pk", flat=True)
            pks = set(first[: sum(one.room for one in there)])
            for one in few:
                one.may |= pks
    return list(
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=set().union(*(one.may for one in free)), state=State.WAITING)
        .order_by(*ORDER)
    )


def _waiting(*which: Q, **more: Any) -> QuerySet[Conversation]:
    return Conversation.objects.filter(*which, state=State.WAITING, **more).order_by(*ORDER)


@action
def pull_next(*, actor: Actor, line: Line | None = None, now: datetime | None = None) -> Conversation | None:
    """The attendant takes whoever is next of those who speak their languages, in `line` or in all the lines that they
    serve. None: nobody waits for them."""
    actor.require("inbox.attend")
    now = now or timezone.now()
    puller = here(actor=actor, now=now)  # whoever takes is present: who then falls silent gives it back
    served = Line.objects.filter(is_active=True, attendants=puller)
    if line is not None:
        served = served.filter(pk=line.pk)
    pks = list(served.values_list("pk", flat=True))
    if line is not None and not pks:
        raise NotAllowed(log=f"staff {actor.id} does not serve line {line.pk}")
    list(Line.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pks).order_by("pk").values_list("pk"))
    mine = Q(line__in=pks)
    if puller.languages:
        by_line = speakers(pks).items()
        mine = reduce(or_, (Q(line=one) & understood(puller.languages, known) for one, known in by_line), Q(pk__in=[]))
    first = _waiting(mine).select_for_update(of=("self",), no_key=True).first()
    if first is None:
        return None
    _take(first, actor=actor, staff_id=puller.staff_id, kind="pulled", now=now)
    return first


@action
def claim(*, actor: Actor, conversation: Conversation, now: datetime | None = None) -> Conversation:
    """The attendant takes this one, whoever has it now: a colleague's only when they lead the inbox or the colleague
    is away. Theirs already: nothing changes."""
    actor.require("inbox.attend")
    now = now or timezone.now()
    here(actor=actor, now=now)  # before the conversation's own row: who leaves locks the two in this order
    held = locked(conversation, actor=actor)
    if not Conversation.objects.visible_to(actor).filter(pk=held.pk).exists():
        raise NotAllowed(log=f"staff {actor.id} does not serve conversation {held.pk}")
    if held.state == State.HELD and held.owner_id == actor.staff_id:
        return held
    there = Attendant.objects.filter(staff=held.owner_id, present_until__gt=now).exists()
    if held.owner_id not in (None, actor.staff_id) and there and not actor.can("inbox.lead"):
        raise Refusal(_("A colleague is talking with this person. Ask them to hand it over."))
    assert actor.staff_id is not None
    _take(held, actor=actor, staff_id=actor.staff_id, kind="claimed", now=now)
    return held


def _take(held: Conversation, *, actor: Actor, staff_id: int, kind: str, now: datetime) -> None:
    hold(held)
    waited = end_wait(held, Wait.End.TAKEN, now)
    reopened = {"closed_at": None, "ending": "", "reopened": held.reopened + 1} if held.state == State.CLOSED else {}
    first = {"handed_at": now} if held.handed_at is None else {}
    move(held, "take", owner_id=staff_id, snoozed_until=None, queued_at=held.queued_at or now, in_hand_at=now,
         **reopened, **first)  # fmt: skip
    emit(
        ConversationTaken(conversation_id=held.pk, staff_id=staff_id, kind=kind, waited=waited),
        actor=actor,
        agency_id=held.agency_id,
        at=now,
    )


def give_back(held: Conversation, *, actor: Actor, now: datetime) -> None:
    """A locked conversation returns to its place in its line; one without a line to its account's."""
    queue(held, "return", actor=actor, now=now, back=True, line=held.line or held.account.line)


@action
def let_go(*, actor: Actor, conversation: Conversation, now: datetime | None = None) -> Conversation:
    """The owner, or whoever leads, gives it back to its place in line."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    _mine(held, actor)
    give_back(held, actor=actor, now=now)
    return held


@action
def transfer(
    *, actor: Actor, conversation: Conversation, line: Line, note: str, now: datetime | None = None
) -> Conversation:
    """To another line of the same agency, with a note that only colleagues read. It keeps its place: nobody waits
    twice because we sent them to the wrong door."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    _mine(held, actor)
    _of_agency(line, held)
    if held.state == State.WAITING and held.line_id == line.pk:
        return held
    before = held.line_id
    kept = write_note(actor=actor, conversation=held, text=note, now=now) if note.strip() else None
    end_wait(held, Wait.End.MOVED, now)
    fact = ConversationTransferred(
        conversation_id=held.pk, line_id=line.pk, from_line_id=before, note_id=kept.pk if kept else None
    )
    emit(fact, actor=actor, agency_id=held.agency_id, at=now)
    queue(held, "transfer", actor=actor, now=now, back=True, line=line, handed_at=held.handed_at or now)
    return held


@action
def write_note(
    *, actor: Actor, conversation: Conversation, text: str, client_id: str = "", now: datetime | None = None
) -> Message:
    """A private note in the conversation: it has its place in the order, and the person never sees it. "@ana" calls a
    colleague, as in a case's note. The same `client_id` again keeps nothing more."""
    actor.require("inbox.attend")
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    text = clean_text(text)
    if not text:
        raise Invalid(_("Please write something first."), field="text")
    key = f"note:{held.pk}:{sha256(client_id.encode()).hexdigest()[:40] if client_id else held.last_number + 1}"
    if client_id and (known := Message.objects.filter(key=key).first()) is not None:
        return known
    kept: Message = append(
        held,
        actor=actor,
        direction=Direction.OUT,
        author_kind="staff" if actor.kind == "staff" else "system",
        key=key,
        text=text,
        purpose=NOTE,
        now=now,
    )
    assert kept.number is not None
    fact = ConversationNoted(conversation_id=held.pk, message_id=kept.pk, number=kept.number)
    emit(fact, actor=actor, agency_id=held.agency_id, at=now)
    return kept


def called(conversation: Conversation, text: str) -> list[Staff]:
    """The colleagues whom a note with this text calls: those of them who may see the conversation."""
    seen = Conversation.objects.filter(pk=conversation.pk)
    found = mentioned(conversation.agency_id, text)
    return [one for one in found if (seen & Conversation.objects.visible_to(actor_of(one))).exists()]


def _mine(held: Conversation, actor: Actor) -> None:
    """Raise unless the actor owns it, leads the inbox, or nobody owns it and the actor serves its line."""
    actor.require("inbox.attend")
    if actor.kind == "system" or actor.can("inbox.lead") or held.owner_id == actor.staff_id:
        return
    if held.owner_id is not None or not Conversation.objects.visible_to(actor).filter(pk=held.pk).exists():
        raise NotAllowed(_("A colleague is talking with this person. Ask them to hand it over."))


def _of_agency(line: Line | None, held: Conversation) -> None:
    if line is not None and (line.agency_id != held.agency_id or not line.is_active):
        raise Refusal(_("This line is not open. Choose another one."), log=f"line {line.pk}")
