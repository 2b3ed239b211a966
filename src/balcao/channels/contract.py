"""What every way in must do, as tests: a channel's own test module subclasses `InboundContract` and brings a driver.

    class TestPortal(InboundContract):
        @pytest.fixture
        def driver(self, world): return PortalDriver(world)

The driver speaks to the channel from outside (a form, a webhook, a mailbox), never to its insides. A channel that
people talk on passes `TalkContract`; one on which a whole demand can be asked, be it in a form or by the interview of
a conversation, passes `InboundContract`; some pass both."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from unittest.mock import patch

from django.db import DatabaseError

GOOD = "Árvore seca, vai cair na calçada"
BAD = "🌳🌳"


@dataclass(frozen=True)
class Reply:
    """What the person, or the provider, got back. `acknowledged`: we said that we have it. `words`: all we said."""

    acknowledged: bool
    words: str


class InboundDriver(Protocol):
    """One person on the channel, who asks for the world's public service."""

    def ask(self, description: str) -> Reply:
        """A whole demand, up to the last thing the person or provider does."""

    def again(self) -> Reply:
        """That last thing once more, as a second press or a provider's redelivery does it."""


class InboundContract:
    """The promises of DESIGN.md, "Rules that make the promise true", 1 and 2, seen from outside."""

    explains: str = "describe it with letters"
    """What `BAD` is answered with; a conversation speaks the person's own language."""

    def test_what_was_acknowledged_is_a_case_with_its_number_and_its_code(self, driver: InboundDriver) -> None:
        from balcao.platform.numbering import format_protocol

        reply = driver.ask(GOOD)
        case = _cases().get()
        assert reply.acknowledged and format_protocol(case.protocol) in reply.words
        assert case.description == GOOD and case.external_id and case.access_hash
        assert case.deadline.due_at and case.next_actor

    def test_nothing_is_acknowledged_before_it_is_kept(self, driver: InboundDriver) -> None:
        failing = patch("balcao.inbox.opening.queue_letter", side_effect=DatabaseError("the disk is full"))
        # what reaches the test's client as an exception is the server's error page, which acknowledges nothing
        with failing, suppress(DatabaseError):
            assert not driver.ask(GOOD).acknowledged
        assert not _cases().exists()
        assert driver.again().acknowledged and _cases().count() == 1

    def test_a_redelivery_opens_one_case_and_says_the_same(self, driver: InboundDriver) -> None:
        first = driver.ask(GOOD)
        second = driver.again()
        assert second.acknowledged and _cases().count() == 1
        assert _cases().get().protocol[-2:] in second.words and first.acknowledged
        assert _receipts() <= 1

    def test_bad_input_is_explained_and_opens_nothing(self, driver: InboundDriver) -> None:
        reply = driver.ask(BAD)
        assert not reply.acknowledged and self.explains in reply.words
        assert not _cases().exists()


class TalkDriver(Protocol):
    """One person on the channel, who writes to the agency."""

    def write(self, text: str) -> bool:
        """One message, as the person's provider delivers it. Whether it was told that we have it."""

    def again(self) -> bool:
        """The same message once more, as a provider that heard no answer delivers it."""

    def settle(self) -> None:
        """What our workers do with what has come in is done."""


class TalkContract:
    """The promises of a conversation: what was acknowledged is there once, in order, and in somebody's hands."""

    keeps: str = ""
    """The dotted name of what the channel writes a message down with before it acknowledges it."""

    def test_what_was_acknowledged_is_there_in_its_order_and_in_somebodys_hands(self, talking: TalkDriver) -> None:
        assert talking.write(GOOD) and talking.write(BAD)
        talking.settle()
        talk = _talks().get()
        assert [GOOD in body for body in _heard()] == [True, False] and BAD in _heard()[1]
        assert talk.owner_id or talk.line_id or talk.interview, "nobody would ever see it"
        assert talk.staff_unread == 2 or talk.interview

    def test_nothing_that_was_written_is_acknowledged_before_it_is_kept(self, talking: TalkDriver) -> None:
        with patch(self.keeps, side_effect=DatabaseError("the disk is full")), suppress(DatabaseError):
            assert not talking.write(GOOD)
        talking.settle()
        assert not _heard()
        assert talking.again()
        talking.settle()
        assert len(_heard()) == 1

    def test_what_comes_again_is_acknowledged_again_and_heard_once(self, talking: TalkDriver) -> None:
        assert talking.write(GOOD) and talking.again()
        talking.settle()
        assert talking.again()
        talking.settle()
        assert len(_heard()) == 1 and _talks().count() == 1


def _cases() -> Any:
    from balcao.cases.models import Case

    return Case.objects.all()


def _talks() -> Any:
    from balcao.inbox.models import Conversation
    from balcao.platform.actors import Actor

    return Conversation.objects.visible_to(Actor.system())


def _heard() -> list[str]:
    from balcao.inbox.models import Message

    return [message.body for message in Message.objects.filter(direction="in").order_by("number")]


def _receipts() -> int:
    from balcao.inbox.models import Message

    return Message.objects.filter(purpose="receipt").count()
