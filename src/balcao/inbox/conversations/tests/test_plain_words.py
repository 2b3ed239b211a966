"""What two people say to one another takes one statement, and leaves exactly what the whole action would have left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from balcao.config import wiring
from balcao.inbox.conversations import events as talk
from balcao.inbox.conversations import plain
from balcao.inbox.conversations.lines import claim, transfer
from balcao.inbox.conversations.moving import contact_hash
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.presence import leave
from balcao.inbox.conversations.speaking import say
from balcao.inbox.handing import answering
from balcao.inbox.interviews import running
from balcao.inbox.models import Account, Conversation, Handover, Message
from balcao.inbox.receiving import Incoming, receive
from balcao.platform.errors import Refusal
from balcao.platform.models import Event

from .conftest import NOW

pytestmark = pytest.mark.django_db
OWN = {"id", "key", "provider_id", "contact", "contact_hash", "address", "conversation_id", "message_id", "tx"}


@pytest.fixture
def site(world, line):
    return Account.objects.create(agency=world.agency, channel="webchat", key="w", name="Site", line=line)


@pytest.fixture
def ana(desk):
    return desk.attendant("ana", 9)


def moment(minutes: int):
    return NOW + timedelta(seconds=30) + timedelta(milliseconds=minutes)


def hear(desk, site, contact, number, text="Olá", **more):
    told = Incoming(provider_id=f"{contact}-{number}", contact=contact, text=text, **more)
    return receive(actor=desk.system, account=site, incoming=told, now=moment(number))


def held(desk, site, ana, contact="b-1") -> Conversation:
    found = hear(desk, site, contact, 0).conversation
    return claim(actor=ana, conversation=found, now=NOW)


def written(pk: int) -> list[object]:
    """All that stands of it: the conversation, its words, its events, without what is each one's own."""
    mine = Event.objects.filter(data__conversation_id=pk).order_by("id")
    told = [(e.kind, e.at, e.agency_id, e.case_id, e.actor_kind, e.actor_id,
             {k: v for k, v in e.data.items() if k not in OWN}) for e in mine]  # fmt: skip
    words = Message.objects.filter(conversation=pk).order_by("number").values()
    [row] = Conversation.objects.filter(pk=pk).values()
    return [{k: v for k, v in one.items() if k not in OWN} for one in (row, *words)] + told


def talks(desk, site, ana, contact) -> int:
    """A word and its answer, twice; the second word bears an earlier moment than what was said before it."""
    found = held(desk, site, ana, contact)
    for number, at in ((2, 3), (1, 5)):
        received = hear(desk, site, contact, number, f"palavra\x00 {number} 👩‍👧")
        assert not received.repeat and received.conversation.pk == found.pk
        assert received.message.number == Conversation.objects.get(pk=found.pk).last_number
        said = say(actor=ana, conversation=found, client_id=f"c{at}", text="Bom dia!\r\n", now=moment(at))
        assert said == Message.objects.get(pk=said.pk) and said.body == "Bom dia!"
    return found.pk


def test_it_leaves_what_the_whole_action_leaves(desk, site, ana, monkeypatch, django_assert_num_queries):
    short = talks(desk, site, ana, "b-1")
    found = Conversation.objects.get(pk=short)
    with django_assert_num_queries(1):
        hear(desk, site, "b-1", 6)
    with django_assert_num_queries(1):
        say(actor=ana, conversation=found, client_id="c7", text="Até logo", now=moment(7))
    monkeypatch.setattr(plain, "_keep", lambda *_: None)
    whole = talks(desk, site, ana, "b-2")
    hear(desk, site, "b-2", 6)
    say(actor=ana, conversation=Conversation.objects.get(pk=whole), client_id="c7", text="Até logo", now=moment(7))
    assert written(short) == written(whole)


def test_nobody_else_wants_to_know_of_such_a_word():
    """Whoever adds a reaction says in `plain`'s statements where it has nothing to do."""
    assert wiring.AT_ONCE[talk.MessageReceived] == [answering.hear]  # only where a question was asked
    assert wiring.LATER[talk.MessageReceived] == [running.hear]  # only where an interview runs
    assert not {talk.MessageSaid} & {*wiring.AT_ONCE, *wiring.LATER}


def test_the_same_again_changes_nothing(desk, site, ana):
    found = held(desk, site, ana)
    first = hear(desk, site, "b-1", 1)
    again = hear(desk, site, "b-1", 1)
    assert again.repeat and (again.message.pk, again.conversation.pk) == (first.message.pk, first.conversation.pk)
    said = [say(actor=ana, conversation=found, client_id="once", text="Sim", now=NOW) for _ in "12"]
    assert said[0].pk == said[1].pk and Message.objects.count() == 3


def test_whatever_has_to_be_decided_goes_the_whole_way(desk, site, ana):
    """A line to wait in, nobody there, a question about another agency, a conversation that had ended."""
    first = hear(desk, site, "b-1", 0).conversation
    assert hear(desk, site, "b-1", 1).conversation.state == "waiting"
    found = claim(actor=ana, conversation=first, now=NOW)
    asked = Handover.objects.create(conversation=found, line=desk.line, account=desk.account, asked_at=NOW,
                                    until=moment(99), question=1)  # fmt: skip
    assert plain_word(desk, site, "b-1") is None
    asked.delete()
    assert plain_word(desk, site, "b-1") is not None
    leave(actor=ana, now=moment(3))
    assert hear(desk, site, "b-1", 4).conversation.state == "waiting"
    close(actor=desk.system, conversation=found, now=moment(5))
    assert hear(desk, site, "b-1", 6).reopened


def plain_word(desk, site, contact):
    return plain.heard(actor=desk.system, account=site, contact=contact_hash("webchat", contact), provider_id="p",
                       key="k", text="Oi", now=moment(2))  # fmt: skip


def test_only_who_has_it_says_something(desk, site, ana):
    found, bia = held(desk, site, ana), desk.attendant("bia")
    with pytest.raises(Refusal):
        say(actor=bia, conversation=found, client_id="1", text="Eu também", now=NOW)
    transfer(actor=ana, conversation=found, line=desk.line, note="", now=NOW)
    with pytest.raises(Refusal):
        say(actor=ana, conversation=found, client_id="2", text="Ainda eu", now=NOW)
    assert Message.objects.count() == 1
