"""Anybody may write any name into a From. Such mail never speaks in the conversation of the person whose name it is."""

from __future__ import annotations

import pytest

from balcao.channels.email import listening
from balcao.channels.email.listening import LATER, Receiving
from balcao.channels.email.receiving import Became, take
from balcao.citizens.models import Person
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.papers import identify
from balcao.inbox.conversations.proving import doubt_of, warnings_of
from balcao.inbox.conversations.speaking import say
from balcao.inbox.models import Account, Conversation, Delivery, Line, Message
from balcao.platform.limits import TooMany
from balcao.platform.models import Fault
from tests.world import make_world

from .mails import BOX, letter, signed

pytestmark = pytest.mark.django_db
STRANGER = {"sender": "Maria <maria@example.org>"}  # not Maria: her name and address, from somebody's machine


@pytest.fixture
def world(db, settings):
    settings.MAILBOXES = "vila-serena=smtp://atendimento@vila.example"
    return make_world()


@pytest.fixture
def attendant(world):
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral")
    Account.objects.create(agency=world.agency, channel="email", key=BOX.address, name="Atendimento", line=line)
    return world.actor("supervisor")


def writes(to: str, words: str, **more: str) -> Conversation:
    assert take(BOX, letter(to, words, **STRANGER, **more)) == Became.CONVERSATION
    (said,) = (m for m in Message.objects.filter(direction="in") if words in m.body)
    assert said.conversation is not None
    return said.conversation


def answered(attendant, talk: Conversation, words: str) -> Delivery:
    claim(actor=attendant, conversation=talk)
    said = say(actor=attendant, conversation=talk, client_id=words, text=words)
    return said.deliveries.get()


def test_a_long_mail_is_there_to_its_last_word(attendant):
    talk = writes(BOX.address, "palavra " * 10_000 + "fim.")
    take(BOX, letter(BOX.address, "palavra " * 20_000 + "fim.", **STRANGER))
    assert talk.messages.get(number=2).body.endswith("[…]"), "what is too much even for a mail says so"


def test_a_forged_from_does_not_reach_the_persons_conversation(attendant):
    theirs = writes(BOX.address, "Preciso de uma poda.")
    reply = answered(attendant, theirs, "Qual é a rua?")
    writes(signed(reply), "Rua das Flores.")
    theirs.refresh_from_db()
    assert theirs.proven and theirs.last_number == 3 and not warnings_of(theirs)
    forged = writes(BOX.address, "Mudei de endereço: escrevam para outro lugar.")
    assert forged.pk != theirs.pk and not forged.proven and "maria@example.org" in warnings_of(forged)[0]
    theirs.refresh_from_db()
    assert theirs.last_number == 3, "nothing came into her conversation"


def test_a_reply_to_our_letter_proves_the_conversation_and_leaves_the_first_words_marked(attendant):
    talk = writes(BOX.address, "Preciso de uma poda.")
    assert warnings_of(talk)
    again = writes(signed(answered(attendant, talk, "Qual é a rua?")), "Rua das Flores.")
    assert again.pk == talk.pk and again.proven, "who replied goes on where they were"
    first, _asked, second = again.messages.order_by("number")
    assert doubt_of(first) and not doubt_of(second)


def test_a_second_conversation_is_proven_beside_the_first(attendant):
    first = writes(BOX.address, "Preciso de uma poda.")
    writes(signed(answered(attendant, first, "Qual é a rua?")), "Rua das Flores.")
    second = writes(BOX.address, "Outra coisa: o lixo.")
    writes(signed(answered(attendant, second, "Desde quando?")), "Desde ontem.")
    first.refresh_from_db(), second.refresh_from_db()
    assert second.proven and (first.last_number, second.last_number) == (3, 3)
    writes(signed(second.messages.get(number=2).deliveries.get()), "E também na terça.")
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.last_number, second.last_number) == (3, 4)


def test_a_stranger_is_not_taken_for_whoever_wrote_from_that_address_before(attendant, world):
    talk = writes(BOX.address, "Preciso de uma poda.")
    person = Person.objects.create(agency=world.agency, name="Maria das Dores")
    identify(actor=attendant, conversation=talk, person=person)
    Conversation.objects.filter(pk=talk.pk).update(state="closed", closed_at=talk.opened_at, said_at=talk.opened_at,
                                                   ending="done", owner=None)  # fmt: skip
    Conversation.objects.filter(pk=talk.pk).update(closed_at="2020-01-01T00:00Z", said_at="2020-01-01T00:00Z")
    assert writes(BOX.address, "Quero saber da minha demanda.").person is None


def test_who_replies_to_a_letter_of_another_speaks_as_whom_it_was_sent_to(attendant):
    """A proof is of the letter's own address: a From beside it changes nothing."""
    talk = writes(BOX.address, "Preciso de uma poda.")
    reply = answered(attendant, talk, "Qual é a rua?")
    take(BOX, letter(signed(reply), "Sou outra pessoa.", sender="Joana <joana@example.org>"))
    talk.refresh_from_db()
    assert talk.address == "maria@example.org" and talk.last_number == 3
    assert not Conversation.objects.filter(pk__gt=talk.pk).exists()


def test_a_flood_under_her_name_waits_at_its_server_and_her_replies_come_in(attendant, settings, monkeypatch):
    monkeypatch.setattr(listening.connections, "close_all", lambda: None)  # it is this test's own
    settings.PER_SENDER = [2, 600]
    talk = writes(BOX.address, "Preciso de uma poda.")
    reply = answered(attendant, talk, "Qual é a rua?")
    writes(BOX.address, "Oferta 1")
    for n in (2, 3):
        with pytest.raises(TooMany):
            take(BOX, letter(BOX.address, f"Oferta {n}", **STRANGER))
    assert Receiving((BOX,))._take(letter(BOX.address, "Oferta 4", **STRANGER), [BOX.address]) == LATER
    assert Fault.objects.get(kind="flood").count == 3
    writes(signed(reply), "Rua das Flores.")
