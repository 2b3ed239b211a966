# ruff: noqa: F401, F811 (fixtures that tests share)
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.tests.conftest import NOW, Desk, account, desk, later, line, phone, world
from balcao.inbox.handing.asking import ask
from balcao.inbox.handing.passing import pass_on
from balcao.inbox.models import Account, Conversation, Handover, Line, Message
from balcao.platform.actors import Actor
from balcao.platform.models import Event
from tests.world import World, make_world

SOON = later(minutes=5)
NUMBER = "5535999990001"


@dataclass
class There:
    """Another agency of the installation with an open line and a number of its own."""

    world: World
    line: Line
    account: Account

    @property
    def talks(self) -> list[Conversation]:
        return list(Conversation.objects.filter(agency=self.world.agency).order_by("pk"))

    def notes(self) -> str:
        said = Message.objects.filter(agency=self.world.agency, purpose="note").order_by("pk")
        return "\n\n".join(one.body for one in said)


@pytest.fixture
def procon(db) -> There:
    world = make_world("procon", default=False, hostname="procon.example.org")
    line = Line.objects.create(agency=world.agency, slug="consumo", name="Defesa do consumidor", open_to_others=True)
    account = Account.objects.create(agency=world.agency, channel="whatsapp", key="9000", name="PROCON", line=line)
    return There(world, line, account)


@dataclass
class Asked:
    """A woman who talks with an attendant, and may be asked."""

    desk: Desk
    ana: Actor
    address: str = NUMBER
    contact: str = "maria"

    @property
    def talk(self) -> Conversation:
        return Conversation.objects.get(account=self.desk.account)

    def says(self, text: str, **what: Any) -> None:
        """With whatever follows from it."""
        what = {"address": self.address, "name": "Maria das Dores", "at": SOON, **what}
        self.desk.writes(self.contact, text, **what)
        self.goes_on(what["at"])

    def taps(self, id: str) -> None:
        self.says("", kind="reply", details={"id": id, "title": ""})

    def goes_on(self, at: datetime = SOON) -> None:
        for event in Event.objects.filter(kind="HandoverAnswered"):
            pass_on(event.data["handover_id"], at)

    def is_asked(self, line: Line, note: str = "Cobrança indevida", **more: Any) -> Handover:
        return ask(actor=self.ana, conversation=self.talk, line=line, note=note, **{"now": later(minutes=2), **more})

    def heard(self) -> Message:
        """What was said to her last."""
        return Message.objects.filter(conversation=self.talk, direction="out").exclude(purpose="note").latest("number")


@pytest.fixture
def maria(desk, phone) -> Asked:
    found = Asked(desk, desk.attendant("ana"))
    found.says("Fui cobrada duas vezes", at=NOW)
    claim(actor=found.ana, conversation=found.talk, now=later(minutes=1))
    return found
