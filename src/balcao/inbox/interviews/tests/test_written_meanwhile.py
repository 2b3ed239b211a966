"""What a person writes while the interview says good-bye is read by somebody."""

from __future__ import annotations

import pytest

from balcao.inbox.conversations.states import Kind, State

from .conftest import words
from .test_outcomes import OUTCOMES, SUBJECT, put_up
from .test_running import WHOLE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("further", "state"),
    [("Espera, a rua é outra", State.WAITING), ("muito obrigada", State.CLOSED)],
)
def test_behind_a_no_to_anything_else(chat, further, state):
    for one in WHOLE:
        chat.writes(one)
    assert chat.conversation.asked["stage"] == "more"
    chat.gets(text="não")
    chat.gets(text=further)
    said = words(chat.goes_on())
    talk = chat.conversation
    assert talk.state == state and further in [one.body for one in talk.messages.all()]
    assert (talk.state == State.WAITING) == ("pessoa" in said)
    assert chat.goes_on() == [], "once"


def test_behind_what_sends_it(chat, world, line):
    put_up(world, questions=[SUBJECT], outcomes=[OUTCOMES[-1]])
    line.interview = "casa"
    line.save()
    chat.writes("Oi")
    chat.writes("Horários")
    assert chat.conversation.state == State.INTERVIEW, "they look it over first"
    chat.gets(Kind.REPLY, text="Enviar", details={"id": "!send", "title": "Enviar"})
    chat.gets(text="E no feriado, abrem?")
    said = words(chat.goes_on())
    assert "Abrimos das 8h" in said and chat.conversation.state == State.WAITING and chat.conversation.waits_for_us
