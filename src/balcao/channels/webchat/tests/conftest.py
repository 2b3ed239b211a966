"""A web chat of the world's agency, and visitors on its page and on other sites."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from balcao.channels.webchat.telling import forget_boards
from balcao.inbox.models import Account, Conversation, Line
from tests.world import World

SITE = "https://www.vila-serena.sp.gov.br"


@pytest.fixture(autouse=True)
def fresh():
    caches["process"].clear()
    forget_boards()


@pytest.fixture
def line(world: World) -> Line:
    return Line.objects.create(agency=world.agency, slug="cac", name="CAC")


@pytest.fixture
def account(world: World, line: Line) -> Account:
    return Account.objects.create(
        agency=world.agency, channel="webchat", key="cac", name="CAC", line=line, origins=[SITE]
    )


@dataclass
class Site:
    """A widget on another site: what it sends has a token and an origin, and never a cookie."""

    token: str = "t" * 43
    origin: str = SITE
    client: Client = field(default_factory=Client)

    def _headers(self) -> dict[str, str]:
        return {"HTTP_AUTHORIZATION": f"Bearer {self.token}", "HTTP_ORIGIN": self.origin}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/chat/cac/{path}", query, **self._headers())

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(
            f"/chat/cac/{path}", json.dumps(body), content_type="application/json", **self._headers()
        )

    def says(self, text: str, client_id: str = "") -> Any:
        return self.post("send/", text=text, client_id=client_id or f"client-{abs(hash(text))}")

    @property
    def heard(self) -> list[str]:
        return [one["text"] for one in self.get("messages/").json()["messages"]]


@pytest.fixture
def visitor(account: Account) -> Site:
    return Site()


@pytest.fixture
def stranger(account: Account) -> Site:
    return Site(token="s" * 43)


def talk() -> Conversation:
    return Conversation.objects.get()
