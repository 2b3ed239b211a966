"""No input crashes a conversation, every path ends, the answers are the same whichever channel asked (Hypothesis)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from balcao.dialogue import (
    Ask,
    Ended,
    Finished,
    Form,
    Given,
    Interview,
    Prompt,
    Question,
    Raw,
    Review,
    Script,
    State,
    Tap,
    Turn,
    Words,
    ahead,
    begin,
    display,
    load_script,
    load_state,
    parse_form,
    read_reply,
    save_state,
    step,
)
from balcao.dialogue.rendering import render_chat, render_whatsapp
from balcao.dialogue.standing import settle

from .examples import NOW, VALIDATORS, scripts
from .test_promises import ANY_RAW, ANY_TEXT
from .triage import triage

SLOW = settings(suppress_health_check=[HealthCheck.too_slow])
LINES = st.one_of(
    ANY_TEXT,
    st.sampled_from(
        ["voltar", "corrigir", "corrigir o nome", "corrigir 2", "manter", "pronto", "pular", "não sei", "1"]
    ),
    st.sampled_from(["não tenho", "sim", "não", "ajuda", "falar com uma pessoa", "enviar", "10", "12/05/1990", "1, 2"]),
)
VERBS = st.sampled_from(["true", "false", "skip", "none", "unknown", "keep", "done", "send", "correct"])
CODES = st.sampled_from(["", *triage().by_code])
IDS = st.builds("{}{}{}".format, CODES, st.sampled_from("=!"), LINES | VERBS)
GIVEN: st.SearchStrategy[Given] = st.one_of(
    st.builds(Words, LINES),
    st.builds(Tap, IDS | ANY_TEXT),
    st.builds(Raw, ANY_RAW),
    st.builds(Form, st.dictionaries(st.sampled_from([*triage().by_code, "zz"]), ANY_RAW, max_size=3)),
)
GOOD = {
    "name": "Ana Souza",
    "cpf": "52998224725",
    "mother": "Rosa",
    "lives_here": True,
    "born": "1950-04-25",
    "salary": 1412.5,
    "people": 3,
    "subjects": ["pensao"],
    "urgency": 0,
    "papers": ["a1"],
    "place": {"address": "Rua A, 3"},
    "story": "Pensão",
}


def started(script: Script) -> Turn:
    return begin(script, now=NOW, validators=VALIDATORS)


@given(st.lists(GIVEN, max_size=25))
@SLOW
def test_no_input_crashes_and_every_state_can_be_said_kept_and_ended(sequence: list[Given]) -> None:
    script = triage()
    turn = started(script)
    for given_ in sequence:
        turn = step(script, turn.state, given_, now=NOW)
        render_whatsapp(turn.prompts)
        render_chat(turn.prompts)
        assert turn.prompts
        kept = json.loads(json.dumps(save_state(turn.state)))
        loaded = load_state(kept, script, older=lambda _: None, validators=VALIDATORS)
        assert loaded.state == turn.state and loaded.dropped == ()
    for _ in range(40):
        if isinstance(turn.prompts[-1], Finished | Ended):
            break
        turn = step(script, turn.state, _good(turn.prompts[-1]), now=NOW)
    assert isinstance(turn.prompts[-1], Finished | Ended), turn.prompts


def _good(prompt: Prompt) -> Given:
    if isinstance(prompt, Ask):
        return Form({prompt.question.code: GOOD[prompt.question.code]})
    return Words("enviar") if isinstance(prompt, Review) else Words("voltar")


@given(scripts(), st.data())
@SLOW
def test_one_answer_changes_what_settling_everything_would(data: dict[str, Any], draw: st.DataObject) -> None:
    script = load_script(_with_more(data))
    interview = Interview.start(script, now=NOW)
    for _ in range(draw.draw(st.integers(1, 15))):
        question = draw.draw(st.sampled_from([q for q in script.order if q.asks and interview.applies(q.code)]))
        if draw.draw(st.integers(0, 3)) == 0:
            interview = interview.correct(question.code)
        else:
            interview = interview.give(question.code, draw.draw(_answers(question)), now=NOW).interview
    whole = settle(script, interview.answers, interview.aside, interview.reopened, NOW.date())
    assert (whole.answers, whole.aside) == (interview.answers, interview.aside)
    assert (whole.values, whole.end, whole.next_place) == (
        interview.values,
        interview.standing.end,
        interview.standing.next_place,
    )
    asks = [q.code for q in interview.asked() if q.asks and q.code not in interview.answers]
    following = interview.next_question()
    assert (following.code if following else None) == (asks[0] if asks else None)


def _with_more(data: dict[str, Any]) -> dict[str, Any]:
    """The same script with values that follow from the first question, one asked by them, and an end in the middle."""
    steps = [dict(step, questions=list(step["questions"])) for step in data["steps"]]
    first = steps[0]["questions"][0]
    value = {"boolean": True, "number": 1, "singlevaluelist": "a", "string": "x"}[first["type"]]
    looks = {"choose": [[{"answered": first["code"]}, 2], 1]}
    end = {"code": "e1", "type": "end", "prompt": "e", "when": {"eq": [first["code"], value]}}
    last = steps[-1]["questions"]
    last.insert(max(1, len(last) // 2), end)
    follows = [
        {"code": "c1", "type": "computed", "prompt": "c", "compute": looks},
        {"code": "c2", "type": "computed", "prompt": "c", "compute": {"product": ["c1", 3]}},
        {"code": "q9", "type": "string", "prompt": "?", "when": {"gt": ["c2", 5]}},
    ]
    steps[0]["questions"][1:1] = follows
    return {**data, "steps": steps}


@given(scripts(), st.data())
@SLOW
def test_the_answers_are_the_same_whichever_channel_asked(data: dict[str, Any], draw: st.DataObject) -> None:
    """A typed conversation, one of taps, letters, and the web form's pages, all answering alike."""
    script = load_script(data)
    chosen = {question.code: draw.draw(_answers(question)) for question in script.questions()}
    typed = _talk(script, lambda q: Words("pular" if chosen[q.code] is None else display(q, chosen[q.code])))
    tapped = _talk(script, lambda q: _tap(q, chosen[q.code]))
    form = Interview.start(script, now=NOW)
    while page := form.page():
        posted = {q.code: [_posted(chosen[q.code])] for q in page.questions if chosen[q.code] is not None}
        form, problems = form.give_page(parse_form(page.questions, posted), now=NOW)
        assert not problems
    written = _letters(script, chosen)
    assert typed.interview.finish() == tapped.interview.finish() == form.finish() == written.interview.finish()
    assume(form.values)


