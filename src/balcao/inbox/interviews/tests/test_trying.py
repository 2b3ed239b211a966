"""Trying an interview: the real engine, step by step, and what would follow; nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from balcao.inbox.interviews.definitions import load_definition
from balcao.inbox.interviews.trying import Trial, play
from balcao.inbox.models import Conversation
from tests.world import World

from .test_definitions import BILL, written

pytestmark = pytest.mark.django_db


def tried(world: World, *given: Any, **changes: Any) -> Trial:
    return play(load_definition(written(BILL, **changes)), given, agency=world.agency)


def test_each_step_shows_what_the_person_would_see(world: World) -> None:
    first = tried(world)
    assert [one.text for one in first.said] == ["Sobre o quê?"] and first.waits
    assert [choice.label for choice in first.waits.choices] == ["Uma conta", "A luz da rua"]
    second = tried(world, {"tap": "subject=bill"})
    assert [one.text for one in second.said][1:] == ["Uma conta", "O que aconteceu?"]


def test_it_ends_with_what_would_follow(world: World) -> None:
    done = tried(world, {"tap": "subject=bill"}, {"text": "Veio em dobro"}, {"tap": "!send"})
    assert done.over == "sent" and done.outcome and done.outcome.line == "procon"
    assert done.answers == {"subject": "bill", "told": "Veio em dobro"}
    other = tried(world, {"text": "2"}, {"text": "Apagada"}, {"text": "enviar"})
    assert other.over == "sent" and other.outcome is None
    assert tried(world, {"text": "falar com uma pessoa"}).over == "person"
    assert not Conversation.objects.exists()


def test_files_and_ticks_are_taken_and_nonsense_is_passed_over(world: World) -> None:
    options = [{"value": "a", "label": "Luz"}, {"value": "b", "label": "Água"}]
    questions = [
        {"code": "which", "type": "multivaluelist", "prompt": "Quais?", "required": True, "options": options},
        {"code": "photos", "type": "files", "prompt": "Fotos", "max": 2},
    ]
    steps = [{"slug": "one", "title": "Um", "questions": questions}]
    definition = load_definition(written(steps=steps))
    given = [None, {"raw": [3]}, {"x": 1}, {"raw": ["a", "b"]}, {"raw": ["photo"]}, {"raw": ["photo"]}]
    done = play(definition, given, agency=world.agency)
    assert [one.text for one in done.said if one.ours is None] == ["Luz, Água", "(uma foto)", "(uma foto)"]
    assert done.waits and [choice.id for choice in done.waits.choices] == ["!send", "!correct"]
