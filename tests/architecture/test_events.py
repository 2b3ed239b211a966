"""Facts carry ids, codes and figures; people's words stay where they can be erased."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass

import pytest

from balcao.config import wiring
from balcao.platform.events import Fact

FACTS = sorted(
    (cls for cls in Fact.registry.values() if cls.__module__.startswith("balcao.")), key=lambda c: c.__name__
)
ALLOWED = {int, str, bool, float, type(None)}
# A `str` field is a code, an ISO moment or a key: never words. These names have been looked at.
CODES = {"channel", "due_at", "kind", "level", "outcome", "planned_for", "rule"}


@pytest.mark.parametrize("fact", FACTS, ids=lambda f: f.__name__)
def test_a_fact_carries_ids_and_codes_only(fact):
    assert is_dataclass(fact) and fact.__dataclass_params__.frozen, "a fact does not change"
    for name, hint in typing.get_type_hints(fact).items():
        if name == "registry":
            continue
        parts = set(typing.get_args(hint)) if isinstance(hint, types.UnionType) else {hint}
        assert parts <= ALLOWED, f"{fact.__name__}.{name}: {hint}"
        assert str not in parts or name in CODES, (
            f"{fact.__name__}.{name} may hold words: name it a code, or leave it out"
        )


def test_there_are_facts_and_each_has_one_name():
    assert len(FACTS) > 20
    assert all(Fact.registry[f.__name__] is f for f in FACTS), "two facts of one name: the history could not tell them"


@pytest.mark.parametrize("words", ["AT_ONCE", "LATER"])
def test_the_wiring_names_known_facts_and_named_reactions(words):
    reactions = getattr(wiring, words)
    assert reactions
    for fact, reacting in reactions.items():
        assert fact in FACTS
        for reaction in reacting:
            assert "." not in reaction.__qualname__, "a reaction is found again by its name when its job runs"


def test_what_a_letter_needs_is_done_before_the_commit():
    """The promise: an answer has its delivery, and an order its clock, when the transaction ends."""
    at_once = {fact.__name__ for fact in wiring.AT_ONCE}
    assert {"CaseOpened", "CaseReopened", "CaseDispatched", "AnswerSent"} <= at_once


def test_every_fact_that_a_case_tells_is_in_the_registry_with_plain_fields():
    for fact in FACTS:
        assert all(f.kw_only for f in fields(fact)), f"{fact.__name__}: fields are named, so that history can grow"
