from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from balcao.inbox.conversations.presence import beat, set_up_attendant
from balcao.inbox.models import Account, Conversation, Line
from balcao.inbox.outbound import SENDERS, Outgoing
from balcao.inbox.receiving import Incoming, Received, receive
from balcao.organization.models import Staff
from balcao.organization.queries import actor_of
from balcao.platform.actors import Actor
from tests.world import World, add_staff, make_world

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)  # a Monday, 11:00 in São Paulo


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def line(world):
    return Line.objects.create(agency=world.agency, slug="geral", name="Atendimento geral")


@pytest.fixture
def account(world, line):
    return Account.objects.create(agency=world.agency, channel="whatsapp", key="1000", name="CAC", line=line)


@pytest.fixture
def other_account(world, line):
    return Account.objects.create(agency=world.agency, channel="whatsapp", key="2000", name="PROCON", line=line)


@dataclass
class Desk:
    """A line with its number, people who write to it and attendants who serve it."""

    world: World
    line: Line
    account: Account
    heard: int = 0

    @property
    def system(self) -> Actor:
        return Actor.system(self.world.agency.pk)

    def writes(self, contact: str, text: str = "Oi", at: datetime = NOW, **more: Any) -> Received:
        self.heard += 1
        told = Incoming(provider_id=f"in-{self.heard}", contact=contact, text=text, **more)
        return receive(actor=self.system, account=self.account, incoming=told, now=at)

    def attendant(
        self, tag: str, capacity: int = 2, *lines: Line, at: datetime | None = NOW, languages: Sequence[str] = ()
    ) -> Actor:
        staff: Staff = add_staff(self.world.agency, self.world.roles["attendant"], tag=f"-{tag}")
        admin = self.world.actor("administrator")
        served = lines or [self.line]
        set_up_attendant(actor=admin, staff=staff, capacity=capacity, lines=served, languages=languages)
        if at is not None:
            beat(actor=actor_of(staff), now=at)
        return actor_of(staff)

    def held_by(self, actor: Actor) -> list[str]:
        return [c.contact for c in Conversation.objects.filter(owner_id=actor.id).order_by("pk")]


@pytest.fixture
def desk(world, line, account):
    return Desk(world, line, account)


class Phone:
    """The other side of a channel: keeps what it was handed and names it."""

    def __init__(self) -> None:
        self.got: list[Outgoing] = []
        self.fails: list[Exception] = []

    def send(self, message: Outgoing) -> str:
        if self.fails:
            raise self.fails.pop(0)
        self.got.append(message)
        return f"wamid.out.{len(self.got)}"


@pytest.fixture
def phone(monkeypatch):
    phone = Phone()
    monkeypatch.setitem(SENDERS, "whatsapp", phone)
    return phone


def later(**time: float) -> datetime:
    return NOW + timedelta(**time)
