"""The same promises in the web chat, where the other side reads from us: visitors with two tabs, whose posts are
answered or not and whose streams break and come back by their cursor, among attendants who take, pass on and close.
Whatever a tab shows is what was said, each word once, in the one order; whatever we told it to be kept is there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from balcao.channels.webchat.hearing import hear
from balcao.channels.webchat.telling import Asked, news
from balcao.channels.webchat.visitors import Visitor
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.speaking import mark_read
from balcao.inbox.models import Account, Conversation, Message
from balcao.inbox.receiving import Incoming
from tests.invariants.walking import walk

from .test_conversation_machine import WHICH, S, Talks

pytestmark = pytest.mark.django_db


@dataclass
class Tab:
    """One page of a visitor: what waits in it to be taken, what it shows (talk, number), and up to where it was told.
    Its stream may be broken; what is told to a broken one never arrives."""

    visitor: Visitor
    name: str
    listens: bool = True
    outbox: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    talk: int = 0
    cursor: int = 0
    shown: list[int] = field(default_factory=list)


class WebTalks(Talks):
    did: ClassVar[Counter[str]] = Counter()
    tabs: list[Tab]

    @initialize(interview=st.booleans(), late=st.booleans())
    def an_inbox_with_people_in_it(self, interview: bool, late: bool) -> None:
        Talks.an_inbox_with_people_in_it(self, interview, late)
        site = Account.objects.create(
            agency=self.world.agency, channel="webchat", key="site", name="Site", line=self.lines[interview]
        )
        visitors = [Visitor(site, letter * 43) for letter in "ab"]
        self.tabs = [Tab(one, f"{one.token[0]}{n}") for one in visitors for n in (1, 2)]
        for one in (0, 2):
            self.types(one)
            self.posts(one, answered=False)
            self.posts(one, answered=True)
        close(actor=self.system, conversation=Conversation.objects.latest("pk"), now=self.now)
        self.types(3)
        self.posts(3, answered=True)  # it goes on
        self.hears(1, arrives=True)
        self.hears(0, arrives=False)
        self.comes_back(0)

    # -- a visitor's two tabs -----------------------------------------------------------------------------
    @rule(which=st.integers(0, 3))
    def types(self, which: int) -> None:
        tab = self.tabs[which]
        client_id = f"tab-{tab.name}-{len(tab.said)}"
        tab.said.append(client_id)
        tab.outbox.append((client_id, f"palavra {client_id}"))

    @rule(which=st.integers(0, 3), answered=st.booleans())
    def posts(self, which: int, answered: bool) -> None:
        """Its outbox goes in order; without an answer the same comes once more, perhaps much later."""
        tab = self.tabs[which]
        if not tab.outbox:
            return
        client_id, text = tab.outbox[0]
        received, problem = hear(tab.visitor, {"client_id": client_id, "text": text}, now=self.now)
        known = Incoming(provider_id=f"{tab.visitor.contact}:{client_id}", contact=tab.visitor.contact, text=text)
        assert not problem and received.repeat == ((tab.visitor.account, known) in self.acknowledged)
        if received.repeat:
            self.did["repeated"] += 1
        else:
            self.acknowledged.append((tab.visitor.account, known))
        self.did["reopened"] += received.reopened
        if answered:
            tab.outbox.pop(0)

    @rule(which=st.integers(0, 3), arrives=st.booleans())
    def hears(self, which: int, arrives: bool) -> None:
        """What its stream tells from its cursor on; where that does not arrive, the stream is broken."""
        tab = self.tabs[which]
        talk = tab.visitor.conversation()
        if not tab.listens or talk is None:
            return
        if talk.pk != tab.talk:
            tab.talk, tab.cursor, tab.shown = talk.pk, 0, []
        [told] = news([Asked(talk.pk, tab.cursor, "pt-br", "UTC")], self.now)
        assert told is not None and told.standing.state == talk.state
        if not arrives:
            tab.listens = False
            self.did["broke"] += bool(told.messages)
            return
        tab.shown += [one["number"] for one in told.messages]
        tab.cursor = told.last

    @rule(which=st.integers(0, 3))
    def comes_back(self, which: int) -> None:
        """A phone that slept, a network that was cut: it asks from its cursor on."""
        tab = self.tabs[which]
        self.did["came back"] += not tab.listens
        tab.listens = True
        self.hears(which, arrives=True)

    @rule(which=st.integers(0, 3))
    def sees(self, which: int) -> None:
        tab = self.tabs[which]
        if tab.talk:
            talk = Conversation.objects.get(pk=tab.talk)
            mark_read(actor=tab.visitor.actor, conversation=talk, number=tab.cursor, now=self.now)

    # -- attendants, at the visitors' own conversations ---------------------------------------------------
    @rule(which=WHICH, who=st.sampled_from([0, 2]), what=st.sampled_from(["takes", "answers", "closes"]))
    def attends(self, which: int, who: int, what: str) -> None:
        theirs = Conversation.objects.filter(channel="webchat").order_by("pk")
        talk = theirs[which % len(theirs)]
        self.did[what] += 1
        if what == "takes":
            self.attempt(claim, actor=self.attendants[who], conversation=talk)
        elif what == "closes":
            self.attempt(close, actor=self.system, conversation=talk)
        elif talk.state == S.HELD:
            self.answers_to(talk, f"web-{which}")

    @precondition(lambda self: any(tab.outbox or not tab.listens for tab in self.tabs))
    @rule()
    def everything_arrives(self) -> None:
        """The network is back for everybody: both tabs of a visitor show the same, and each of their words once."""
        for which, tab in enumerate(self.tabs):
            while tab.outbox:
                self.posts(which, answered=True)
        for which in range(len(self.tabs)):
            self.comes_back(which)
        for first, second in (self.tabs[:2], self.tabs[2:]):
            assert first.shown == second.shown
            for tab in (first, second):
                theirs = Message.objects.filter(direction="in", provider_id__contains=f":tab-{tab.name}-")
                names = [str(one.provider_id).rpartition(":")[2] for one in theirs.order_by("pk")]
                assert names == tab.said, "in the order in which they were written there"

    @invariant()
    def a_tab_shows_what_was_said_to_it_once_and_in_order(self) -> None:
        for tab in getattr(self, "tabs", ()):
            said = Message.objects.filter(conversation=tab.talk, number__lte=tab.cursor).exclude(purpose="note")
            assert tab.shown == list(said.order_by("number").values_list("number", flat=True))


def test_two_tabs_show_each_word_once_whatever_breaks(senders):
    WebTalks.did.clear()
    walk(WebTalks, examples=2, steps=40, beginning=1)
    assert min(WebTalks.did[one] for one in ("repeated", "broke", "came back", "reopened")) > 0
    assert WebTalks.did["takes"] + WebTalks.did["answers"] + WebTalks.did["closes"], "no attendant came by"


@pytest.mark.slow
def test_two_tabs_show_each_word_once_for_long(senders):
    WebTalks.did.clear()
    walk(WebTalks, examples=12, steps=50)
    assert min(WebTalks.did[one] for one in ("repeated", "broke", "came back", "reopened")) > 0
