"""Conversations under many hands at once, with real connections: once, in one order, to one attendant, in turn."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from balcao.citizens.actions import know_person
from balcao.inbox.conversations.lines import assign_waiting, claim, let_go, pull_next, transfer
from balcao.inbox.conversations.pausing import close, snooze
from balcao.inbox.conversations.people import join_talks, part_person
from balcao.inbox.conversations.presence import beat, leave, set_up_attendant
from balcao.inbox.conversations.speaking import mark_read, say
from balcao.inbox.conversations.statuses import move_status
from balcao.inbox.models import Account, Conversation, Delivery, EarlyStatus, Line, Message
from balcao.inbox.outbound import SENDERS
from balcao.inbox.receiving import Incoming, receive, receive_all
from balcao.inbox.sending import deliver
from balcao.organization.queries import actor_of
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from tests.world import World, add_staff, make_world

from .test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
ACTS = 25  # of each hand


def number_of(world: World) -> Account:
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral")
    return Account.objects.create(agency=world.agency, channel="whatsapp", key="1000", name="CAC", line=line)


def attendants(world: World, line: Line, many: int, capacity: int) -> list[Actor]:
    found = []
    for n in range(many):
        staff = add_staff(world.agency, world.roles["attendant"], tag=f"-{n}")
        set_up_attendant(actor=world.actor("administrator"), staff=staff, capacity=capacity, lines=[line])
        found.append(actor_of(staff))
        beat(actor=found[-1], now=NOW)
    return found


def people_write(world: World, account: Account, many: int) -> list[int]:
    system = Actor.system(world.agency.pk)
    pks = []
    for n in range(many):
        told = Incoming(provider_id=f"first-{n}", contact=f"p{n}", text="Oi")
        at = NOW + timedelta(seconds=n)
        pks.append(receive(actor=system, account=account, incoming=told, now=at).conversation.pk)
    return pks


def test_eight_webhooks_deliver_the_same_twenty_messages_each_in_its_own_order():
    world = make_world()
    account = number_of(world)
    system = Actor.system(world.agency.pk)
    told = [Incoming(provider_id=f"in-{n}", contact=f"p{n % 3}", text=f"palavra {n}") for n in range(20)]

    def deliver_all(number: int) -> list[bool]:
        mine = random.Random(number).sample(told, len(told))
        if number % 2:
            return [r.repeat for r in receive_all(actor=system, account=account, incoming=mine)]
        return [receive(actor=system, account=account, incoming=one).repeat for one in mine]

    done = at_once(8, deliver_all)
    assert not [d for d in done if isinstance(d, Exception)], done
    assert sum(repeats.count(False) for repeats in done) == 20 == Message.objects.count()
    assert Conversation.objects.count() == 3
    for talk in Conversation.objects.all():
        numbers = Message.objects.filter(conversation=talk).order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, talk.last_number + 1)) and talk.staff_unread == talk.last_number


def test_six_attendants_pull_at_once_and_take_the_first_six():
    world = make_world()
    account = number_of(world)
    waiting = people_write(world, account, 9)
    pullers = attendants(world, account.line, 6, 4)
    taken = at_once(6, lambda n: pull_next(actor=pullers[n], now=NOW))
    assert not [t for t in taken if isinstance(t, Exception)], taken
    assert sorted(t.pk for t in taken) == waiting[:6]
    assert Conversation.objects.filter(state="held").values("owner").distinct().count() == 6


def test_five_workers_give_out_at_once_nobody_twice_nobody_more_than_their_room():
    world = make_world()
    account = number_of(world)
    waiting = people_write(world, account, 9)
    present = attendants(world, account.line, 3, 2)
    system = Actor.system(world.agency.pk)
    given = at_once(5, lambda n: assign_waiting(actor=system, agency_id=world.agency.pk, now=NOW))
    assert not [g for g in given if isinstance(g, Exception)], given
    assert sorted(talk.pk for one in given for talk in one) == waiting[:6]
    assert [Conversation.objects.filter(owner_id=actor.id).count() for actor in present] == [2, 2, 2]


def test_a_report_that_comes_while_the_message_is_being_named_is_not_lost(monkeypatch):
    world = make_world()
    account = number_of(world)
    system = Actor.system(world.agency.pk)

    class Phone:
        def send(self, message):
            return f"out-{message.message_id}"

    monkeypatch.setitem(SENDERS, "whatsapp", Phone())
    talks = [Conversation.objects.get(pk=pk) for pk in people_write(world, account, 6)]
    for talk in talks:
        say(actor=system, conversation=talk, client_id="1", text="Bom dia")
    said = list(Delivery.objects.order_by("pk").values_list("pk", "message_id"))

    def both(number: int) -> None:
        delivery, message = said[number // 2]
        if number % 2:
            deliver(delivery)
        else:
            move_status(actor=system, account=account, provider_id=f"out-{message}", state="read")

    assert at_once(12, both) == [None] * 12
    assert set(Delivery.objects.values_list("state", flat=True)) == {"read"}
    assert not EarlyStatus.objects.exists()


def test_whatever_many_hands_do_at_once_each_word_is_there_once_and_nobody_is_left_alone():
    world = make_world()
    account = number_of(world)
    Account.objects.update(channel="webchat")
    account.refresh_from_db()
    other = Line.objects.create(agency=world.agency, slug="procon", name="PROCON")
    system, hands = Actor.system(world.agency.pk), attendants(world, account.line, 5, 9)
    set_up_attendant(
        actor=world.actor("administrator"),
        staff=world.staff["supervisor"],
        capacity=9,
        lines=[account.line, other],
    )
    hands.append(world.actor("supervisor"))
    for hand in hands:
        beat(actor=hand)
    talks = [Conversation.objects.get(pk=pk) for pk in people_write(world, account, 3)]
    person = know_person(actor=system, agency_id=world.agency.pk, name="Maria", locale="pt-br")[0]
    Conversation.objects.filter(pk=talks[0].pk).update(person=person)

    def work(number: int) -> tuple[set[str], set[str]]:
        chance, hand, heard, said = random.Random(number), hands[number], set[str](), set[str]()

        def writes(talk: Conversation) -> None:
            name = f"{number}-{chance.randrange(12)}"  # some of them again
            told = Incoming(provider_id=name, contact=talk.contact, text=name)
            receive(actor=system, account=account, incoming=told)
            heard.add(name)

        def answers(talk: Conversation) -> None:
            name = f"{number}-{chance.randrange(12)}"
            said.add(say(actor=hand, conversation=talk, client_id=name, text=name).key)

        acts: list[Callable[[Conversation], object]] = [
            writes,
            writes,
            writes,
            answers,
            answers,
            lambda talk: claim(actor=hand, conversation=talk),
            lambda talk: let_go(actor=hand, conversation=talk),
            lambda talk: pull_next(actor=hand),
            lambda talk: transfer(actor=hand, conversation=talk, line=chance.choice([account.line, other]), note="x"),
            lambda talk: snooze(actor=hand, conversation=talk, until=timezone.now() + timedelta(hours=1)),
            lambda talk: close(actor=hand, conversation=talk, all_read=True),
            lambda talk: mark_read(actor=hand, conversation=talk, number=chance.randrange(1, 40)),
            lambda talk: join_talks(actor=hand, conversation=talk, other=chance.choice(talks)),
            lambda talk: part_person(actor=hand, conversation=talk),
            lambda talk: (leave(actor=hand), beat(actor=hand)),
            lambda talk: assign_waiting(actor=system, agency_id=world.agency.pk),
        ]
        for _act in range(ACTS):
            with suppress(Refusal):
                chance.choice(acts)(chance.choice(talks))
        return heard, said

    done = at_once(len(hands), work)
    assert not [d for d in done if isinstance(d, Exception)], done
    assert not set().union(*(heard for heard, _said in done)) - {m.provider_id for m in Message.objects.all()}
    assert not set().union(*(said for _heard, said in done)) - {m.key for m in Message.objects.all()}
    for talk in Conversation.objects.all():
        words = list(talk.messages.order_by("number"))
        assert [word.number for word in words] == list(range(1, talk.last_number + 1))
        unread = [w for w in words if w.direction == "in" and w.number > talk.staff_read]
        assert talk.staff_unread == len(unread) and talk.waits.filter(ended_at=None).count() == (
            talk.state == "waiting"
        )
