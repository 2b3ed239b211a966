"""What a machine of conversations needs: people whose words come late, twice and backwards; attendants who come and go;
a provider that has moods; and what must hold after every step."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import datetime
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from balcao.inbox.conversations.states import State
from balcao.inbox.models import Account, Conversation, Delivery, Line, Message, Wait
from balcao.inbox.outbound import Outgoing, Rejected, TryLater
from balcao.inbox.receiving import Incoming
from balcao.inbox.states import RANK, DeliveryState
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from tests.world import World

ORDER = ("rank", "queued_at", "pk")


class Provider:
    """The other side: takes what is sent, hesitates, or refuses, and keeps what reached each person, in order."""

    def __init__(self) -> None:
        self.mood = "takes"
        self.shown: dict[int, list[int]] = {}  # conversation -> the messages on the person's screen
        self.named: list[tuple[int, str]] = []  # account, the provider's name for a message

    def send(self, message: Outgoing) -> str:
        if self.mood == "hesitates":
            raise TryLater("busy")
        if self.mood == "refuses":
            raise Rejected("131026")
        assert message.conversation_id and message.message_id and message.account_id
        self.shown.setdefault(message.conversation_id, []).append(message.message_id)
        self.named.append((message.account_id, f"out-{message.message_id}"))
        return f"out-{message.message_id}"


class Inbox(RuleBasedStateMachine):
    world: World
    now: datetime
    provider: Provider
    lines: list[Line]
    accounts: list[Account]
    attendants: list[Actor]
    on_the_way: list[tuple[Account, Incoming]]
    acknowledged: list[tuple[Account, Incoming]]
    kept: dict[tuple[int, int], int]
    places: dict[int, tuple[int, datetime]]
    levels: dict[int, int]

    @property
    def system(self) -> Actor:
        return Actor.system(self.world.agency.pk)

    def attempt(self, action: Any, **kwargs: Any) -> Any:
        """Whatever is refused leaves everything as it was; anything else than a Refusal is a defect."""
        with contextlib.suppress(Refusal):
            return action(now=self.now, **kwargs)

    def pick(self, which: int, *likely: str) -> Conversation | None:
        """Mostly one in a state where the rule leads somewhere, now and then any other."""
        found = Conversation.objects.order_by("pk")
        among = list(found.filter(state__in=likely) if which % 5 else found) or list(found)
        return among[which % len(among)] if among else None

    def waiting(self, *lines: Line) -> list[int]:
        found = Conversation.objects.filter(state=State.WAITING, line__in=lines).order_by(*ORDER)
        return list(found.values_list("pk", flat=True))


class Promises(Inbox):
    @invariant()
    def each_acknowledged_message_is_there_once_with_its_words(self) -> None:
        heard = Message.objects.filter(direction="in")
        there = Counter((m.account_id, m.provider_id, m.body) for m in heard)
        assert there == Counter({(a.pk, i.provider_id, i.text) for a, i in self.acknowledged})

    @invariant()
    def each_conversation_has_one_order_without_holes_that_never_changes(self) -> None:
        for talk in Conversation.objects.all():
            numbers = list(Message.objects.filter(conversation=talk).order_by("pk").values_list("number", flat=True))
            assert numbers == list(range(1, talk.last_number + 1))
        now = {(m.conversation_id, m.number): m.pk for m in Message.objects.all()}
        assert self.kept.items() <= now.items()
        self.kept = now

    @invariant()
    def the_person_sees_what_we_said_once_and_in_our_order(self) -> None:
        for shown in self.provider.shown.values():
            numbers = [Message.objects.get(pk=pk).number or 0 for pk in shown]
            assert numbers == sorted(set(numbers))
        notes = set(Message.objects.filter(purpose="note").values_list("pk", flat=True))
        assert not notes & {pk for shown in self.provider.shown.values() for pk in shown}

    @invariant()
    def nobody_is_without_a_line_an_owner_or_an_interview(self) -> None:
        for talk in Conversation.objects.exclude(state=State.CLOSED):
            holder = {
                State.INTERVIEW: talk.interview,
                State.WAITING: talk.line_id and talk.queued_at,
                State.HELD: talk.owner_id,
                State.SNOOZED: talk.owner_id and talk.snoozed_until,
            }
            assert holder[State(talk.state)], talk.state
        open_ones = Conversation.objects.exclude(state=State.CLOSED).values_list("account", "contact_hash")
        assert len(open_ones) == len({(account, bytes(contact)) for account, contact in open_ones})

    @invariant()
    def whoever_waits_has_one_wait_that_runs_and_their_old_place(self) -> None:
        running = list(Wait.objects.filter(ended_at=None).values_list("conversation_id", "line_id"))
        waiting = Conversation.objects.filter(state=State.WAITING)
        assert sorted(running) == sorted(waiting.values_list("pk", "line_id"))
        for talk in waiting:
            assert talk.queued_at is not None
            times, place = self.places.get(talk.pk, (talk.reopened, talk.queued_at))
            assert talk.queued_at == place or talk.reopened > times, "pushed back by no fault of their own"
            self.places[talk.pk] = (talk.reopened, talk.queued_at)

    @invariant()
    def counts_of_the_unread_are_true(self) -> None:
        for talk in Conversation.objects.all():
            said = talk.messages.exclude(purpose="note")
            assert talk.staff_unread == said.filter(direction="in", number__gt=talk.staff_read).count()
            assert talk.citizen_unread == said.filter(direction="out", number__gt=talk.citizen_read).count()

    @invariant()
    def a_status_only_moves_forward(self) -> None:
        for pk, state in Delivery.objects.values_list("pk", "state"):
            rank = RANK[DeliveryState(state)]
            assert rank >= self.levels.get(pk, rank)
            self.levels[pk] = rank
