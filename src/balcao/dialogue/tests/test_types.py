"""Money, scales, names, documents, "I do not know", computed values and ends: how they are read, shown and refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.dialogue import (
    Disqualified,
    Interview,
    Invalid,
    Lack,
    Script,
    ScriptError,
    check,
    display,
    dump_script,
    load_script,
    parse_form,
    parse_text,
    resume,
    save,
)

from .examples import NOW, VALIDATORS, one, options, question
from .triage import TRIAGE, triage


def read(line: str, language: str = "pt-br", **keys: Any) -> Any:
    asked = one(**keys).by_code["q"]
    return check(asked, parse_text(asked, line, language=language), validators=VALIDATORS, now=NOW, language=language)


@pytest.mark.parametrize(
    ("line", "amount"),
    [("R$ 1.234,50", 1234.5), ("1234,5", 1234.5), ("20 reais", 20), ("12,30 €", 12.3), ("€5", 5), ("1.412", 1412)],
)
def test_money_is_read_as_people_write_it(line: str, amount: float) -> None:
    assert read(line, type="money") == amount


@pytest.mark.parametrize("line", ["12,345", "muito", "R$", "1,2,3", "10 dólares"])
def test_what_is_no_money_is_refused(line: str) -> None:
    with pytest.raises(Invalid, match="not_money"):
        read(line, type="money")


@given(st.integers(-(10**13), 10**13), st.sampled_from(["BRL", "EUR"]), st.sampled_from(["pt-br", "pt-pt", "en"]))
def test_money_shown_is_the_money_read_back(cents: int, currency: str, language: str) -> None:
    asked = one(type="money", currency=currency).by_code["q"]
    amount = check(asked, cents / 100)
    said = display(asked, amount, language)
    if cents >= 0:
        assert parse_text(asked, said, language=language) == amount


def test_money_is_shown_as_its_country_writes_it() -> None:
    assert display(one(type="money").by_code["q"], 1234.5, "pt-br") == "R$ 1.234,50"
    assert display(one(type="money", currency="EUR").by_code["q"], 1234.5, "pt-pt") == "1.234,50 €"
    assert display(one(type="money", currency="EUR").by_code["q"], 3, "en") == "€3.00"


def test_a_scale_takes_its_whole_numbers_only() -> None:
    assert read("10", type="scale") == 10 and read("0", type="scale") == 0
    for wrong in ("11", "-1", "7,5"):
        with pytest.raises(Invalid, match="not_on_scale"):
            read(wrong, type="scale")
    assert read("3", type="scale", min=1, max=3) == 3


def test_a_name_has_letters() -> None:
    assert read("  Ana   d'Ávila ", type="name") == "Ana   d'Ávila"
    with pytest.raises(Invalid, match="needs_letters"):
        read("12345", type="name")


def test_cpf_cnpj_and_nif_are_types_of_their_own() -> None:
    assert read("529.982.247-25", type="cpf") == "52998224725"
    assert dump_script(one(type="nif"))["steps"][0]["questions"][0]["validators"] == ["nif"]


@pytest.mark.parametrize(
    ("type_", "kept", "shown"),
    [
        ("cpf", "52998224725", "529.982.247-25"),
        ("cnpj", "11222333000181", "11.222.333/0001-81"),
        ("nif", "123456789", "123 456 789"),
        ("document", "RG 12.345", "RG 12.345"),
        ("phone", "+5511987654321", "(11) 98765-4321"),
        ("phone", "ramal 20", "ramal 20"),
    ],
)
def test_numbers_of_people_are_shown_as_their_country_writes_them(type_: str, kept: str, shown: str) -> None:
    asked = one(type=type_).by_code["q"]
    assert display(asked, kept) == shown == display(asked, shown), "written out once more it stays"


def test_a_plain_no_means_that_they_have_none_unless_it_may_be_the_answer() -> None:
    for word in ("não", "Nao.", "no"):
        kept = parse_text(one(type="cpf", required=True, unsure=["none"]).by_code["q"], word)
        assert kept == Lack.NONE, word
    assert parse_text(one(type="boolean", unsure=["none"]).by_code["q"], "não") is False
    assert parse_text(one(type="cpf", required=True, unsure=["unknown"]).by_code["q"], "não") == "não"


def test_a_form_says_by_a_mark_that_somebody_does_not_have_it() -> None:
    asked = one(type="cpf", required=True, unsure=["none", "unknown"])
    raws = parse_form(asked.questions(), {"q": ["529"], "q.none": ["on"]})
    assert raws == {"q": Lack.NONE}
    interview = Interview.start(asked, now=NOW, validators=VALIDATORS)
    told = interview.give_page(raws, now=NOW).interview
    assert told.complete and told.finish().lacks == {"q": Lack.NONE} and told.review()[0].text == "Não tenho"
    assert told.finish().data()["lacks"] == {"q": "none"}
    again = resume(save(told), asked, validators=VALIDATORS)
    assert again.interview == told and not again.dropped
    stricter = resume(save(told), one(type="cpf", required=True), validators=VALIDATORS)
    assert stricter.dropped == ("q",), "what the script no longer takes is asked again"


def test_an_interview_that_ended_cannot_be_finished() -> None:
    interview = Interview.start(triage(), now=NOW, validators=VALIDATORS)
    known = {"name": "Ana", "cpf": Lack.NONE, "mother": Lack.UNKNOWN, "lives_here": False, "salary": 10}
    interview = interview.give_page(known, now=NOW).interview
    assert interview.ended is not None and interview.ended.code == "elsewhere"
    assert interview.complete and "salary" not in interview.values
    with pytest.raises(Disqualified):
        interview.finish()
    assert interview.asked()[-1].code == "elsewhere"
    assert interview.give("salary", 10, now=NOW).problems[0].message_key == "not_asked"


COMPUTED = [
    ({"sum": ["a", "b", 1]}, {"a": 2}, 3),
    ({"sum": ["a", "b", 1]}, {}, None),
    ({"product": ["a", "b"]}, {"a": 2}, None),
    ({"product": ["a", "b"]}, {"a": 0.1, "b": 3}, 0.3),
    ({"minus": ["a", "b"]}, {"a": 2, "b": 5}, -3),
    ({"product": ["a", "a", "a"]}, {"a": 10**6}, None),
    ({"count": "list"}, {"list": ["x", "y"]}, 2),
    ({"count": "list"}, {}, 0),
    ({"years": "day"}, {"day": "1966-11-22"}, 60),
    ({"years": "day"}, {"day": "1966-11-23"}, 59),
    ({"days": "day"}, {"day": "2026-11-20"}, 2),
    ({"choose": [[{"gt": ["a", 5]}, {"text": "much"}], {"text": "little"}]}, {"a": 6}, "much"),
    ({"choose": [[{"gt": ["a", 5]}, {"text": "much"}], {"sum": ["a", 1]}]}, {"a": 5}, 6),
]


def computing(term: Any) -> Script:
    asked = [
        question(code="a", type="number"),
        question(code="b", type="number"),
        question(code="list", type="multivaluelist", options=options("x", "y", "z")),
        question(code="day", type="date"),
        question(code="c", type="computed", compute=term),
    ]
    return load_script({"slug": "s", "version": 1, "steps": [{"slug": "s", "title": "S", "questions": asked}]})


@pytest.mark.parametrize(("term", "given_", "value"), COMPUTED)
def test_values_follow_from_answers(term: Any, given_: dict[str, Any], value: Any) -> None:
    script = computing(term)
    assert load_script(dump_script(script)) == script
    interview = Interview.start(script, now=NOW).give_page(given_, now=NOW).interview
    assert interview.values.get("c") == value


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        ({"sum": ["c"]}, "later or here"),
        ({"sum": ["zz"]}, "no question"),
        ({"sum": ["day"]}, "which sum cannot take"),
        ({"years": "a"}, "which years cannot take"),
        ({"count": "a"}, "which count cannot take"),
        ({"minus": ["a"]}, "wrong parts"),
        ({"divide": ["a", "b"]}, "unknown operator"),
        ({"choose": [[{"eq": ["list", "x"]}], 1]}, "wrong parts"),
        ({"choose": [[{"contains": ["list", "w"]}, 1], 2]}, "no option"),
        (None, "missing"),
        (True, "expects a number"),
    ],
)
def test_a_bad_computation_does_not_load(term: Any, reason: str) -> None:
    with pytest.raises(ScriptError, match=reason):
        computing(term)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"type": "money", "currency": "USD"}, "expects one of"),
        ({"type": "number", "currency": "EUR"}, "makes no sense"),
        ({"type": "scale", "min": 0.5}, "whole number"),
        ({"type": "scale", "min": 3, "max": 3}, "two points"),
        ({"type": "string", "unsure": ["maybe"]}, "expects one of"),
        ({"type": "consent", "unsure": ["none"]}, "makes no sense"),
        ({"type": "end", "url": "javascript:alert(1)"}, "https://"),
        ({"type": "end", "required": True}, "makes no sense"),
        ({"type": "string", "next_step": "Go"}, "makes no sense"),
    ],
)
def test_a_bad_question_of_the_new_kinds_does_not_load(keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(ScriptError, match=reason):
        one(**keys)


def test_a_new_version_says_what_becomes_of_running_interviews() -> None:
    assert load_script(dump_script(triage(running="move"))) == triage(running="move")
    with pytest.raises(ScriptError, match="finish, move"):
        load_script({**TRIAGE, "running": "stop"})
