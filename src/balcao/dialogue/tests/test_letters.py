"""An interview by letter: everything that is open at once, a number for each, and corrections by the same numbers."""

from __future__ import annotations

from balcao.dialogue import Ask, Ended, Finished, Handover, Review, State, Tell, Turn, ahead, begin, read_reply
from balcao.dialogue.rendering import render_letter

from .examples import NOW, VALIDATORS
from .triage import triage

SCRIPT = triage()
FIRST = """Bom dia,

1. Ana Souza
2. 529.982.247-25
3) não sei
4. sim
5. 12/05/1990
6. 1.500,00
7. 2
8. Guarda
9. 7
12. O pai não devolve as crianças.
Ele mora em outra cidade.
"""


def started() -> Turn:
    return ahead(begin(SCRIPT, now=NOW, validators=VALIDATORS))


def reply(state: State, words: str, *files: str) -> Turn:
    return ahead(read_reply(SCRIPT, state, words, files, now=NOW))


def test_all_that_is_open_stands_in_one_letter_with_its_number_and_its_choices():
    letter = render_letter(started().prompts)
    asked = [one for one in started().prompts if isinstance(one, Ask)]
    assert [one.number for one in asked] == sorted(one.number for one in asked) and len(asked) > 8
    assert "1. Qual é o seu nome?" in letter and "• Sim" in letter and "Responda a este e-mail" in letter
    assert letter.startswith("Primeiro, quem é você.") and "falar com uma pessoa" in letter


def test_one_reply_answers_them_all_and_what_is_left_out_is_asked_again():
    turn = reply(started().state, FIRST)
    values = turn.state.interview.values
    assert values["name"] == "Ana Souza" and values["born"] == "1990-05-12" and values["people"] == 2
    assert values["story"].endswith("Ele mora em outra cidade.")
    left = [one.number for one in turn.prompts if isinstance(one, Ask)]
    assert left == [10, 11]
    assert "10. " in render_letter(turn.prompts) and "1. Qual é o seu nome?" not in render_letter(turn.prompts)


def test_what_is_wrong_stands_with_its_question_and_the_rest_is_kept():
    turn = reply(started().state, "1. Ana Souza\n2. 123\n5. amanhã talvez")
    letter = render_letter(turn.prompts)
    assert turn.state.interview.values["name"] == "Ana Souza" and "cpf" not in turn.state.interview.values
    block = letter[letter.index("2. Qual é o seu CPF?") :]
    assert len(block.split("\n")[1]) > 10, "why it was not taken"


def finished() -> Turn:
    turn = reply(started().state, FIRST, "foto-1")
    assert turn.state.interview.values["papers"] == ["foto-1"]
    return reply(turn.state, "11. pular")


def test_the_review_has_the_same_numbers_and_a_number_corrects_there_too():
    turn = finished()
    assert isinstance(turn.prompts[-1], Review)
    assert "1. Qual é o seu nome? Ana Souza" in render_letter(turn.prompts)
    turn = reply(turn.state, "1. Ana Maria Souza\n\nObrigada!")
    assert "Ana Maria Souza" in render_letter(turn.prompts) and isinstance(turn.prompts[-1], Review)
    sent = reply(turn.state, "Enviar\n\nAtenciosamente,\nAna")
    assert isinstance(sent.prompts[-1], Finished)


def test_numbers_within_somebodys_words_are_no_questions():
    turn = finished()
    turn = reply(turn.state, "Moro aqui há muito tempo e quero contar mais uma coisa sobre isto tudo, vejam:\n1. Rui")
    assert turn.state.interview.values["name"] == "Ana Souza"


def test_without_numbers_nobody_guesses_which_question_was_meant():
    turn = reply(started().state, "Ana Souza")
    assert isinstance(turn.prompts[0], Tell) and not turn.state.interview.values
    assert isinstance(reply(started().state, "falar com uma pessoa").prompts[-1], Handover)


def test_the_one_question_that_is_open_needs_no_number():
    turn = reply(started().state, FIRST, "foto-1")
    assert isinstance(reply(turn.state, "pular").prompts[-1], Review)


def test_an_answer_that_ends_it_ends_it():
    turn = reply(started().state, "1. Ana Souza\n2. não tenho\n3. não sei\n4. não\n5. 12/05/1990")
    assert isinstance(turn.prompts[-1], Ended) and "Procure a Defensoria" in render_letter(turn.prompts)
