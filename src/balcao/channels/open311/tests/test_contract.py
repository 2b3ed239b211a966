"""Open311 keeps what every channel promises."""

from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from balcao.channels.contract import InboundContract, Reply

from .conftest import filed

pytestmark = pytest.mark.django_db


class Open311Driver:
    def __init__(self, key: str) -> None:
        self.key, self.client, self.last = key, Client(), {}

    def ask(self, description: str) -> Reply:
        self.last = {"data": filed(self.key, description=description), "idempotency": str(uuid4())}
        return self.again()

    def again(self) -> Reply:
        headers: Any = {"Idempotency-Key": self.last["idempotency"]}
        response = self.client.post("/open311/v2/requests.xml", self.last["data"], headers=headers)
        words = unescape(response.content.decode())
        return Reply(response.status_code == 200 and "<service_request_id>" in words, words)


class TestOpen311(InboundContract):
    @pytest.fixture
    def driver(self, world, key):
        return Open311Driver(key)
