"""Values that follow from answers: a small expression, written as data, that can neither loop nor call anything.

    {"sum": ["adults", "children", 1]}        {"choose": [[{"lt": ["age", 18]}, {"text": "minor"}], {"text": "adult"}]}

A term is a number, a question's code, `{text: words}` or one operator: `sum` (what is unanswered counts nothing),
`product` and `minus` (nothing while a part is unanswered), `count` of a list's or files' items, `years` and `days` from
a date answer to the day on which the interview began, `choose` with pairs of [condition, term] and a last term for all
other cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .conditions import MAX_DEPTH, Condition, dump_condition, holds, leaves, load_condition
from .errors import ScriptError

OPERATORS = ("sum", "product", "minus", "count", "years", "days", "choose", "text")
_LIMIT = Decimal(10) ** 15


@dataclass(frozen=True)
class Literal:
    value: int | float | str


@dataclass(frozen=True)
class Code:
    """The answer to a question, or another computed value."""

    code: str


@dataclass(frozen=True)
class Operation:
    """`op` is one of sum, product, minus, count, years, days."""

    op: str
    parts: tuple[Term, ...]


@dataclass(frozen=True)
class Choose:
    """The first pair whose condition holds, else `otherwise`."""

    pairs: tuple[tuple[Condition, Term], ...]
    otherwise: Term


Term = Literal | Code | Operation | Choose


def load_term(data: object, path: str, depth: int = 0) -> Term:
    """The expression of `data`, or ScriptError with the path of the part that is wrong. `references` checks codes."""
    if depth > MAX_DEPTH:
        raise ScriptError(path, f"terms may be nested {MAX_DEPTH} deep at most")
    if isinstance(data, str) and data:
        return Code(data)
    if isinstance(data, int | float) and not isinstance(data, bool) and abs(data) < 1e15:
        return Literal(data)
    if not isinstance(data, dict) or len(data) != 1:
        raise ScriptError(path, "expects a number, a question's code, or a mapping with exactly one operator")
    op, body = next(iter(data.items()))
    here = f"{path}.{op}"
    if op == "text" and isinstance(body, str) and body:
        return Literal(body)
    if op in ("count", "years", "days") and isinstance(body, str):
        return Operation(op, (Code(body),))
    if op in ("sum", "product", "minus") and isinstance(body, list) and body and (op != "minus" or len(body) == 2):
        return Operation(op, tuple(load_term(part, f"{here}[{i}]", depth + 1) for i, part in enumerate(body)))
    if op == "choose" and isinstance(body, list) and len(body) > 1 and all(_pair(part) for part in body[:-1]):
        pairs = tuple(
            (
                load_condition(part[0], f"{here}[{i}][0]", depth + 1),
                load_term(part[1], f"{here}[{i}][1]", depth + 1),
            )
            for i, part in enumerate(body[:-1])
        )
        return Choose(pairs, load_term(body[-1], f"{here}[{len(body) - 1}]", depth + 1))
    known = op in OPERATORS
    raise ScriptError(here, "has the wrong parts" if known else f"unknown operator; known are {', '.join(OPERATORS)}")


def _pair(data: object) -> bool:
    return isinstance(data, list) and len(data) == 2


def dump_term(term: Term) -> Any:
    """The data that `load_term` reads back to an equal term."""
    match term:
        case Literal(value):
            return {"text": value} if isinstance(value, str) else value
        case Code(code):
            return code
        case Operation(op, parts):
            dumped = [dump_term(part) for part in parts]
            return {op: dumped[0] if op in ("count", "years", "days") else dumped}
        case Choose(pairs, otherwise):
            return {"choose": [*([dump_condition(c), dump_term(t)] for c, t in pairs), dump_term(otherwise)]}


def codes(term: Term) -> Iterator[str]:
    """Every question that the term looks at."""
    match term:
        case Code(code):
            yield code
        case Operation(_, parts):
            for part in parts:
                yield from codes(part)
        case Choose(pairs, otherwise):
            yield from codes(otherwise)
            for condition, then in pairs:
                yield from (leaf.code for leaf in leaves(condition))
                yield from codes(then)


def compute(term: Term, values: Mapping[str, Any], today: date) -> int | float | str | None:
    """The value, None while it cannot be known. Never raises."""
    match term:
        case Literal(value):
            return value
        case Code(code):
            found = values.get(code)
            return found if isinstance(found, int | float | str) and not isinstance(found, bool) else None
        case Choose(pairs, otherwise):
            chosen = next((then for condition, then in pairs if holds(condition, values)), otherwise)
            return compute(chosen, values, today)
        case Operation("count", (Code(code),)):
            items = values.get(code)
            return len(items) if isinstance(items, list) else 0
        case Operation("years" | "days" as unit, (Code(code),)):
            return _since(values.get(code), today, unit)
        case Operation(op, parts):
            found = [compute(part, values, today) for part in parts]
            if all(value is None or isinstance(part, Literal) for part, value in zip(parts, found, strict=True)):
                return None  # nothing was answered yet
            return _arithmetic(op, found)


def _since(answer: object, today: date, unit: str) -> int | None:
    if not isinstance(answer, str):
        return None
    try:
        then = date.fromisoformat(answer[:10])
    except ValueError:
        return None
    if unit == "days":
        return (today - then).days
    return today.year - then.year - ((today.month, today.day) < (then.month, then.day))


def _arithmetic(op: str, parts: list[int | float | str | None]) -> int | float | None:
    numbers = [Decimal(repr(part)) for part in parts if isinstance(part, int | float)]
    if not numbers or (op != "sum" and len(numbers) < len(parts)):
        return None
    total = numbers[0]
    for number in numbers[1:]:
        total = total + number if op == "sum" else total * number if op == "product" else total - number
        if abs(total) >= _LIMIT:
            return None
    return int(total) if total == total.to_integral_value() else float(round(total, 6))
