"""When a question applies: a small expression tree, written as data, that can neither loop nor call anything.

    {"all": [{"eq": ["kind", "denuncia"]}, {"not": {"answered": "photo"}}]}

`eq ne gt lt contains in` take `[question code, value]`; `answered` a code; `all any` a list; `not` one condition.
An unanswered question equals nothing, so `ne` holds for it and the other comparisons do not. Values of different
kinds are never equal or ordered (`true` is not 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ScriptError
from .text import fold

COMPARISONS = ("eq", "ne", "in", "contains", "gt", "lt")
GROUPS = ("all", "any", "not")
MAX_DEPTH = 10


@dataclass(frozen=True)
class Compare:
    """`op` is one of COMPARISONS; `value` a scalar, or a tuple of scalars for `in`."""

    op: str
    code: str
    value: Any


@dataclass(frozen=True)
class Answered:
    code: str


@dataclass(frozen=True)
class Group:
    """`op` is one of GROUPS; `not` has exactly one part."""

    op: str
    parts: tuple[Condition, ...]


Condition = Compare | Answered | Group


def load_condition(data: object, path: str = "when", depth: int = 0) -> Condition:
    """The tree of `data`, or ScriptError with the path of the part that is wrong. Codes are checked by the script."""
    if depth > MAX_DEPTH:
        raise ScriptError(path, f"conditions may be nested {MAX_DEPTH} deep at most")
    if not isinstance(data, dict) or len(data) != 1:
        raise ScriptError(path, "a condition is a mapping with exactly one operator")
    op, body = next(iter(data.items()))
    here = f"{path}.{op}"
    if op == "answered":
        if not isinstance(body, str):
            raise ScriptError(here, "expects a question's code")
        return Answered(body)
    if op == "not":
        return Group("not", (load_condition(body, here, depth + 1),))
    if op in ("all", "any"):
        if not isinstance(body, list) or not body:
            raise ScriptError(here, "expects a list of at least one condition")
        return Group(op, tuple(load_condition(part, f"{here}[{i}]", depth + 1) for i, part in enumerate(body)))
    if op in COMPARISONS:
        if not isinstance(body, list) or len(body) != 2 or not isinstance(body[0], str):
            raise ScriptError(here, "expects [question code, value]")
        return Compare(op, body[0], _operand(op, body[1], f"{here}[1]"))
    raise ScriptError(here, f"unknown operator; known are {', '.join((*COMPARISONS, 'answered', *GROUPS))}")


def _operand(op: str, value: object, path: str) -> Any:
    if op == "in":
        if not isinstance(value, list) or not value or not all(_scalar(v) for v in value):
            raise ScriptError(path, "expects a list of at least one text, number or true/false")
        return tuple(value)
    if not _scalar(value):
        raise ScriptError(path, "expects a text, a number or true/false")
    return value


def _scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def dump_condition(condition: Condition) -> dict[str, Any]:
    """The data that `load_condition` reads back to an equal tree."""
    if isinstance(condition, Answered):
        return {"answered": condition.code}
    if isinstance(condition, Compare):
        value = list(condition.value) if condition.op == "in" else condition.value
        return {condition.op: [condition.code, value]}
    if condition.op == "not":
        return {"not": dump_condition(condition.parts[0])}
    return {condition.op: [dump_condition(part) for part in condition.parts]}


def leaves(condition: Condition) -> Iterator[Compare | Answered]:
    """Every comparison in the tree."""
    if isinstance(condition, Group):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether the condition is true of these answers. Never raises."""
    if isinstance(condition, Group):
        for part in condition.parts:
            found = holds(part, values)
            if condition.op == "not":
                return not found
            if found is (condition.op == "any"):
                return found
        return condition.op == "all"
    answer = values.get(condition.code)
    if isinstance(condition, Answered):
        return answer is not None
    if answer is None:
        return condition.op == "ne"
    return _compare(condition.op, answer, condition.value)


def _compare(op: str, answer: Any, value: Any) -> bool:
    if op == "eq":
        return _same(answer, value)
    if op == "ne":
        return not _same(answer, value)
    if op == "in":
        return any(_same(answer, v) for v in value)
    if op == "contains":
        if isinstance(answer, list):
            return value in answer
        return isinstance(answer, str) and isinstance(value, str) and fold(value) in fold(answer)
    if (_number(answer) and _number(value)) or (isinstance(answer, str) and isinstance(value, str)):
        return bool(answer > value) if op == "gt" else bool(answer < value)
    return False


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)