def _letters(script: Script, chosen: dict[str, Any]) -> State:
    turn = ahead(started(script))
    while asked := [one for one in turn.prompts if isinstance(one, Ask)]:
        told = ((one.number, one.question, chosen[one.question.code]) for one in asked)
        reply = "\n".join(f"{n}. {'pular' if value is None else display(q, value)}" for n, q, value in told)
        turn = ahead(read_reply(script, turn.state, reply, now=NOW))
    turn = read_reply(script, turn.state, "enviar", now=NOW)
    assert isinstance(turn.prompts[-1], Finished)
    return turn.state


def _answers(question: Question) -> st.SearchStrategy[Any]:
    words: dict[str, st.SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "number": st.integers(-5, 5),
        "singlevaluelist": st.sampled_from(["a", "b", "c"]),
        "string": st.sampled_from(["x", "yy", "Rua das Flores, 3", "corrigir o asfalto"]),
    }
    given_ = words[question.type]
    return given_ if question.required else given_ | st.none()


def _posted(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _tap(question: Question, value: Any) -> Given:
    if value is None:
        return Tap(f"{question.code}!skip")
    if question.options or isinstance(value, bool):
        return Tap(f"{question.code}={str(value).lower()}")
    return Raw(value)


def _talk(script: Script, answer: Any) -> State:
    turn = started(script)
    for _ in range(20):
        last = turn.prompts[-1]
        if not isinstance(last, Ask):
            break
        turn = step(script, turn.state, answer(last.question), now=NOW)
    turn = step(script, turn.state, Words("enviar"), now=NOW)
    assert isinstance(turn.prompts[-1], Finished)
    return turn.state
