"""A person with the simulator's phone is asked, as on any phone: taps buttons and rows, sends a place and a photo."""

from __future__ import annotations

import pytest
from django.utils import timezone

from balcao.cases.models import Case
from balcao.channels.whatsapp import fetching
from balcao.inbox import sending
from balcao.inbox.conversations.states import State
from balcao.inbox.models import Delivery, Line
from balcao.platform.events import react
from balcao.platform.models import Event

from .test_both_ways import PIXEL, Phone, phone  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
HEAR = "balcao.inbox.interviews.running.hear"


def works(phone: Phone) -> str:  # noqa: F811
    """Our workers do all that waits, twice over: what was done is not done again. What the phone shows since."""
    seen = len(phone.cloud.bubbles)
    phone.settle()
    for event in Event.objects.filter(kind__in=["MessageReceived", "FilesCame"]).order_by("-pk"):
        react(event.pk, HEAR)
    for pk in Delivery.objects.filter(state="queued").order_by("message__number").values_list("pk", flat=True):
        sending.deliver(pk)
    phone.settle(timezone.now())
    return "\n".join(str(one.shown) for one in phone.cloud.bubbles[seen:] if not one.mine)


def says(phone: Phone, words: str) -> str:  # noqa: F811
    phone.cloud.say("text", {"body": words})
    return works(phone)


def taps(phone: Phone, title: str) -> str:  # noqa: F811
    """The button or row that shows this title in the last message."""
    last = [one for one in phone.cloud.bubbles if not one.mine][-1]
    action = last.shown["interactive"]["action"]
    rows = [row for part in action.get("sections", []) for row in part["rows"]]
    offered = rows or [one["reply"] for one in action["buttons"]]
    chosen = next(one for one in offered if one["title"] == title)
    how = "list_reply" if rows else "button_reply"
    phone.cloud.say("interactive", {"type": how, how: chosen}, about=last.id)
    return works(phone)


@pytest.fixture
def asked(phone, meta):  # noqa: F811
    Line.objects.update(interview="service:poda")
    return phone


def test_a_whole_interview_over_the_simulated_phone(asked):
    assert "Que tipo de mensagem" in says(asked, "Oi")
    assert "Conte o que" in taps(asked, "Reclamação")
    asked.cloud.faults.repeat = 3  # from now on everything comes three times
    assert "location_request_message" in says(asked, "Galho sobre os fios ⚡")
    asked.cloud.say("location", {"latitude": -22.85, "longitude": -46.32, "address": "Rua A, 10"})
    assert "fotos" in works(asked)
    asked.cloud.send_file(PIXEL, "image/png", "galho.png")
    assert works(asked) == "", "its photo is on its way"
    fetching.fetch_due()
    assert "Recebidos até agora: 1" in works(asked)
    assert "quem é" in taps(asked, "Pronto")
    asked.cloud.say("sticker", {"id": "1", "mime_type": "image/webp"})
    assert "quem é" in works(asked)
    assert "CPF" in says(asked, "1"), "the name and the number are known"
    assert "prioridade" in says(asked, "pular")
    assert "Concordo" in says(asked, "pular")
    review = taps(asked, "Concordo")
    assert "Maria das Dores" in review and "Enviar" in review
    told = taps(asked, "Enviar")
    case = Case.objects.get()
    assert "Código de acesso" in told and "mais alguma coisa" in told
    assert (case.kind, case.channel, case.lat, case.attachments.count()) == ("reclamacao", "whatsapp", -22.85, 1)
    assert case.reporter is not None and case.reporter.contacts.get().value == "+5535991234567", "with its ninth digit"
    assert "0 a 10" in taps(asked, "Não")
    assert "comentário" in says(asked, "10")
    assert asked.conversation.state == State.CLOSED and asked.conversation.score == 10
