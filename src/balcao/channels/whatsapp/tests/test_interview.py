"""A person with the simulator's phone is asked, as on any phone: taps buttons and rows, sends a place and a photo."""

from __future__ import annotations

import pytest

from balcao.cases.models import Case
from balcao.channels.whatsapp import fetching
from balcao.inbox.conversations.states import State

from .phones import PIXEL, says, taps, works

pytestmark = pytest.mark.django_db(transaction=True)


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
