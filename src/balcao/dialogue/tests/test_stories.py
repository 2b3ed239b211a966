"""The interview as people live it."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from balcao.dialogue import (
    DamagedState,
    Interview,
    NotComplete,
    ScriptError,
    VersionMismatch,
    load_script,
    parse_form,
    resume,
    save,
)

from .examples import NOW, TREE, VALIDATORS, one, tree_fall


def start(**keys: Any) -> Interview:
    return Interview.start(tree_fall(), now=NOW, validators=VALIDATORS, **keys)


def chat(interview: Interview, *lines: str) -> Interview:
    """Answer the next question with each line in turn; every one must be taken."""
    for line in lines:
        question = interview.next_question()
        assert question is not None
        interview, problems = interview.give_text(question.code, line, now=NOW)
        assert not problems, (question.code, line, problems)
    return interview


def test_a_person_reports_a_fallen_tree_in_a_chat() -> None:
    interview = chat(start(), "1", "sim", "12", "Caiu um ipê na praça", "Rua das Flores, 3", "ontem", "pular")
    interview = chat(interview, "1", "Ana Souza", "529.982.247-25", "ana@example.org", "(11) 91234-5678", "aceito")
    assert interview.complete
    answers = interview.finish()
    assert (answers.script_slug, answers.version) == ("tree-fall", 3)
    assert answers.values["danger"] == "wires"
    assert answers.values["fell_on"] == "2026-11-21"
    assert answers.values["who_document"] == "52998224725"
    assert "photos" not in answers.values
    assert answers.given_at["place"] == NOW
    json.dumps(answers.data())


def test_the_same_report_on_a_web_form_of_three_pages() -> None:
    interview = start()
    page = interview.page()
    assert page is not None and (page.slug, page.number, page.of) == ("what", 1, 3)
    assert [q.code for q in page.questions] == ["welcome", "danger", "description"]
    posted = {"danger": ["wires"], "description": ["Um ipê caiu"]}
    interview, problems = interview.give_page(parse_form(page.questions, posted), now=NOW)
    assert not problems
    page = interview.page()
    assert page is not None and page.slug == "what", "the answer opened a question on the same page"
    assert "sparks" in [q.code for q in page.questions]
    posted |= {"sparks": ["false"]}
    interview = interview.give_page(parse_form(page.questions, posted), now=NOW).interview
    page = interview.page()
    assert page is not None and page.slug == "where"
    posted = {"place.lat": ["-23.55"], "place.lon": ["-46.63"], "place.number": ["3"], "fell_on": [""]}
    interview = interview.give_page(parse_form(page.questions, posted), now=NOW).interview
    assert interview.values["place"] == {"number": "3", "lat": -23.55, "lon": -46.63}
    page = interview.page()
    assert page is not None
    posted = {"who": ["anonymous"], "terms": ["on"]}
    interview = interview.give_page(parse_form(page.questions, posted), now=NOW).interview
    assert interview.page() is None
    assert interview.finish().values["terms"] is True


def test_a_form_keeps_the_good_answers_and_explains_the_bad_ones() -> None:
    page = start().page()
    assert page is not None
    posted = {"danger": ["none"], "description": ["\U0001f333\U0001f333\U0001f333\U0001f333\U0001f333"]}
    interview, problems = start().give_page(parse_form(page.questions, posted), now=NOW)
    assert [(p.code, p.message_key) for p in problems] == [("description", "needs_letters")]
    assert interview.values == {"danger": "none"}


def test_a_correction_puts_dependent_answers_aside_and_brings_them_back() -> None:
    interview = chat(start(), "1", "sim", "12")
    corrected = interview.correct("danger")
    assert corrected.values == {} and set(corrected.aside) == {"danger", "sparks", "pole"}
    assert corrected.suggestion("pole") == 12
    road = chat(corrected, "2")
    assert road.values == {"danger": "road"}
    assert [line.question.code for line in road.review()] == ["danger"]
    back = chat(road.correct("danger"), "Está sobre fios")
    assert back.values == {"danger": "wires", "sparks": True, "pole": 12}


def test_a_question_that_a_correction_opens_is_asked_before_those_behind_it() -> None:
    interview = chat(start(), "3", "Árvore caída", "Rua A")
    corrected = interview.give("danger", "wires", now=NOW).interview
    question = corrected.next_question()
    assert question is not None and question.code == "sparks"
    assert chat(corrected, "não").next_question() is interview.next_question()


def test_changing_an_answer_directly_works_like_a_correction() -> None:
    interview = chat(start(), "1", "sim", "12").give("danger", "none", now=NOW).interview
    assert interview.values == {"danger": "none"}
    assert interview.give("danger", "wires", now=NOW).interview.values["pole"] == 12


def test_a_refused_answer_changes_nothing() -> None:
    interview = chat(start(), "1", "sim")
    outcome = interview.give_text("pole", "doze", now=NOW)
    assert outcome.problems[0].message_key == "not_a_number" and not outcome.ok
    assert outcome.interview is interview


def test_a_question_that_was_not_asked_takes_no_answer() -> None:
    assert start().give("sparks", True, now=NOW).problems[0].message_key == "not_asked"
    assert start().give("welcome", "hi", now=NOW).problems[0].message_key == "not_asked"
    assert start().give_text("weather", "rain", now=NOW).problems[0].message_key == "unknown_question"


def test_what_is_known_before_is_not_asked_again_but_is_reviewed() -> None:
    interview = start(prefill={"danger": "none", "description": "Árvore caída", "pole": 4, "fell_on": "soon", "zzz": 1})
    assert interview.values == {"danger": "none", "description": "Árvore caída"}
    question = interview.next_question()
    assert question is not None and question.code == "place"
    assert [line.text for line in interview.review()] == ["Não há perigo", "Árvore caída"]


def test_a_chat_says_the_statements_that_stand_before_the_question() -> None:
    assert [q.code for q in start().prelude()] == ["welcome"]
    assert [q.code for q in chat(start(), "1").prelude()] == ["wires_warning"]
    assert chat(start(), "3").prelude() == ()


def test_finishing_too_early_names_what_is_missing() -> None:
    with pytest.raises(NotComplete) as refusal:
        chat(start(), "3", "Árvore caída", "Rua A").finish()
    assert refusal.value.codes == ("fell_on", "photos", "who", "terms")


def test_an_interview_is_pinned_to_its_version() -> None:
    saved = save(chat(start(), "1", "sim"))
    newer = load_script({**TREE, "version": 4})
    with pytest.raises(VersionMismatch):
        resume(saved, newer, validators=VALIDATORS)
    with pytest.raises(VersionMismatch):
        resume(saved, load_script({**TREE, "slug": "other"}), policy="carry", validators=VALIDATORS)


def test_a_new_version_carries_over_the_answers_that_it_still_takes() -> None:
    data = copy.deepcopy(TREE)
    data["version"] = 4
    asked = data["steps"][0]["questions"]
    asked[1]["options"] = asked[1]["options"][:1]
    asked[4]["max"] = 5
    resumed = resume(save(chat(start(), "1", "sim", "12")), load_script(data), policy="carry", validators=VALIDATORS)
    assert resumed.interview.values == {"danger": "wires", "sparks": True}
    assert resumed.dropped == ("pole",)
    question = resumed.interview.next_question()
    assert question is not None and question.code == "pole"
    assert resumed.interview.script.version == 4


def test_a_draft_of_yesterday_keeps_its_today() -> None:
    script = one(type="date", min="today", required=True)
    interview = Interview.start(script, now=NOW).give("q", "2026-11-22", now=NOW).interview
    assert interview.complete
    late = Interview.start(script, now=NOW).give("q", "2026-11-22", now=NOW + timedelta(days=1))
    assert late.problems[0].message_key == "too_early"
    assert resume(save(interview), script).interview.complete


def test_damaged_data_is_not_resumed() -> None:
    saved = save(start())
    for broken in (None, [], {}, {**saved, "format": 99}, {**saved, "answers": {"danger": 3}}):
        with pytest.raises(DamagedState):
            resume(broken, tree_fall(), validators=VALIDATORS)


def test_a_script_needs_the_validators_that_it_names() -> None:
    with pytest.raises(ScriptError, match="cpf"):
        Interview.start(tree_fall(), now=NOW)
