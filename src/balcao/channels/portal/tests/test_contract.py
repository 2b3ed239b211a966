"""The portal keeps what every channel promises."""

from html import unescape
from typing import Any

import pytest

from balcao.channels.contract import InboundContract, Reply

from .driver import Walker

pytestmark = pytest.mark.django_db


class PortalDriver:
    def __init__(self, world: Any) -> None:
        self.walker = Walker(world.service)
        self.draft = ""

    def ask(self, description: str) -> Reply:
        said = self.walker.what(description=description)
        if said.status_code != 302:
            return Reply(False, unescape(said.content.decode()))
        self.walker.where(), self.walker.files(), self.walker.who()
        self.draft = self.walker.draft()
        return self.again()

    def again(self) -> Reply:
        response = self.walker.client.post(self.walker.url("enviar"), {"draft": self.draft}, follow=True)
        words = unescape(response.content.decode())
        return Reply("data-access-code" in words, words)


class TestPortal(InboundContract):
    @pytest.fixture
    def driver(self, world):
        return PortalDriver(world)
