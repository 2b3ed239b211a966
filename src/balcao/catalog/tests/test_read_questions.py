"""A case shows the words of the questions that its own version of the service asked, never their codes."""

import pytest

from balcao.catalog.models import ServiceVersion
from balcao.catalog.questions import BadQuestion, check_questions, read_questions
from balcao.dialogue import display

SIZE = {
    "code": "size",
    "type": "singlevaluelist",
    "prompt": {"pt-br": "Qual é o tamanho?", "en": "How large is it?"},
    "options": [{"value": "s", "label": "Menor que um prato"}, {"value": "l", "label": "Maior que um pneu"}],
}
DANGER = {"code": "danger", "type": "boolean", "prompt": "Alguém caiu ali?", "when": {"eq": ["kind", "reclamacao"]}}


def test_questions_come_in_their_order_with_their_words():
    size, danger = read_questions(ServiceVersion(script={"questions": [SIZE, DANGER]}))
    assert size.prompt.say("pt-br") == "Qual é o tamanho?"
    assert display(size, "l", "pt-br") == "Maior que um pneu"
    assert display(danger, False, "pt-pt") == "Não"


def test_a_service_without_questions_or_with_broken_ones_has_none_to_read():
    assert read_questions(ServiceVersion(script={})) == []
    assert read_questions(ServiceVersion(script={"questions": [{"code": "x", "type": "riddle", "prompt": "?"}]})) == []


@pytest.mark.parametrize("shorthand", [False, True])
def test_a_question_to_which_nobody_can_come_is_not_kept(shorthand):
    never = {"all": [{"eq": ["size", True]}, {"eq": ["size", False]}]}
    last = {"code": "me", "type": "identity"} if shorthand else {"code": "never", "type": "text", "prompt": "?"}
    questions = [{"code": "size", "type": "boolean", "prompt": "?"}, {**last, "when": never}]
    with pytest.raises(BadQuestion) as refused:
        check_questions("poda", questions, kinds=["solicitacao", "elogio"])
    assert refused.value.path == "questions[1].when" and "Question 2" in str(refused.value.sentence)
    check_questions(
        "poda", [questions[0], {**last, "when": {"eq": ["kind", "elogio"]}}], kinds=["solicitacao", "elogio"]
    )
