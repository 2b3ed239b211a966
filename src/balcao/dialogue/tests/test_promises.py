"""What holds for every script and every sequence of answers (Hypothesis)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from balcao.dialogue import (
    Interview,
    Invalid,
    check,
    display,
    dump_script,
    explain,
    holds,
    load_script,
    parse_form,
    parse_text,
    resume,
    save,
)
from balcao.dialogue.text import clean_line, clean_text

from .examples import NOW, VALIDATORS, moves, one, options, scripts, tree_fall

LANGUAGE = st.sampled_from(["pt-br", "pt-pt", "en"])
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)  # lone surrogates too
ANY_RAW = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["lat", "lon", "address", "x"]), inner),
    max_leaves=5,
)
EVERY_TYPE = [
    one(type="string", pattern="[a-z]+", example="abc"),
    one(type="text", meaningful=True),
    one(type="number", min=0),
    one(type="date", max="today"),
    one(type="datetime"),
    one(type="boolean"),
    one(type="consent", required=True),
    one(type="singlevaluelist", options=options("poda", "corte")),
    one(type="multivaluelist", options=options("poda", "corte")),
    one(type="location"),
    one(type="files"),
    one(type="email"),
    one(type="phone"),
    one(type="document", validators=["cpf", "nif"]),
    one(type="cpf", required=True, unsure=["unknown", "none"]),
    one(type="name"),
    one(type="money", min=0),
    one(type="scale"),
]


def play(interview: Interview, sequence: list[tuple[str, str, Any]]) -> Interview:
    for verb, code, raw in sequence:
        if verb == "correct":
            interview = interview.correct(code)
        elif verb == "save":
            interview = resume(json.loads(json.dumps(save(interview))), interview.script).interview
        elif verb == "give_text":
            interview = interview.give_text(code, str(raw), now=NOW).interview
        else:
            interview = interview.give(code, raw, now=NOW).interview
    return interview


def to_the_end(interview: Interview) -> Interview:
    good: dict[str, Any] = {"boolean": True, "number": 1, "singlevaluelist": "a", "string": "x"}
    while question := interview.next_question():
        interview = interview.give(question.code, good[question.type], now=NOW).interview
    return interview


@given(scripts(), moves())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_answer_survives_whose_question_does_not_apply(data: dict[str, Any], sequence: list[Any]) -> None:
    interview = to_the_end(play(Interview.start(load_script(data), now=NOW), sequence))
    finished = interview.finish()
    for question in interview.script.questions():
        applies = question.when is None or holds(question.when, finished.values)
        if question.code in finished.values:
            assert applies, question.code
        elif question.required:
            assert not applies, question.code
    assert finished.values.keys() == finished.given_at.keys()


@given(scripts(), moves())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_the_review_shows_each_asked_question_once(data: dict[str, Any], sequence: list[Any]) -> None:
    interview = to_the_end(play(Interview.start(load_script(data), now=NOW), sequence))
    reviewed = [line.question.code for line in interview.review()]
    assert reviewed == [question.code for question in interview.asked()]
    assert len(reviewed) == len(set(reviewed))
    assert set(interview.finish().values) <= set(reviewed)


@given(scripts(), moves())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_saving_and_resuming_changes_nothing(data: dict[str, Any], sequence: list[Any]) -> None:
    interview = play(Interview.start(load_script(data), now=NOW), sequence)
    resumed = resume(json.loads(json.dumps(save(interview))), interview.script)
    assert resumed.interview == interview
    assert resumed.dropped == ()


@given(scripts(), moves(), st.sampled_from(["q0", "q1", "q2"]))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_correcting_and_giving_the_same_answer_restores_everything(
    data: dict[str, Any], sequence: list[Any], code: str
) -> None:
    interview = to_the_end(play(Interview.start(load_script(data), now=NOW), sequence))
    assume(code in interview.answers)
    before = interview.answers[code].value
    again = interview.correct(code)
    assert code not in again.answers
    assert again.next_question() is not None
    assert again.give(code, before, now=NOW).interview.values == interview.values


@given(scripts())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_script_survives_json(data: dict[str, Any]) -> None:
    script = load_script(data)
    assert load_script(json.loads(json.dumps(dump_script(script)))) == script


@given(st.sampled_from(EVERY_TYPE), ANY_RAW, LANGUAGE)
def test_nothing_given_crashes_and_what_is_taken_stays_as_it_is(script: Any, raw: object, language: str) -> None:
    interview = Interview.start(script, now=NOW, validators=VALIDATORS, language=language)
    outcome = interview.give("q", raw, now=NOW)
    for problem in outcome.problems:
        assert "{" not in explain(problem)
    if outcome.ok:
        value = outcome.interview.answers["q"].value
        assert check(script.by_code["q"], value, validators=VALIDATORS, now=NOW) == value
        json.dumps(save(outcome.interview)).encode()
        display(script.by_code["q"], value, language)


@given(st.sampled_from(EVERY_TYPE), ANY_TEXT, LANGUAGE)
def test_no_line_of_chat_crashes(script: Any, text: str, language: str) -> None:
    interview = Interview.start(script, now=NOW, validators=VALIDATORS, language=language)
    outcome = interview.give_text("q", text, now=NOW)
    assert outcome.ok == ("q" in outcome.interview.answers)


@given(st.dictionaries(st.sampled_from([*tree_fall().by_code, "place.lat", "place.address"]), st.lists(ANY_TEXT)))
def test_no_posted_form_crashes(data: dict[str, list[str]]) -> None:
    interview = Interview.start(tree_fall(), now=NOW, validators=VALIDATORS)
    outcome = interview.give_page(parse_form(interview.asked(), data), now=NOW)
    json.dumps(save(outcome.interview)).encode()


@given(ANY_RAW)
def test_no_saved_data_crashes_otherwise_than_by_saying_it_is_damaged(data: object) -> None:
    saved = save(Interview.start(tree_fall(), now=NOW, validators=VALIDATORS))
    for broken in (data, {**saved, "answers": data}, {**saved, "reopened": data}, {**saved, "started_at": data}):
        try:
            resume(broken, tree_fall(), validators=VALIDATORS)
        except ValueError as refusal:
            assert type(refusal).__name__ == "DamagedState"


@given(st.floats(-1e14, 1e14) | st.integers(-(10**14), 10**14), LANGUAGE)
def test_a_number_shown_is_the_number_read_back(number: float, language: str) -> None:
    question = one(type="number").by_code["q"]
    value = check(question, number)
    assert parse_text(question, display(question, value, language), language=language) == value


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)), LANGUAGE)
def test_a_date_shown_is_the_date_read_back(day: Any, language: str) -> None:
    question = one(type="date").by_code["q"]
    assert parse_text(question, display(question, day.isoformat(), language), language=language) == day.isoformat()


@given(st.datetimes(datetime(1800, 1, 1), datetime(2200, 12, 31)), LANGUAGE)
def test_a_moment_shown_is_the_moment_read_back(moment: Any, language: str) -> None:
    question = one(type="datetime").by_code["q"]
    value = moment.isoformat(timespec="minutes")
    assert parse_text(question, display(question, value, language), language=language) == value


@given(st.sampled_from(["singlevaluelist", "multivaluelist"]), st.lists(st.text(min_size=1), min_size=1), st.data())
def test_an_option_shown_is_the_option_read_back(kind: str, labels: list[str], data: st.DataObject) -> None:
    listed = [{"value": f"v{i}", "label": label} for i, label in enumerate(labels)]
    try:
        question = one(type=kind, options=listed).by_code["q"]
    except ValueError:  # labels that could not be told apart are refused when the script is loaded
        assume(False)
    values = [o.value for o in question.options]
    if kind == "singlevaluelist":
        value: Any = data.draw(st.sampled_from(values))
    else:
        chosen = data.draw(st.sets(st.sampled_from(values), min_size=1))
        value = [v for v in values if v in chosen]
    assert check(question, parse_text(question, display(question, value))) == value


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)
    clean_text(text).encode()
    assert "\n" not in clean_line(text)


@given(st.text(max_size=30))
def test_a_refusal_of_a_number_is_always_a_sentence(text: str) -> None:
    try:
        value = parse_text(one(type="number", required=True).by_code["q"], text)
        assert value is None or isinstance(value, int | float)
    except Invalid as refusal:
        assert refusal.code in ("not_a_number", "number_too_large")
