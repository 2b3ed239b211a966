"""What a script's questions say of each other: codes stand once, conditions and computed values only look back."""

from __future__ import annotations

from .computing import Choose, Code, Operation, Term, codes
from .conditions import Answered, Compare, leaves
from .errors import ScriptError
from .questions import MOMENTS, NUMBERS, ORDERED, Question, QuestionType
from .scripts import Script

MAX_QUESTIONS = 200
_COUNTED = NUMBERS | {QuestionType.COMPUTED}
_TAKES = {
    "years": MOMENTS,
    "days": MOMENTS,
    "count": frozenset({QuestionType.MULTI, QuestionType.FILES}),
}


def check_references(script: Script) -> None:
    """Raises ScriptError with the place of the first question that does not fit the others."""
    slugs: set[str] = set()
    seen: dict[str, Question] = {}
    total = sum(1 for _ in script.questions())
    if total > MAX_QUESTIONS:
        raise ScriptError("steps", f"{MAX_QUESTIONS} questions are the most")
    every = {question.code for question in script.questions()}
    for s, step in enumerate(script.steps):
        if step.slug in slugs:
            raise ScriptError(f"steps[{s}].slug", f"{step.slug!r} stands twice in the script")
        slugs.add(step.slug)
        for q, question in enumerate(step.questions):
            path = f"steps[{s}].questions[{q}]"
            if question.code in seen:
                raise ScriptError(f"{path}.code", f"{question.code!r} stands twice in the script")
            for leaf in leaves(question.when) if question.when else ():
                _check_leaf(leaf, seen, every, f"{path}.when")
            for code in codes(question.compute) if question.compute else ():
                _check_code(code, seen, every, f"{path}.compute")
            if question.compute:
                _check_term(question.compute, seen, f"{path}.compute")
            seen[question.code] = question


def _check_code(code: str, seen: dict[str, Question], every: set[str], path: str) -> Question:
    asked = seen.get(code)
    if asked is None:
        later = code in every
        raise ScriptError(path, f"{code!r} is {'asked later or here' if later else 'no question of this script'}")
    if not asked.asks and asked.type is not QuestionType.COMPUTED:
        raise ScriptError(path, f"{code!r} is a statement and has no answer")
    return asked


def _check_term(term: Term, seen: dict[str, Question], path: str) -> None:
    """Numbers are computed with numbers, times with dates, counts with lists. Codes were found before."""
    if isinstance(term, Choose):
        for condition, then in term.pairs:
            for leaf in leaves(condition):
                _check_leaf(leaf, seen, set(seen), path)
            _check_term(then, seen, path)
        _check_term(term.otherwise, seen, path)
    if not isinstance(term, Operation):
        return
    for part in term.parts:
        _check_term(part, seen, path)
        if isinstance(part, Code) and (kind := seen[part.code].type) not in _TAKES.get(term.op, _COUNTED):
            raise ScriptError(path, f"{part.code!r} is of the type {kind}, which {term.op} cannot take")


def _check_leaf(leaf: Compare | Answered, seen: dict[str, Question], every: set[str], path: str) -> None:
    asked = _check_code(leaf.code, seen, every, path)
    if isinstance(leaf, Answered) or asked.type is QuestionType.COMPUTED:
        return
    if leaf.op in ("gt", "lt"):
        fits = isinstance(leaf.value, str) if asked.type in MOMENTS else not isinstance(leaf.value, str | bool)
        if asked.type not in ORDERED or not fits:
            raise ScriptError(path, f"{leaf.code!r} cannot be compared by {leaf.op} with {leaf.value!r}")
    listed = asked.type is QuestionType.SINGLE and leaf.op in ("eq", "ne", "in")
    if listed or (asked.type is QuestionType.MULTI and leaf.op == "contains"):
        for value in leaf.value if leaf.op == "in" else (leaf.value,):
            if not isinstance(value, str) or asked.option(value) is None:
                raise ScriptError(path, f"{value!r} is no option of {leaf.code!r}")
