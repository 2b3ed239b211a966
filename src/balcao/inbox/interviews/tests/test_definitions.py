"""An interview as data: outcomes are checked with the script, walked with it, and tried in their order."""

from __future__ import annotations

from typing import Any

import pytest

from balcao.dialogue import ScriptError
from balcao.inbox.interviews.definitions import load_definition, walk_definition


def written(*outcomes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    subject = {
        "code": "subject",
        "type": "singlevaluelist",
        "prompt": "Sobre o quê?",
        "required": True,
        "options": [{"value": "bill", "label": "Uma conta"}, {"value": "light", "label": "A luz da rua"}],
    }
    told = {"code": "told", "type": "text", "prompt": "O que aconteceu?", "required": True}
    steps = [{"slug": "what", "title": "Assunto", "questions": [subject, told]}]
    return {"slug": "casa", "title": "Casa do Cidadão", "steps": steps, "outcomes": list(outcomes), **changes}


BILL = {"when": {"eq": ["subject", "bill"]}, "line": "procon"}
LIGHT = {"when": {"eq": ["subject", "light"]}, "open": "iluminacao", "description": "told"}


def test_the_first_outcome_that_holds_wins() -> None:
    read = load_definition(written(BILL, LIGHT, {"close": "Até logo!"}))
    assert [one.line or one.open or one.close.say() for one in read.outcomes] == ["procon", "iluminacao", "Até logo!"]
    assert read.outcome({"subject": "light"}) == read.outcomes[1]
    assert read.outcome({}) == read.outcomes[2]
    assert load_definition(written(BILL)).outcome({"subject": "light"}) is None


@pytest.mark.parametrize(
    ("outcome", "path"),
    [
        ({"when": {"eq": ["subject", "tree"]}, "line": "x"}, "outcomes[0].when"),
        ({"when": {"eq": ["nothing", "tree"]}, "line": "x"}, "outcomes[0].when"),
        ({"when": {"is": []}, "line": "x"}, "outcomes[0].when.is"),
        ({"when": {"eq": ["subject", "bill"]}}, "outcomes[0]"),
        ({"line": "x", "open": "y"}, "outcomes[0]"),
        ({"open": "Not a slug"}, "outcomes[0].open"),
        ({"open": "y", "description": "nothing"}, "outcomes[0].description"),
        ({"line": "y", "kind": "subject"}, "outcomes[0].kind"),
        ({"close": {"xx": 3}}, "outcomes[0].close"),
        ({"hand": "y"}, "outcomes[0].hand"),
        ("procon", "outcomes[0]"),
    ],
)
def test_a_fault_in_an_outcome_names_its_place(outcome: Any, path: str) -> None:
    with pytest.raises(ScriptError) as error:
        load_definition(written(outcome))
    assert error.value.path.startswith(path)


def test_an_outcome_behind_one_that_always_holds_is_refused() -> None:
    with pytest.raises(ScriptError) as error:
        load_definition(written({"line": "procon"}, BILL))
    assert error.value.path == "outcomes[1]"


def test_the_walk_finds_outcomes_that_nobody_comes_to() -> None:
    assert walk_definition(written(BILL, LIGHT)).unreachable == ()
    assert walk_definition(written(BILL, LIGHT, BILL)).unreachable == ("outcomes[2]",)
    both = {"when": {"all": [BILL["when"], LIGHT["when"]]}, "line": "cac"}
    assert walk_definition(written(both)).unreachable == ("outcomes[0]",)
