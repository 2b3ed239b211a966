"""WhatsApp keeps what each channel promises: Meta delivers, again and again; a person asks and talks on their phone."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from balcao.channels.contract import InboundContract, Reply, TalkContract
from balcao.channels.whatsapp import taking

from .conftest import Meta, fixture
from .phones import Phone, says, taps, works

pytestmark = pytest.mark.django_db(transaction=True)


class PersonWithPhone:
    """Walks through the interview of the world's service on the simulator's phone."""

    def __init__(self, asked: Phone) -> None:
        self.phone, self.last = asked, dict[str, Any]()
        courier = asked.cloud.courier
        self.hand, courier.hand = courier.hand, self.delivered

    def delivered(self, payload: dict[str, Any]) -> None:
        if "messages" in payload["entry"][0]["changes"][0]["value"]:
            self.last = payload
        self.hand(payload)

    def ask(self, description: str) -> Reply:
        says(self.phone, "Oi")
        taps(self.phone, "Reclamação")
        if "location_request_message" not in says(self.phone, description):
            return self.seen()
        self.phone.cloud.say("location", {"latitude": -22.85, "longitude": -46.32, "address": "Rua A, 10"})
        works(self.phone)
        for words in ("pular", "1", "pular", "pular"):
            says(self.phone, words)
        taps(self.phone, "Concordo")
        taps(self.phone, "Enviar")
        return self.seen()

    def again(self) -> Reply:
        """Meta delivers the last press again, and our workers try what failed again."""
        self.hand(self.last)
        works(self.phone)
        return self.seen()

    def seen(self) -> Reply:
        shown = "\n".join(str(one.shown) for one in self.phone.cloud.bubbles if not one.mine)
        return Reply("Código de acesso" in shown, shown)


class TestDemandsOnWhatsApp(InboundContract):
    explains = "descreva com letras"

    @pytest.fixture
    def driver(self, asked):
        return PersonWithPhone(asked)


class MetaDelivers:
    """Signed batches with one text each."""

    def __init__(self, meta: Meta) -> None:
        self.meta, self.last, self.count = meta, dict[str, Any](), 0

    def write(self, text: str) -> bool:
        self.count += 1
        self.last = copy.deepcopy(fixture("text"))
        message = self.last["entry"][0]["changes"][0]["value"]["messages"][0]
        message |= {"id": f"wamid.{self.count}", "timestamp": str(1_790_000_000 + self.count)}
        message["text"]["body"] = text
        return self.again()

    def again(self) -> bool:
        return self.meta.deliver(self.last) == 200

    def settle(self) -> None:
        taking.take_in_due()


class TestTalksOnWhatsApp(TalkContract):
    keeps = "balcao.channels.whatsapp.webhook.keep"

    @pytest.fixture
    def talking(self, meta):
        return MetaDelivers(meta)
