"""One person's WhatsApp, e-mail and chat: one record, which can be taken apart again."""

from __future__ import annotations

import pytest

from balcao.citizens.models import Person
from balcao.inbox.conversations.people import join_talks, part_person
from balcao.inbox.models import Account, Conversation
from balcao.inbox.receiving import Incoming, receive
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.models import Event
from tests.world import make_world

from .conftest import NOW, later


@pytest.fixture
def mailbox(world, line):
    return Account.objects.create(agency=world.agency, channel="email", key="a@b.example", name="Mail", line=line)


@pytest.fixture
def two(desk, mailbox):
    """The same woman, by WhatsApp and by e-mail."""
    talk = desk.writes("maria", name="Maria das Dores").conversation
    told = Incoming(provider_id="m1", contact="maria@example.org", text="Bom dia", name="Maria")
    return talk, receive(actor=desk.system, account=mailbox, incoming=told, now=NOW).conversation


def people() -> list[int | None]:
    return [one.person_id for one in Conversation.objects.order_by("pk")]


def test_two_become_one_whoever_writes_again_stays_it_and_it_is_parted_again(desk, two):
    talk, mail = two
    lead = desk.world.actor("supervisor")
    person = join_talks(actor=lead, conversation=talk, other=mail, now=NOW)
    assert people() == [person.pk, person.pk] and person.name == "Maria das Dores"
    assert join_talks(actor=lead, conversation=talk, other=mail, now=NOW) == person, "joined already: nothing changes"
    assert part_person(actor=lead, conversation=mail, now=NOW) == 1
    assert people() == [person.pk, None]
    parted = Event.objects.get(kind="ConversationParted")
    assert parted.data == {"conversation_id": mail.pk, "person_id": person.pk}, "what it was taken for is known"


def test_who_was_parted_is_not_taken_for_that_person_again(desk, two):
    talk, mail = two
    lead = desk.world.actor("supervisor")
    join_talks(actor=lead, conversation=talk, other=mail, now=NOW)
    Conversation.objects.filter(pk=talk.pk).update(state="closed", ending="done", closed_at=NOW, queued_at=None)
    again = desk.writes("maria", at=later(days=30)).conversation
    assert again.pk != talk.pk and again.person_id
    assert part_person(actor=lead, conversation=again, now=later(days=30)) == 2
    assert desk.writes("maria", at=later(days=31)).conversation.person_id is None


def test_whom_one_side_knew_is_kept_and_the_other_sides_record_stays(desk, two):
    talk, mail = two
    agency = desk.world.agency
    known, double = (Person.objects.create(agency=agency, name=name) for name in ("Maria", "M. das Dores"))
    Conversation.objects.filter(pk=talk.pk).update(person=known)
    Conversation.objects.filter(pk=mail.pk).update(person=double)
    join_talks(actor=desk.world.actor("supervisor"), conversation=talk, other=mail, now=NOW)
    assert people() == [known.pk, known.pk] and Person.objects.filter(pk=double.pk).exists()
    assert Event.objects.get(kind="ConversationParted").data["person_id"] == double.pk


def test_nobody_is_joined_to_a_stranger_to_themselves_or_to_another_agency(desk, two, mailbox):
    talk, mail = two
    lead = desk.world.actor("supervisor")
    forged = Incoming(provider_id="m2", contact="maria@example.org", text="Sou eu", proven=False)
    stranger = receive(actor=desk.system, account=mailbox, incoming=forged, now=NOW).conversation
    with pytest.raises(Refusal):
        join_talks(actor=lead, conversation=talk, other=stranger, now=NOW)
    with pytest.raises(Invalid):
        join_talks(actor=lead, conversation=talk, other=talk, now=NOW)
    other = make_world("outra", default=False, hostname="outra.example.org")
    with pytest.raises(NotAllowed):
        join_talks(actor=other.actor("supervisor"), conversation=talk, other=mail, now=NOW)
    nobody = desk.attendant("b", 2, desk.line)
    nobody_else = desk.world.actor("field_agent")
    with pytest.raises(NotAllowed):
        part_person(actor=nobody_else, conversation=talk, now=NOW)
    assert people() == [None, None, None] and nobody
