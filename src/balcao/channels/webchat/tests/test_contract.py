"""The web chat keeps what each channel promises: a visitor's page posts, asks what was said, and posts again."""

from __future__ import annotations

from typing import Any

import pytest

from balcao.channels.contract import InboundContract, Reply, TalkContract
from balcao.inbox.models import Line
from balcao.platform.events import react
from balcao.platform.models import Event

from .conftest import Site

pytestmark = pytest.mark.django_db
HEAR = "balcao.inbox.interviews.running.hear"
SKIP = "!skip"


class Page:
    """What a visitor's page sends, and sends again when it heard no answer."""

    def __init__(self, site: Site) -> None:
        self.site, self.count, self.last = site, 0, dict[str, Any]()

    def sends(self, **given: Any) -> bool:
        self.count += 1
        self.last = {"client_id": f"client-{self.count:04}", **given}
        return self.once_more()

    def once_more(self) -> bool:
        return self.site.post("send/", **self.last).status_code == 200

    @property
    def told(self) -> list[dict[str, Any]]:
        """What the page shows of ours."""
        return [one for one in self.site.get("messages/").json()["messages"] if one["from"] != "me"]


class Writer(Page):
    def write(self, text: str) -> bool:
        return self.sends(text=text)

    def again(self) -> bool:
        return self.once_more()

    def settle(self) -> None:
        """What is acknowledged has its place."""


class TestTalksInTheWebChat(TalkContract):
    keeps = "balcao.channels.webchat.hearing.receive"

    @pytest.fixture
    def talking(self, visitor):
        return Writer(visitor)


class Asker(Page):
    """Taps and writes through the interview of the world's service; what need not be said is skipped."""

    def ask(self, description: str) -> Reply:
        answers: dict[str, dict[str, Any]] = {
            "kind": {"tap": "kind=reclamacao", "title": "Reclamação"},
            "description": {"text": description},
            "location": {"lat": -22.85, "lon": -46.32},
            "who": {"tap": "who=identified", "title": "Yes"},
            "who_name": {"text": "Maria das Dores"},
            "consent": {"tap": "consent=true", "title": "I agree"},
        }
        self.gives(text="Hello")
        while "!send" not in self.offered:
            code = self.told[-1]["bubble"]["code"]
            if code in answers:
                self.gives(**answers.pop(code))
            elif f"{code}{SKIP}" in self.offered:
                self.gives(tap=f"{code}{SKIP}", title="Skip")
            else:
                return self.seen()  # asked once more: the answer was not taken
        self.gives(tap="!send", title="Send")
        return self.seen()

    def again(self) -> Reply:
        """The last press is posted again, and our workers try again what failed."""
        assert self.once_more()
        self.works()
        return self.seen()

    def gives(self, **given: Any) -> None:
        assert self.sends(**given)
        self.works()

    def works(self) -> None:
        """Our workers do all that waits, twice over: what was done is not done again."""
        for event in Event.objects.filter(kind="MessageReceived").order_by("-pk"):
            react(event.pk, HEAR)

    @property
    def offered(self) -> list[str]:
        return [choice["id"] for choice in self.told[-1].get("bubble", {}).get("choices", [])]

    def seen(self) -> Reply:
        shown = "\n".join(one["text"] for one in self.told)
        return Reply("Access code" in shown, shown)


class TestDemandsInTheWebChat(InboundContract):
    @pytest.fixture
    def driver(self, visitor, line: Line):
        line.interview = "service:poda"
        line.save()
        return Asker(visitor)
