# ruff: noqa: F401, F811 (fixtures that tests share)
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from balcao.inbox.conversations.states import Kind
from balcao.inbox.conversations.tests.conftest import (
    NOW,
    Desk,
    account,
    desk,
    later,
    line,
    phone,
    world,
)
from balcao.inbox.interviews.running import proceed
from balcao.inbox.models import Account, Conversation, Message
from balcao.inbox.outbound import SENDERS
from balcao.inbox.receiving import Incoming, Received, receive


class Talk:
    """One person's talk with the interview on one account: what they give, and what stands under it."""

    def __init__(self, desk: Desk, account: Account, contact: str = "ana", address: str = "5527999990001") -> None:
        self.desk, self.account, self.contact, self.address = desk, account, contact, address
        self.heard, self.seen = 0, 0
        self.now = NOW

    @property
    def conversation(self) -> Conversation:
        found = Conversation.objects.select_related("line", "account", "agency", "person")
        return found.filter(account=self.account).order_by("-pk")[0]

    def gets(self, kind: Kind = Kind.TEXT, **what: Any) -> Received:
        self.heard += 1
        self.now += timedelta(seconds=5)
        told = Incoming(
            provider_id=f"{self.contact}-{self.heard}", contact=self.contact, address=self.address, kind=kind, **what
        )
        return receive(actor=self.desk.system, account=self.account, incoming=told, now=self.now)

    def writes(self, text: str, **what: Any) -> list[Message]:
        return self.gives(text=text, **what)

    def taps(self, id: str, title: str = "") -> list[Message]:
        return self.gives(Kind.REPLY, text=title, details={"id": id, "title": title})

    def gives(self, kind: Kind = Kind.TEXT, **what: Any) -> list[Message]:
        """What was said to it."""
        self.gets(kind, **what)
        return self.goes_on()

    def goes_on(self, now: datetime | None = None) -> list[Message]:
        self.now = now or self.now + timedelta(seconds=1)
        proceed(actor=self.desk.system, conversation=self.conversation, now=self.now)
        return self.said()

    def said(self) -> list[Message]:
        """What was said since this was asked last."""
        mine = Message.objects.filter(conversation=self.conversation, direction="out", number__gt=self.seen)
        found = list(mine.order_by("number"))
        self.seen = found[-1].number or 0 if found else self.seen
        return found


def words(said: list[Message]) -> str:
    return "\n".join(message.body for message in said)


@pytest.fixture
def asked(world, line):
    """The line asks the questions of the service "poda"."""
    line.interview = "service:poda"
    line.save()
    return line


@pytest.fixture
def chat(desk, asked):
    """Over our own chat, which nobody sends to."""
    account = Account.objects.create(agency=desk.world.agency, channel="webchat", key="site", name="Site", line=asked)
    assert "webchat" not in SENDERS
    return Talk(desk, account, address="v1")


@pytest.fixture
def whatsapp(desk, account, asked, phone):
    return Talk(desk, account)
