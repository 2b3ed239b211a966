"""A bad script does not load, and the error names the place."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from balcao.dialogue import Interview, ScriptError, Text, dump_script, load_condition, load_script
from balcao.dialogue.messages import MESSAGES

from .examples import NOW, TREE, VALIDATORS, one, options, question, tree_fall

HERE = Path(__file__).parent


def test_the_example_of_the_readme_loads_and_survives_a_dump() -> None:
    readme = (HERE.parent / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    script = load_script(YAML(typ="safe").load(found[1]))
    assert load_script(dump_script(script)) == script
    assert Interview.start(script, now=NOW, validators=VALIDATORS).next_question() is script.by_code["danger"]


def test_a_dumped_script_loads_to_the_same() -> None:
    assert load_script(dump_script(tree_fall())) == tree_fall()


def test_order_sorts_inside_a_step() -> None:
    data = {"slug": "s", "version": 1, "steps": [{"slug": "s", "title": "S"}]}
    data["steps"][0]["questions"] = [  # type: ignore[index]
        question(code="b", type="string", order=2),
        question(code="a", type="string", order=1),
    ]
    assert [(q.code, q.order) for q in load_script(data).questions()] == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("place", "change", "path", "reason"),
    [
        ((), {"slug": "A B"}, "slug", "lower-case"),
        ((), {"version": True}, "version", "whole number"),
        ((), {"colour": "red"}, "colour", "unknown key"),
        ((), {"steps": []}, "steps", "at least one"),
        (("steps", 1), {"slug": "what"}, "steps[1].slug", "twice"),
        (("steps", 0), {"title": ""}, "steps[0].title", "missing"),
        (("steps", 0), {"title": {"en": 3}}, "steps[0].title", "mapping of language"),
        (("steps", 0), {"title": " \t"}, "steps[0].title", "empty"),
        (("steps", 1, "questions", 1), {"code": "danger"}, "steps[1].questions[1].code", "twice"),
        (("steps", 1, "questions", 1), {"code": "9"}, "steps[1].questions[1].code", "letter"),
        (("steps", 1, "questions", 1), {"type": "colour"}, "steps[1].questions[1].type", "unknown type"),
        (("steps", 1, "questions", 1), {"required": "yes"}, "steps[1].questions[1].required", "true or false"),
        (("steps", 1, "questions", 1), {"pattern": "a"}, "steps[1].questions[1].pattern", "no sense"),
        (("steps", 1, "questions", 1), {"max": "soon"}, "steps[1].questions[1].max", "today"),
        (("steps", 1, "questions", 1), {"default": "soon"}, "steps[1].questions[1].default", "not_a_date"),
        (("steps", 1, "questions", 2), {"max": 99}, "steps[1].questions[2].max", "from 0 to 10"),
        (("steps", 0, "questions", 4), {"min": 99999}, "steps[0].questions[4].min", "larger"),
        (("steps", 0, "questions", 5), {"pattern": "("}, "steps[0].questions[5].pattern", "regular"),
        (("steps", 0, "questions", 5), {"pattern": "(a+)+"}, "steps[0].questions[5].pattern", "repeats"),
        (("steps", 0, "questions", 5), {"max_length": 9000}, "steps[0].questions[5].max_length", "4000"),
        (("steps", 0, "questions", 5), {"min_length": 4001}, "steps[0].questions[5].min_length", "larger"),
        (("steps", 0, "questions", 5), {"when": {"eq": ["place", 1]}}, "steps[0].questions[5].when", "later"),
        (("steps", 0, "questions", 5), {"when": {"answered": "x"}}, "steps[0].questions[5].when", "no question"),
        (("steps", 0, "questions", 5), {"when": {"answered": "welcome"}}, "steps[0].questions[5].when", "no answer"),
        (("steps", 0, "questions", 5), {"when": {"eq": ["danger", "x"]}}, "steps[0].questions[5].when", "no option"),
        (("steps", 0, "questions", 5), {"when": {"gt": ["danger", 1]}}, "steps[0].questions[5].when", "compared"),
        (("steps", 0, "questions", 5), {"when": {"run": "rm"}}, "steps[0].questions[5].when.run", "operator"),
        (
            ("steps", 0, "questions", 1, "options", 1),
            {"value": "wires"},
            "steps[0].questions[1].options[1].value",
            "tw",
        ),
        (("steps", 0, "questions", 1, "options", 1), {"value": 1}, "steps[0].questions[1].options[1].value", "quote"),
        (
            ("steps", 0, "questions", 1, "options", 1),
            {"label": "ESTA SOBRE FIOS!"},
            "steps[0].questions[1].options[1].label",
            "another",
        ),
        (("steps", 2, "questions", 0), {"ask": ["shoe"]}, "steps[2].questions[0].ask[0]", "one of"),
        (("steps", 2, "questions", 0), {"colour": 1}, "steps[2].questions[0].colour", "unknown key"),
    ],
)
def test_a_fault_is_named_with_its_place(
    place: tuple[Any, ...], change: dict[str, Any], path: str, reason: str
) -> None:
    data: Any = copy.deepcopy(TREE)
    part = data
    for key in place:
        part = part[key]
    part |= change
    with pytest.raises(ScriptError) as refusal:
        load_script(data)
    assert refusal.value.path == path
    assert reason in refusal.value.reason


def test_a_condition_as_deep_as_a_well_is_refused() -> None:
    data: dict[str, Any] = {"answered": "x"}
    for _ in range(2000):
        data = {"not": data}
    with pytest.raises(ScriptError, match="deep"):
        load_condition(data)


def test_a_semicolon_in_a_label_of_several_choices_is_refused() -> None:
    with pytest.raises(ScriptError, match="separates"):
        one(type="multivaluelist", options=options("a;b"))


def test_identity_without_anonymity_asks_for_the_name_at_once() -> None:
    steps = [{"slug": "s", "title": "S", "questions": [{"code": "me", "type": "identity", "ask": ["name", "phone"]}]}]
    script = load_script({"slug": "x", "version": 1, "steps": steps})
    assert [q.code for q in script.questions()] == ["me_name", "me_phone"]
    assert script.by_code["me_name"].required and script.by_code["me_name"].sensitive


def test_a_text_falls_back_to_the_same_tongue_and_then_to_portuguese() -> None:
    text = Text.of({"pt-br": "ônibus", "en": "bus"})
    assert [text.say(lang) for lang in ("pt-PT", "pt_BR", "en-GB", "fr")] == ["ônibus", "ônibus", "bus", "ônibus"]
    assert Text.of("A").say("en") == "A"
    assert Text.of("").say() == ""


def test_every_message_that_the_engine_raises_is_in_the_catalogue() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in HERE.parent.glob("*.py"))
    raised = set(re.findall(r'Invalid\("(\w+)"', source)) | set(re.findall(r'Problem\(\w+, "(\w+)"', source))
    assert raised and raised <= set(MESSAGES)
