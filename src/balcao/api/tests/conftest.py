"""A system with a key, and what it says to us."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from balcao.insights.tests.conftest import events_are_settled as events_are_settled
from balcao.organization.actions import make_key
from balcao.organization.keys import SCOPES
from balcao.organization.models import ApiKey
from tests.world import World, make_world


class Caller:
    """Calls with a key; `last` is the whole response."""

    def __init__(self, raw: str, key: ApiKey) -> None:
        self.raw, self.key, self.client = raw, key, Client()

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.raw}", "Accept-Language": "en", **headers}
        sent = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        self.last = self.client.generic(method, f"/api/{path}", headers=headers, **sent)
        return self.last.status_code, self.last.json() if self.last.content else None


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def key(world: World) -> Callable[..., Caller]:
    """Make a caller: all scopes, or those that are named; `of` another world."""

    def make(*scopes: str, of: World = world, **fields: Any) -> Caller:
        made = ApiKey(
            agency=of.agency, name="Zeladoria", scopes=list(scopes or SCOPES), **{"per_minute": 10_000, **fields}
        )
        kept, raw = make_key(actor=of.actor("administrator"), key=made)
        return Caller(raw, kept)

    return make
