"""What a person gives to an interview comes late, twice and backwards; its job runs again, is killed, or runs before
the one that came first. Each word has its answer, nothing is said twice, and one round opens one demand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from balcao.cases.models import Case
from balcao.inbox.conversations.jobs import tend
from balcao.inbox.conversations.states import Kind, State
from balcao.inbox.interviews import running
from balcao.inbox.interviews.keeping import kept
from balcao.inbox.models import Account, CaseLink, Conversation, Line, Message
from balcao.inbox.receiving import Incoming, receive
from balcao.platform.action import action
from balcao.platform.actors import Actor
from tests.invariants.walking import walk
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
WORDS = ("Oi", "1", "2", "Um galho caiu", "Rua A, 10", "pular", "Ana Souza", "sim", "não", "enviar", "voltar",
         "corrigir", "10", "ajuda", "obrigado", "👍🏽", "\u202eoi", "x" * 5000)  # fmt: skip
TAPS = ("kind=elogio", "!send", "!correct", "files!skip", "who=anonymous", "more=false", "grade=7", "kind!correct",
        "x=y", "=")  # fmt: skip
RIGHT = {
    "kind": "1", "description": "Um galho caiu", "location": "pular", "files": "pular", "who": "1",
    "who_name": "Ana Souza", "who_phone": "pular", "who_document": "pular", "priority": "pular", "consent": "sim",
    "": "enviar", "more": "sim", "grade": "9", "comment": "Gostei muito",
}  # fmt: skip


class Killed(BaseException):
    """Its process was killed before the transaction ended."""


@action
def killed(**what: Any) -> None:
    running.proceed(**what)
    raise Killed


class Asked(RuleBasedStateMachine):
    world: World
    account: Account
    now: datetime
    on_the_way: list[Incoming]
    acknowledged: list[Incoming]
    said: dict[int, str]

    @initialize(answers=st.integers(0, 14))
    def a_person_writes(self, answers: int) -> None:
        self.world, self.now = make_world(), datetime(2026, 3, 2, 12, tzinfo=UTC)
        line = Line.objects.create(agency=self.world.agency, slug="cac", name="CAC", interview="service:poda")
        what = {"agency": self.world.agency, "channel": "webchat", "key": "site", "name": "Site"}
        self.account = Account.objects.create(line=line, **what)
        self.on_the_way, self.acknowledged, self.said, self.written = [], [], {}, 0
        self.gives("Oi")
        self.one_is_delivered(0)
        self.the_job_runs()
        for _ in range(answers):
            self.answers_rightly()

    @property
    def talk(self) -> Conversation:
        return Conversation.objects.select_related("line", "account", "agency").latest("pk")

    @property
    def system(self) -> Actor:
        return Actor.system(self.world.agency.pk)

    def open_code(self) -> str:
        """The code of the question that was said last."""
        last = Message.objects.filter(conversation=self.talk, author_kind="bot").order_by("-number").first()
        return str((last.data.get("bubble") or {}).get("code", "")) if last is not None else ""

    def gives(self, text: str, kind: Kind = Kind.TEXT, **details: Any) -> None:
        self.written += 1
        told = Incoming(provider_id=f"in-{self.written}", contact="ana", kind=kind, text=text, details=details)
        self.on_the_way.append(told)

    @rule(text=st.sampled_from(WORDS))
    def writes(self, text: str) -> None:
        self.gives(text)

    @rule(value=st.sampled_from(TAPS))
    def taps_some_button(self, value: str) -> None:
        self.gives(value, Kind.REPLY, id=value, title=value)

    @rule(raw=st.sampled_from([["a"], {"lat": -22.8, "lon": -46.3}, {"address": "Rua B"}, 3, None, "x"]))
    def sends_something_raw(self, raw: Any) -> None:
        self.gives("x", raw=raw)

    @rule()
    def answers_rightly(self) -> None:
        self.gives(RIGHT.get(self.open_code(), "pular"))
        self.one_is_delivered(len(self.on_the_way) - 1)
        self.the_job_runs()

    @precondition(lambda self: self.on_the_way)
    @rule(which=st.integers(0, 99))
    def one_is_delivered(self, which: int) -> None:
        told = self.on_the_way.pop(which % len(self.on_the_way))
        self.now += timedelta(seconds=1)
        receive(actor=self.system, account=self.account, incoming=told, now=self.now)
        self.acknowledged.append(told)

    @rule(which=st.integers(0, 99))
    def one_is_delivered_again(self, which: int) -> None:
        told = self.acknowledged[which % len(self.acknowledged)]
        assert receive(actor=self.system, account=self.account, incoming=told, now=self.now).repeat

    @rule()
    def the_job_runs(self) -> None:
        self.now += timedelta(seconds=1)
        running.proceed(actor=self.system, conversation=self.talk, now=self.now)
        talk = self.talk
        if talk.state == State.INTERVIEW:
            assert not talk.waits_for_us, "each word has its answer"

    @rule()
    def the_job_runs_again(self) -> None:
        self.the_job_runs()
        before = list(Conversation.objects.values()), Message.objects.count(), Case.objects.count()
        running.proceed(actor=self.system, conversation=self.talk, now=self.now)
        assert (list(Conversation.objects.values()), Message.objects.count(), Case.objects.count()) == before

    @rule()
    def the_job_is_killed(self) -> None:
        before = list(Conversation.objects.values()), Message.objects.count(), Case.objects.count()
        with pytest.raises(Killed), transaction.atomic():
            killed(actor=self.system, conversation=self.talk, now=self.now)
        assert (list(Conversation.objects.values()), Message.objects.count(), Case.objects.count()) == before

    @rule(hours=st.sampled_from([1, 30]))
    def time_passes(self, hours: int) -> None:
        if not self.talk.waits_for_us:
            self.now += timedelta(hours=hours)
            tend(self.now)

    @invariant()
    def what_was_said_stays_and_stands_in_one_order(self) -> None:
        found = {m.number or 0: m.body for m in Message.objects.filter(conversation=self.talk)}
        assert sorted(found) == list(range(1, len(found) + 1)) and self.said.items() <= found.items()
        self.said = found

    @invariant()
    def each_round_opens_one_demand_at_most_and_tells_it_once(self) -> None:
        rounds = Counter(Case.objects.values_list("external_id", flat=True))
        assert all(times == 1 for times in rounds.values()) and len(rounds) <= kept(self.talk).round
        assert CaseLink.objects.filter(origin=True).count() == len(rounds)
        assert Message.objects.filter(purpose="receipt").count() == len(rounds)

    @invariant()
    def nobody_hears_a_question_twice_for_one_word(self) -> None:
        """Words that came together are answered together: no bubble asks the same more often than there were words."""
        words, codes = 0, Counter[str]()
        for message in Message.objects.filter(conversation=self.talk).order_by("number"):
            if message.direction == "in":
                words, codes = (1 if codes else words + 1), Counter()
            elif code := (message.data.get("bubble") or {}).get("code"):
                codes[code] += 1
                assert codes[code] <= words


REACHED = {
    "ConversationOpened", "MessageReceived", "MessageSaid", "InterviewMoved", "CaseOpened", "ConversationQueued",
    "ConversationClosed", "ConversationGraded", "ConversationIdentified",
}  # fmt: skip


def test_whatever_comes_in_whatever_order_is_answered_once_and_opens_one_demand():
    met = Counter[str]()
    for beginning in range(2):
        met += walk(Asked, examples=2, steps=18, beginning=beginning)
    missed = REACHED - met.keys()
    assert len(missed) <= 2, f"nobody came by {sorted(missed)}"


@pytest.mark.slow
def test_whatever_comes_in_whatever_order_for_long():
    walk(Asked, examples=24, steps=50)
