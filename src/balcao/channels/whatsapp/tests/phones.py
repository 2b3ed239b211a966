"""The simulator's phone in somebody's hand, and our workers: each step is waited for."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from balcao.channels.whatsapp import taking
from balcao.channels.whatsapp.simulator.cloud import Cloud
from balcao.inbox import sending
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.speaking import say
from balcao.inbox.models import Delivery, Message
from balcao.platform.actors import Actor
from balcao.platform.events import react
from balcao.platform.models import Event

HEAR = "balcao.inbox.interviews.running.hear"
# The smallest picture that our check of files takes.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000"
    "000049454e44ae426082"
)


class Phone:
    """The simulator and our workers; each step is waited for."""

    def __init__(self, cloud: Cloud, agency_id: int) -> None:
        self.cloud, self.agency_id = cloud, agency_id

    def writes(self, *words: str) -> None:
        for one in words:
            self.cloud.say("text", {"body": one})
        self.settle()

    def settle(self, now=None) -> None:
        assert self.cloud.courier.idle(20)
        taking.take_in_due(now)

    @property
    def conversation(self) -> Conversation:
        return Conversation.objects.get()

    def hears(self, text: str, **what) -> Delivery:
        """The system says something, and the worker sends it."""
        actor, number = Actor.system(self.agency_id), str(Message.objects.count())
        said = say(actor=actor, conversation=self.conversation, client_id=number, text=text, **what)
        delivery = said.deliveries.get()
        self.tried(delivery)
        return delivery

    def tried(self, delivery: Delivery) -> Delivery:
        """The worker's next try, whenever that is, and what Meta then tells."""
        Delivery.objects.filter(pk=delivery.pk).update(claimed_at=None)
        sending.deliver(delivery.pk)
        self.settle(timezone.now() + timedelta(minutes=1))
        delivery.refresh_from_db()
        return delivery

    @property
    def shown(self) -> list[str]:
        return [one.shown["text"]["body"] for one in self.cloud.bubbles if not one.mine and "text" in one.shown]


def works(phone: Phone) -> str:
    """Our workers do all that waits, twice over: what was done is not done again. What the phone shows since."""
    seen = len(phone.cloud.bubbles)
    phone.settle()
    for event in Event.objects.filter(kind__in=["MessageReceived", "FilesCame"]).order_by("-pk"):
        react(event.pk, HEAR)
    for pk in Delivery.objects.filter(state="queued").order_by("message__number").values_list("pk", flat=True):
        sending.deliver(pk)
    phone.settle(timezone.now())
    return "\n".join(str(one.shown) for one in phone.cloud.bubbles[seen:] if not one.mine)


def says(phone: Phone, words: str) -> str:
    phone.cloud.say("text", {"body": words})
    return works(phone)


def taps(phone: Phone, title: str) -> str:
    """The button or row that shows this title in the last message."""
    last = [one for one in phone.cloud.bubbles if not one.mine][-1]
    action = last.shown["interactive"]["action"]
    rows = [row for part in action.get("sections", []) for row in part["rows"]]
    offered = rows or [one["reply"] for one in action["buttons"]]
    chosen = next(one for one in offered if one["title"] == title)
    how = "list_reply" if rows else "button_reply"
    phone.cloud.say("interactive", {"type": how, how: chosen}, about=last.id)
    return works(phone)
