"""One answer at a time: what is read, what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from balcao.dialogue import Invalid, Problem, check, explain, parse_form, parse_text

from .examples import NOW, VALIDATORS, one, options

KINDS = options("poda", "corte", "queda de galho")


def read(line: str, language: str = "pt-br", **keys: Any) -> Any:
    return parse_text(one(**keys).by_code["q"], line, language=language, today=NOW.date())


def refused(raw: object, **keys: Any) -> str:
    """The sentence with which the answer is refused."""
    with pytest.raises(Invalid) as refusal:
        check(one(**keys).by_code["q"], raw, validators=VALIDATORS, now=NOW)
    return explain(Problem("q", refusal.value.code, refusal.value.params))


@pytest.mark.parametrize(
    ("line", "language", "number"),
    [
        ("3,5", "pt-br", 3.5),
        ("1.234,56", "pt-br", 1234.56),
        ("1.234", "pt-br", 1234),
        ("1.234", "en", 1.234),
        ("1,234", "en", 1234),
        ("1,234.5", "en", 1234.5),
        ("1234.5", "pt-br", 1234.5),
        ("1.234.567", "en", 1234567),
        (" 1 000 ", "pt-br", 1000),
        ("-7", "pt-br", -7),
        ("007", "pt-br", 7),
    ],
)
def test_numbers_are_read_as_people_write_them(line: str, language: str, number: float) -> None:
    assert read(line, language, type="number") == number


@pytest.mark.parametrize("line", ["doze", "1,2,3", "1.2.3", "3,", "--3", "1e5", "nan", "∞", "1.23,4.5", "12 anos"])
def test_what_is_no_number_is_refused(line: str) -> None:
    with pytest.raises(Invalid, match="not_a_number"):
        read(line, type="number")


@pytest.mark.parametrize(
    ("line", "day"),
    [("25/04/2026", "2026-04-25"), ("5-4-2026", "2026-04-05"), ("2026-04-25", "2026-04-25"), ("Ontem", "2026-11-21")],
)
def test_dates_are_read_day_first(line: str, day: str) -> None:
    assert read(line, type="date") == day


@pytest.mark.parametrize("line", ["31/02/2026", "25/04/26", "04/25/2026", "amanhã de manhã", "25/04/0001"])
def test_what_is_no_date_is_refused(line: str) -> None:
    with pytest.raises(Invalid, match="not_a_date"):
        read(line, type="date")


@pytest.mark.parametrize("line", ["25/04/2026 14:30", "25/04/2026, 14h30", "25/4/2026 às 14:30", "2026-04-25T14:30:00"])
def test_a_moment_is_read_in_many_writings(line: str) -> None:
    assert read(line, type="datetime") == "2026-04-25T14:30"


@pytest.mark.parametrize("line", ["25/04/2026", "25/04/2026 14", "25/04/2026 25:00", "14:30"])
def test_a_moment_needs_its_hour(line: str) -> None:
    with pytest.raises(Invalid):
        read(line, type="datetime")


def test_yes_and_no_in_many_words() -> None:
    assert [read(w, type="boolean") for w in ("sim", "S", "Sim!", "1", "claro", "yes")] == [True] * 6
    assert [read(w, type="boolean") for w in ("não", "nao", "N", "2", "NÃO.", "no")] == [False] * 6
    with pytest.raises(Invalid, match="not_yes_or_no"):
        read("talvez", type="boolean")


def test_a_choice_by_number_label_or_unaccented_label() -> None:
    keys = {
        "type": "singlevaluelist",
        "options": [{"value": "l", "label": "Lâmpada"}, {"value": "p", "label": "Poste"}],
    }
    assert [read(w, **keys) for w in ("1", "2)", "Lâmpada", "lampada", "POSTE", "p")] == ["l", "p", "l", "l", "p", "p"]
    with pytest.raises(Invalid, match="not_an_option"):
        read("3", **keys)


def test_labels_that_are_numbers_are_not_numbered() -> None:
    question = one(type="singlevaluelist", options=options("3", "1", "2")).by_code["q"]
    assert not question.numbered
    assert parse_text(question, "1") == "1"
    assert one(type="singlevaluelist", options=KINDS).by_code["q"].numbered


def test_several_choices_in_one_line() -> None:
    for line in ("1, 3", "1 3", "1 e 3", "Poda; Queda de galho", "poda e queda de galho", "poda\nqueda de galho"):
        assert read(line, type="multivaluelist", options=KINDS) == ["poda", "queda de galho"], line


def test_only_an_optional_question_can_be_skipped() -> None:
    assert read("pular", type="date") is None
    assert read("-", type="number") is None
    assert read("nenhuma", type="multivaluelist", options=KINDS) is None
    with pytest.raises(Invalid):
        read("pular", type="date", required=True)


def test_a_pasted_pin_is_a_place() -> None:
    assert read("-23.5505, -46.6333", type="location") == {"lat": -23.5505, "lon": -46.6333}
    assert read("Rua A, 10", type="location") == {"address": "Rua A, 10"}


def test_a_text_is_cleaned_and_counted_in_characters() -> None:
    question = one(type="text").by_code["q"]
    assert check(question, "  a\u0303\x00b\r\nc\u202e ") == "ãb\nc"
    assert check(question, " \n\u200b\u00a0") is None
    assert check(question, "é" * 4000) == "é" * 4000
    said = "Your text has 4001 characters and the limit is 4000. Please shorten it a little."
    assert refused("é" * 4001, type="text") == said
    assert refused(" \t\n", type="text", required=True) == "We need this answer to go on. Please fill it in."


def test_a_description_of_emoji_alone_needs_words() -> None:
    assert "words" in refused("\U0001f333\U0001f4a5!!!", type="text", meaningful=True)
    assert check(one(type="text", meaningful=True).by_code["q"], "caiu \U0001f333") == "caiu \U0001f333"


def test_sql_and_html_are_words_like_any_others() -> None:
    nasty = "'; DROP TABLE cases; -- <script>alert(1)</script> {count}"
    assert check(one(type="text").by_code["q"], nasty) == nasty


def test_a_pattern_is_explained_by_its_example() -> None:
    assert refused("12", type="string", pattern=r"[A-Z]{3}\d{4}", example="ABC1234").endswith("like this: ABC1234")


@pytest.mark.parametrize(
    ("raw", "keys", "key"),
    [
        (5, {"type": "number", "max": 4}, "largest number that we can take is 4"),
        ("2026-11-23", {"type": "date", "max": "today"}, "last that we can take is 22/11/2026"),
        ({"lat": 91, "lon": 0}, {"type": "location"}, "not on the map"),
        ({"lat": 1}, {"type": "location"}, "not on the map"),
        ({"lat": "nan", "lon": "1"}, {"type": "location"}, "not on the map"),
        ({"number": "3"}, {"type": "location"}, "know where"),
        (None, {"type": "location", "required": True}, "know where"),
        ({"address": "A", "postcode": "123"}, {"type": "location"}, "postcode"),
        (["a", "b", "c"], {"type": "files", "max": 2}, "added 3 files and the limit is 2"),
        (["a"], {"type": "files", "min": 2}, "need at least 2"),
        ("ana@", {"type": "email"}, "name@example.org"),
        ("123", {"type": "phone"}, "area code"),
        ("123", {"type": "document", "validators": ["cpf"]}, "CPF"),
        ("123", {"type": "document", "validators": ["cpf", "nif"]}, "document number"),
        (False, {"type": "consent", "required": True}, "if you agree"),
        ("1", {"type": "singlevaluelist", "options": KINDS}, "pick one"),
        (["poda", "x"], {"type": "multivaluelist", "options": KINDS}, "pick one"),
        ({"a": 1}, {"type": "text"}, "fill it in again"),
        (10**400, {"type": "number"}, "too large"),
    ],
)
def test_a_refusal_says_what_happened_and_what_to_do(raw: object, keys: dict[str, Any], key: str) -> None:
    assert key in refused(raw, **keys)


def test_the_first_validator_that_accepts_decides() -> None:
    question = one(type="document", validators=["cpf", "nif"]).by_code["q"]
    assert check(question, "123456789", validators=VALIDATORS) == "123456789"
    assert check(question, "529.982.247-25", validators=VALIDATORS) == "52998224725"


def test_a_form_reads_boxes_places_and_what_was_left_empty() -> None:
    place, boxes = one(type="location").by_code["q"], one(type="multivaluelist", options=KINDS).by_code["q"]
    assert parse_form([place], {"q.address": [" Rua A "], "q.lat": [""]}) == {"q": {"address": "Rua A"}}
    assert parse_form([place], {}) == {"q": None}
    assert parse_form([boxes], {"q": ["poda", "corte"]}) == {"q": ["poda", "corte"]}
    assert parse_form([one(type="consent").by_code["q"]], {}) == {"q": False}
    assert parse_form([one(type="text").by_code["q"]], {"q": ["\n a"]}) == {"q": "\n a"}


def test_an_unknown_refusal_of_a_host_is_still_a_sentence() -> None:
    assert explain(Problem("q", "made_up_key")) == "We could not accept this answer. Please check it and try again."
