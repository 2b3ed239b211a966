"""Scripts and answers that the tests of the interview share."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from balcao.dialogue import Invalid, Script, load_script

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=timezone(timedelta(hours=-3)))


def only_digits_of_a_cpf(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    if len(digits) != 11:
        raise Invalid("cpf_invalid")
    return digits


def nif_of_nine(value: str) -> str:
    if not re.fullmatch(r"\d{9}", value, re.ASCII):
        raise Invalid("nif_invalid")
    return value


VALIDATORS = {"cpf": only_digits_of_a_cpf, "nif": nif_of_nine}


def question(**keys: Any) -> dict[str, Any]:
    return {"prompt": "?", **keys}


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": value.title()} for value in values]


TREE: dict[str, Any] = {
    "slug": "tree-fall",
    "version": 3,
    "title": {"pt-br": "Árvore caída", "en": "Fallen tree"},
    "steps": [
        {
            "slug": "what",
            "title": "O que aconteceu",
            "questions": [
                question(code="welcome", type="statement"),
                question(
                    code="danger",
                    type="singlevaluelist",
                    required=True,
                    options=[
                        {"value": "wires", "label": {"pt-br": "Está sobre fios", "en": "On wires"}},
                        {"value": "road", "label": {"pt-br": "Bloqueia a rua", "en": "Blocks the road"}},
                        {"value": "none", "label": {"pt-br": "Não há perigo", "en": "No danger"}},
                    ],
                ),
                question(code="wires_warning", type="statement", when={"eq": ["danger", "wires"]}),
                question(code="sparks", type="boolean", required=True, when={"eq": ["danger", "wires"]}),
                question(code="pole", type="number", min=1, max=9999, when={"eq": ["sparks", True]}),
                question(code="description", type="text", required=True, meaningful=True, min_length=5),
            ],
        },
        {
            "slug": "where",
            "title": "Onde",
            "questions": [
                question(code="place", type="location", required=True),
                question(code="fell_on", type="date", max="today"),
                question(code="photos", type="files", max=3),
            ],
        },
        {
            "slug": "who",
            "title": "Você",
            "questions": [
                {"code": "who", "type": "identity", "anonymous": True, "documents": ["cpf", "nif"]},
                question(code="terms", type="consent", required=True),
            ],
        },
    ],
}


def tree_fall() -> Script:
    return load_script(TREE)


def one(**keys: Any) -> Script:
    """A script of this one question."""
    steps = [{"slug": "s", "title": "S", "questions": [question(code="q", **keys)]}]
    return load_script({"slug": "one", "version": 1, "steps": steps})


_TYPES = {
    "boolean": st.booleans(),
    "number": st.integers(0, 3),
    "singlevaluelist": st.sampled_from(["a", "b", "c"]),
    "string": st.sampled_from(["x", "y"]),
}


@st.composite
def conditions(draw: st.DrawFn, before: list[tuple[str, str]], depth: int = 0) -> dict[str, Any]:
    """A condition on the questions `before` (code, type)."""
    ops = ["eq", "ne", "answered", "in"] + (["all", "any", "not"] if depth < 3 else [])
    op = draw(st.sampled_from(ops))
    deeper = conditions(before, depth + 1)
    if op in ("all", "any"):
        return {op: draw(st.lists(deeper, min_size=1, max_size=3))}
    if op == "not":
        return {op: draw(deeper)}
    code, kind = draw(st.sampled_from(before))
    if op == "answered":
        return {op: code}
    value = draw(st.lists(_TYPES[kind], min_size=1, max_size=2)) if op == "in" else draw(_TYPES[kind])
    return {op: [code, value]}


@st.composite
def scripts(draw: st.DrawFn) -> dict[str, Any]:
    """Scripts of up to eight questions, most of them conditional, on up to three pages."""
    before: list[tuple[str, str]] = []
    steps: list[dict[str, Any]] = []
    for s in range(draw(st.integers(1, 3))):
        questions = []
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(st.sampled_from(list(_TYPES)))
            asked = question(code=f"q{len(before)}", type=kind, required=draw(st.booleans()))
            if kind == "singlevaluelist":
                asked["options"] = options("a", "b", "c")
            if before and draw(st.integers(0, 3)):
                asked["when"] = draw(conditions(before))
            before.append((asked["code"], kind))
            questions.append(asked)
        steps.append({"slug": f"s{s}", "title": "S", "questions": questions})
    return {"slug": "any", "version": 1, "steps": steps}


def moves(count: int = 9) -> st.SearchStrategy[list[tuple[str, str, Any]]]:
    """Sequences of (give | give_text | correct, code, raw)."""
    raws = st.one_of(*_TYPES.values(), st.none(), st.text(max_size=5))
    codes = st.sampled_from([f"q{i}" for i in range(count)])
    verbs = st.sampled_from(["give", "give", "give_text", "correct", "save"])
    return st.lists(st.tuples(verbs, codes, raws), max_size=30)
