"""The test bench of scripts: nobody has to find out by living it that a question is never asked."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from balcao.dialogue import Script, load_script, walk
from balcao.dialogue.conditions import holds

from .examples import options, question, scripts, tree_fall
from .triage import triage

TRIED: dict[str, list[Any]] = {
    "boolean": [True, False],
    "number": [-1, 0, 1, 2, 3, 4],
    "singlevaluelist": ["a", "b", "c"],
    "string": ["x", "y", "z"],
}


def script(*questions: dict[str, Any]) -> Script:
    return load_script({"slug": "s", "version": 1, "steps": [{"slug": "s", "title": "S", "questions": [*questions]}]})


def asked(code: str, **keys: Any) -> dict[str, Any]:
    return question(code=code, **{"type": "string", **keys})


LIST = asked("kind", type="singlevaluelist", options=options("a", "b", "c"), required=True)
AGE = [asked("born", type="date", required=True), asked("age", type="computed", compute={"years": "born"})]


def test_every_branch_of_our_examples_is_walked() -> None:
    found = walk(triage())
    assert found.whole and not found.unreachable and not found.untried
    assert (found.shortest, found.longest, found.ends) == (4, 12, ("elsewhere",))
    assert walk(tree_fall()).branches == 6


@pytest.mark.parametrize(
    "when",
    [
        {"all": [{"eq": ["kind", "a"]}, {"eq": ["kind", "b"]}]},
        {"not": {"answered": "kind"}},
        {"all": [{"gt": ["size", 5]}, {"lt": ["size", 3]}]},
        {"gt": ["size", 10]},
        {"all": [{"eq": ["kind", "a"]}, {"eq": ["only_b", True]}]},
        {"not": {"in": ["kind", ["a", "b", "c"]]}},
        {"contains": ["only_b", "x"]},
    ],
)
def test_a_question_to_which_nobody_can_come_is_named(when: dict[str, Any]) -> None:
    size = asked("size", type="number", max=10)
    only_b = asked("only_b", type="boolean", when={"eq": ["kind", "b"]})
    found = walk(script(LIST, size, only_b, asked("never", when=when), asked("then", when={"answered": "never"})))
    assert found.unreachable == ("never", "then")


@pytest.mark.parametrize(
    "when",
    [
        {"all": [{"gt": ["size", 9.5]}, {"lt": ["size", 10]}]},
        {"ne": ["size", 3]},
        {"not": {"answered": "size"}},
        {
            "all": [
                {"contains": ["several", "a"]},
                {"contains": ["several", "b"]},
                {"not": {"contains": ["several", "c"]}},
            ]
        },
        {"gt": ["day", "2026-05-01"]},
        {"all": [{"contains": ["words", "casa"]}, {"contains": ["words", "rua"]}]},
        {"in": ["words", ["um", "dois"]]},
    ],
)
def test_a_question_to_which_somebody_can_come_is_not(when: dict[str, Any]) -> None:
    size = asked("size", type="number", max=10)
    several = asked("several", type="multivaluelist", options=options("a", "b", "c", "d"), required=True)
    before = (LIST, size, several, asked("day", type="date", min="2026-04-01"), asked("words", required=True))
    assert walk(script(*before, asked("reached", when=when))).unreachable == ()


def test_what_stands_behind_an_end_that_everybody_comes_to_is_unreachable() -> None:
    found = walk(script(LIST, asked("stop", type="end"), asked("never")))
    assert (found.unreachable, found.ends, found.longest) == (("never",), ("stop",), 1)
    some = walk(script(LIST, asked("stop", type="end", when={"eq": ["kind", "a"]}), asked("on")))
    assert some.unreachable == () and (some.shortest, some.longest) == (1, 2)


def test_values_that_are_computed_are_tried_and_nothing_is_said_for_sure() -> None:
    reached = walk(script(*AGE, asked("old", when={"gt": ["age", 59]}), asked("young", when={"lt": ["age", 18]})))
    assert reached.unreachable == reached.untried == ()
    people = [
        asked("people", type="number", required=True),
        asked("all", type="computed", compute={"sum": ["people", 1]}),
    ]
    assert walk(script(*people, asked("many", when={"gt": ["all", 7]}))).untried == ()
    never = walk(script(*people, asked("both", when={"all": [{"gt": ["all", 7]}, {"lt": ["all", 3]}]})))
    assert (never.unreachable, never.untried) == ((), ("both",))


def test_a_script_of_two_hundred_conditional_questions_is_walked_within_its_limit() -> None:
    many = [asked(f"q{n}", type="boolean") for n in range(100)]
    many += [asked(f"r{n}", when={"eq": [f"q{n}", True]}) for n in range(100)]
    found = walk(script(*many), limit=100)
    assert not found.whole and found.unreachable == (), "what was not walked is not accused"


@given(scripts())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_it_finds_what_trying_everything_finds(data: dict[str, Any]) -> None:
    loaded = load_script(data)
    choices = [TRIED[q.type] + ([] if q.required else [None]) for q in loaded.order]
    total = 1
    for values in choices:
        total *= len(values)
    assume(total <= 4000)
    reached: set[str] = set()
    lengths: set[int] = set()
    for chosen in itertools.product(*choices):
        values: dict[str, Any] = {}
        length = 0
        for asked_, value in zip(loaded.order, chosen, strict=True):
            if asked_.when is None or holds(asked_.when, values):
                reached.add(asked_.code)
                length += 1
                if value is not None:
                    values[asked_.code] = value
        lengths.add(length)
    found = walk(loaded)
    assert found.whole and set(found.unreachable) == set(loaded.by_code) - reached and not found.untried
    assert (found.shortest, found.longest) == (min(lengths), max(lengths))
