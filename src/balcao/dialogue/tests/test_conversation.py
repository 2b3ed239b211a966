"""The interview as people have it in a chat: answers, commands, corrections, the review, a newer script."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from balcao.dialogue import (
    Ask,
    DamagedState,
    Ended,
    Finished,
    Handover,
    Lack,
    Raw,
    Refused,
    Review,
    Script,
    State,
    Tap,
    Tell,
    Turn,
    VersionMismatch,
    WhichOne,
    Words,
    begin,
    load_script,
    load_state,
    save_state,
    step,
)

from .examples import NOW, VALIDATORS
from .triage import TRIAGE, triage

CPF = "529.982.247-25"
ANSWERS = ("Ana Souza", CPF, "não sei", "sim", "25/04/1950", "R$ 1.412,50", "3", "1, 3", "8", "pular", "pular")


def fresh(script: Script | None = None) -> Turn:
    return begin(script or triage(), now=NOW, validators=VALIDATORS)


def say(turn: Turn, *lines: str) -> Turn:
    for line in lines:
        turn = step(turn.state.interview.script, turn.state, Words(line), now=NOW)
    return turn


def asked(turn: Turn) -> str:
    last = turn.prompts[-1]
    assert isinstance(last, Ask), turn.prompts
    return last.question.code


def to_review(*story: str) -> Turn:
    turn = say(fresh(), *ANSWERS, *(story or ("Preciso de pensão",)))
    assert isinstance(turn.prompts[-1], Review)
    return turn


def test_the_conversation_begins_with_what_the_step_says_and_its_first_question() -> None:
    turn = fresh()
    assert isinstance(turn.prompts[0], Tell) and turn.prompts[0].text.say("en") == "First, who you are."
    assert asked(turn) == "name"


def test_a_whole_triage_is_answered_reviewed_and_sent() -> None:
    turn = say(to_review(), "sim")
    (last,) = turn.prompts
    assert isinstance(last, Finished)
    values = last.answers.values
    assert values["salary"] == 1412.5 and values["subjects"] == ["pensao", "divida"] and values["urgency"] == 8
    assert (values["age"], values["house"]) == (76, 4), "computed from the answers"
    assert last.answers.lacks == {"mother": Lack.UNKNOWN}
    assert "age" not in last.answers.given_at
    assert say(turn, "obrigada").prompts == (last,), "a repeated message is answered the same"


def test_what_follows_from_an_answer_is_told_and_stands_in_the_review() -> None:
    turn = say(fresh(), *ANSWERS[:5])
    assert [p.text.say() for p in turn.prompts if isinstance(p, Tell)] == ["Você tem prioridade."]
    young = say(fresh(), *ANSWERS[:4], "01/01/2000")
    assert not any(isinstance(p, Tell) for p in young.prompts)
    review = to_review().prompts[-1]
    assert isinstance(review, Review)
    told = {line.question.code: line.text for line in review.lines}
    assert told["age"] == "76" and told["mother"] == "Não sei" and told["salary"] == "R$ 1.412,50"


def test_an_answer_that_ends_the_interview_says_what_to_do_and_sends_nothing() -> None:
    turn = say(fresh(), *ANSWERS[:3], "não")
    (last,) = turn.prompts
    assert isinstance(last, Ended) and last.question.url == "https://example.org/defensorias"
    for line in ("sim", "enviar", "e agora?"):
        assert isinstance(say(turn, line).prompts[-1], Ended)
    assert isinstance(step(triage(), turn.state, Tap("!send"), now=NOW).prompts[-1], Ended)
    assert asked(say(turn, "voltar")) == "lives_here"
    assert asked(say(turn, "voltar", "sim")) == "born"


def test_i_do_not_have_it_is_taken_where_the_script_allows_it() -> None:
    turn = say(fresh(), "Ana Souza", "não tenho")
    assert asked(turn) == "mother"
    turn = say(fresh(), "Ana Souza", "não sei")
    assert asked(turn) == "mother" and turn.state.interview.review()[1].text == "Não tenho", (
        "what they may lack, they lack"
    )
    turn = step(triage(), fresh().state, Tap("name!none"), now=NOW)
    assert isinstance(turn.prompts[0], Refused) and turn.prompts[0].problem.message_key == "not_unsure"


@pytest.mark.parametrize("word", ["voltar", "Voltar!", "volte", "back", "go back", "retroceder"])
def test_back_leads_to_the_question_before_and_further_back(word: str) -> None:
    turn = say(fresh(), "Ana Souza", CPF, word)
    assert asked(turn) == "cpf"
    assert isinstance(ask := turn.prompts[-1], Ask) and ask.before == "52998224725"
    assert asked(say(turn, word)) == "name"
    assert asked(say(turn, word, word)) == "name", "there is nothing before the first"
    back = say(turn, word, "Ana Maria")
    assert asked(back) == "cpf", "what was passed on the way back is asked again"
    assert asked(say(back, "manter")) == "mother"


@pytest.mark.parametrize(
    "line",
    [
        "corrigir o CPF",
        "quero corrigir meu cpf",
        "mudar o cpf",
        "alterar CPF",
        "correct my CPF",
        "I want to change the cpf",
    ],
)
def test_a_correction_names_its_question(line: str) -> None:
    turn = say(to_review(), line)
    assert asked(turn) == "cpf"
    assert isinstance(say(turn, "não tenho").prompts[-1], Review)


def test_a_correction_that_names_several_or_none_lets_the_person_choose() -> None:
    turn = say(to_review(), "corrigir o nome")
    assert isinstance(which := turn.prompts[-1], WhichOne)
    assert [line.question.code for line in which.lines] == ["name", "mother"]
    assert asked(say(turn, "2")) == "mother" and asked(say(turn, "mãe")) == "mother"
    assert isinstance(say(turn, "9").prompts[0], Refused) and isinstance(say(turn, "voltar").prompts[-1], Review)
    everything = say(to_review(), "corrigir").prompts[-1]
    assert isinstance(everything, WhichOne)
    assert "age" not in [line.question.code for line in everything.lines], "what was computed cannot be corrected"
    assert asked(say(to_review(), "corrigir a pergunta 2")) == "cpf"
    assert isinstance(say(to_review(), "não").prompts[-1], WhichOne)


def test_words_that_sound_like_a_command_can_be_an_answer() -> None:
    review = to_review("corrigir o asfalto da rua")
    assert review.state.interview.values["story"] == "corrigir o asfalto da rua"
    long = "voltar para casa é o que eu mais quero na vida, mas não posso enquanto ele estiver lá"
    assert to_review(long).state.interview.values["story"] == long


def test_an_option_is_more_than_a_command() -> None:
    data = copy.deepcopy(TRIAGE)
    data["steps"][1]["questions"][3]["options"][0]["label"] = "Alterar"
    turn = begin(load_script(data), now=NOW, validators=VALIDATORS)
    assert say(turn, *ANSWERS[:7], "alterar").state.interview.values["subjects"] == ["pensao"]


def test_whoever_asks_for_a_person_keeps_what_they_said() -> None:
    for line in ("falar com uma pessoa", "Quero falar com um atendente", "talk to a person"):
        turn = say(fresh(), "Ana Souza", line)
        assert turn.prompts == (Handover(),) and turn.state.interview.values == {"name": "Ana Souza"}
        assert asked(say(turn, CPF)) == "mother", "and may go on"


def test_help_says_what_can_be_written_and_asks_again() -> None:
    for line in ("ajuda", "?", "help"):
        turn = say(fresh(), line)
        assert isinstance(turn.prompts[0], Tell) and asked(turn) == "name"


def test_photos_are_gathered_until_the_person_says_that_is_all() -> None:
    turn = say(fresh(), *ANSWERS[:9])
    assert asked(turn) == "papers"
    one = step(triage(), turn.state, Raw("a1"), now=NOW)
    assert isinstance(ask := one.prompts[-1], Ask) and ask.gathered == 1
    assert step(triage(), one.state, Raw(["a1"]), now=NOW).state.gathered == ("a1",), "the same one again"
    done = say(one, "pronto")
    assert asked(done) == "place" and done.state.interview.values["papers"] == ["a1"] and not done.state.gathered
    full = step(triage(), one.state, Raw(["a2"]), now=NOW)
    assert full.state.interview.values["papers"] == ["a1", "a2"], "two are the most: nothing more to wait for"
    many = step(triage(), one.state, Raw(["a2", "a3"]), now=NOW)
    assert isinstance(many.prompts[0], Refused) and many.state.gathered == ("a1",)
    assert isinstance(say(one, "já mando").prompts[0], Refused)
    assert save_state(one.state)["gathered"] == ["a1"]


def test_a_button_of_an_older_message_changes_its_own_question_and_no_other() -> None:
    turn = say(fresh(), *ANSWERS[:7])
    again = step(triage(), turn.state, Tap("lives_here=true"), now=NOW)
    assert asked(again) == "subjects" and again.state.interview.values == turn.state.interview.values
    other = step(triage(), turn.state, Tap("lives_here=false"), now=NOW)
    assert isinstance(other.prompts[-1], Ended)
    for stale in ("cpf!keep", "papers!done", "!send", "nonsense", "zz=1", "zz!skip", "zz!correct"):
        assert asked(step(triage(), turn.state, Tap(stale), now=NOW)) == "subjects"


def test_a_conversation_survives_a_deployment_in_the_middle() -> None:
    turn = say(to_review(), "corrigir o nome")
    kept = json.loads(json.dumps(save_state(turn.state)))
    state, dropped = load_state(kept, triage(), older=lambda _: None, validators=VALIDATORS)
    assert (state, dropped) == (turn.state, ())
    assert asked(say(Turn(state, ()), "2")) == "mother"
    for broken in (None, {}, {**kept, "gathered": 3}, {**kept, "version": "x"}, {**kept, "answers": 1}):
        with pytest.raises(DamagedState):
            load_state(broken, triage(), older=lambda _: None, validators=VALIDATORS)


def _newer(running: str) -> Script:
    data = copy.deepcopy(TRIAGE)
    data |= {"version": 2, "running": running}
    data["steps"][0]["questions"].insert(1, {"code": "social_name", "type": "name", "prompt": "Nome social"})
    data["steps"][0]["questions"][0]["min_length"] = 12
    return load_script(data)


def test_a_running_interview_finishes_with_its_version_unless_the_new_one_says_that_it_moves_over() -> None:
    state = say(fresh(), "Ana Souza", CPF).state
    kept = save_state(state)
    stays = step(_newer("finish"), state, Words("não sei"), now=NOW)
    assert stays.state.interview.script.version == 1 and asked(stays) == "lives_here"
    moved = step(_newer("move"), state, Words("Ana Maria Souza"), now=NOW)
    assert moved.state.interview.script.version == 2 and asked(moved) == "social_name"
    assert moved.state.interview.values["cpf"] == "52998224725"
    loaded = load_state(kept, _newer("finish"), older={1: triage()}.get, validators=VALIDATORS)
    assert loaded.state.interview.script.version == 1 and loaded.state == state
    loaded = load_state(kept, _newer("move"), older={1: triage()}.get, validators=VALIDATORS)
    assert loaded.state.interview.script.version == 2 and loaded.dropped == ("name",)
    lost = load_state(kept, _newer("finish"), older=lambda _: None, validators=VALIDATORS)
    assert lost.state.interview.script.version == 2, "its own version is not kept any more"
    with pytest.raises(VersionMismatch):
        step(load_script({**TRIAGE, "slug": "other"}), state, Words("x"), now=NOW)


def test_files_that_came_for_the_open_question_move_along() -> None:
    turn = say(fresh(), *ANSWERS[:9])
    one = step(triage(), turn.state, Raw("a1"), now=NOW)
    moved = step(triage(version=2, running="move"), one.state, Words("pronto"), now=NOW)
    assert moved.state.interview.script.version == 2 and moved.state.interview.values["papers"] == ["a1"]


def test_what_was_sent_is_never_moved() -> None:
    sent = say(to_review(), "enviar").state
    assert isinstance(step(_newer("move"), sent, Words("oi"), now=NOW).prompts[0], Finished)
    loaded = load_state(save_state(sent), _newer("move"), older={1: triage()}.get, validators=VALIDATORS)
    assert loaded.state == sent and isinstance(loaded.state, State)


def test_the_same_step_twice_is_the_same() -> None:
    state = say(fresh(), "Ana Souza").state
    moves: list[Any] = [Words(CPF), Words("voltar"), Tap("cpf!none"), Raw(CPF)]
    for move in moves:
        assert step(triage(), state, move, now=NOW) == step(triage(), state, move, now=NOW)
