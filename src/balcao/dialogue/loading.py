"""Scripts from and to plain data (what JSON or YAML holds). Every fault is a ScriptError that names its place."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from .conditions import Answered, Compare, dump_condition, leaves, load_condition
from .errors import Invalid, ScriptError
from .identity import expand_identity
from .questions import LISTS, MAX_TEXT, MOMENTS, ORDERED, WORDS, Option, Question, QuestionType, Value
from .scripts import Script, Step
from .text import Text, clean_line, clean_text, fold
from .validation import MAX_FILES, check

MAX_QUESTIONS, MAX_OPTIONS = 200, 500

_SCRIPT_KEYS = ("slug", "version", "title", "steps")
_STEP_KEYS = ("slug", "title", "intro", "questions")
_OPTION_KEYS = ("value", "label", "help")
_QUESTION_KEYS = (
    *("code", "type", "prompt", "help", "why", "example", "required", "default", "min_length", "max_length", "pattern"),
    *("meaningful", "min", "max", "options", "validators", "when", "sensitive", "order"),
)
_ONLY_FOR: dict[str, frozenset[QuestionType]] = {
    "min_length": WORDS,
    "max_length": WORDS,
    "pattern": WORDS,
    "meaningful": WORDS,
    "min": ORDERED | {QuestionType.FILES},
    "max": ORDERED | {QuestionType.FILES},
    "options": LISTS,
    "default": frozenset(QuestionType) - {QuestionType.STATEMENT, QuestionType.FILES, QuestionType.CONSENT},
    "required": frozenset(QuestionType) - {QuestionType.STATEMENT},
    "validators": frozenset(QuestionType) - {QuestionType.STATEMENT},
}
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
# (a+)+ and its like can take for ever on a text made for it. A coarse net: authors are trusted staff.
_NESTED_REPEAT = re.compile(r"\([^)]*[+*][^)]*\)[+*{]")


def load_script(data: object) -> Script:
    """The script of `data`, checked whole: shapes, keys, codes, references, defaults. Raises ScriptError."""
    table = _mapping(data, "", _SCRIPT_KEYS)
    version = table.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ScriptError("version", "expects a whole number from 1")
    steps = tuple(_step(item, f"steps[{i}]") for i, item in enumerate(_list(table.get("steps"), "steps")))
    script = Script(_slug(table, ""), version, _numbered(steps), _text(table, "title", ""))
    _check_whole(script)
    return script


def _step(data: object, path: str) -> Step:
    table = _mapping(data, path, _STEP_KEYS)
    questions: list[Question] = []
    for i, item in enumerate(_list(table.get("questions"), f"{path}.questions")):
        here = f"{path}.questions[{i}]"
        if isinstance(item, dict) and item.get("type") == "identity":
            questions += [_question(part, here) for part in expand_identity(item, here)]
        else:
            questions.append(_question(item, here))
    questions.sort(key=lambda question: question.order)
    return Step(_slug(table, path), _text(table, "title", path, True), tuple(questions), _text(table, "intro", path))


def _numbered(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Orders of the questions in the whole script, from 1 (Open311's `order`)."""
    order = 0
    result: list[Step] = []
    for step in steps:
        questions = tuple(replace(q, order=order + i) for i, q in enumerate(step.questions, 1))
        order += len(questions)
        result.append(replace(step, questions=questions))
    return tuple(result)


def _question(data: object, path: str) -> Question:
    table = _mapping(data, path, _QUESTION_KEYS)
    code = table.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ScriptError(f"{path}.code", "expects a letter, then letters, digits, _ or - (60 at most)")
    try:
        kind = QuestionType(str(table.get("type")))
    except ValueError:
        known = ", ".join([*QuestionType, "identity"])
        raise ScriptError(f"{path}.type", f"unknown type; known are {known}") from None
    for key, kinds in _ONLY_FOR.items():
        if table.get(key) is not None and kind not in kinds and not (key == "required" and table[key] is False):
            raise ScriptError(f"{path}.{key}", f"makes no sense for the type {kind}")
    question = Question(
        code=code,
        type=kind,
        prompt=_text(table, "prompt", path, True),
        help=_text(table, "help", path),
        why=_text(table, "why", path),
        example=_text(table, "example", path),
        required=_flag(table, "required", path),
        default=table.get("default"),
        min_length=_count(table, "min_length", path),
        max_length=_count(table, "max_length", path),
        pattern=_pattern(table, path),
        meaningful=_flag(table, "meaningful", path),
        min=_bound(table, "min", kind, path),
        max=_bound(table, "max", kind, path),
        options=_options(table, kind, path),
        validators=tuple(_strings(table.get("validators"), f"{path}.validators")),
        when=load_condition(table["when"], f"{path}.when") if table.get("when") is not None else None,
        sensitive=_flag(table, "sensitive", path),
        order=_count(table, "order", path) or 0,
    )
    if question.max_length is not None and question.max_length > MAX_TEXT:
        raise ScriptError(f"{path}.max_length", f"{MAX_TEXT} is the most")
    if (question.min_length or 0) > question.longest:
        raise ScriptError(f"{path}.min_length", "is larger than max_length")
    if not _in_order(question.min, question.max):
        raise ScriptError(f"{path}.min", "is larger than max")
    if question.default is not None:
        _check_default(question, f"{path}.default")
    return question


def _check_default(question: Question, path: str) -> None:
    try:
        canonical: Value = check(replace(question, validators=()), question.default)
    except Invalid as refusal:
        raise ScriptError(path, f"would not be accepted as an answer ({refusal.code})") from None
    if canonical != question.default or type(canonical) is not type(question.default):
        raise ScriptError(path, f"is to be written as {canonical!r}")


def _options(table: dict[str, Any], kind: QuestionType, path: str) -> tuple[Option, ...]:
    if kind not in LISTS:
        return ()
    path = f"{path}.options"
    options: list[Option] = []
    items = _list(table.get("options"), path)
    if len(items) > MAX_OPTIONS:
        raise ScriptError(path, f"{MAX_OPTIONS} options are the most")
    for i, item in enumerate(items):
        here = f"{path}[{i}]"
        entry = _mapping(item, here, _OPTION_KEYS)
        value = entry.get("value")
        if not isinstance(value, str) or not value or clean_line(value) != value:
            raise ScriptError(f"{here}.value", "expects one line of text (in YAML, quote numbers and yes/no)")
        options.append(Option(value, _text(entry, "label", here, True, line=True), _text(entry, "help", here)))
        label = options[-1].label
        if kind is QuestionType.MULTI and any(";" in words for words in label.all()):
            raise ScriptError(f"{here}.label", 'must not contain ";", which separates several answers')
        for other in options[:-1]:
            if other.value == value:
                raise ScriptError(f"{here}.value", f"{value!r} stands twice in the list")
            for language in {lang for lang, _ in (*label.versions, *other.label.versions)}:
                if _key(other.label.say(language)) == _key(label.say(language)):
                    raise ScriptError(f"{here}.label", "reads like another option's label")
    return tuple(options)


def _key(label: str) -> str:
    return fold(label) or label


def _check_whole(script: Script) -> None:
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
            seen[question.code] = question


def _check_leaf(leaf: Compare | Answered, seen: dict[str, Question], every: set[str], path: str) -> None:
    asked = seen.get(leaf.code)
    if asked is None:
        later = leaf.code in every
        raise ScriptError(path, f"{leaf.code!r} is {'asked later or here' if later else 'no question of this script'}")
    if not asked.asks:
        raise ScriptError(path, f"{leaf.code!r} is a statement and has no answer")
    if isinstance(leaf, Answered):
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


def _mapping(data: object, path: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ScriptError(path, "expects a mapping")
    for key in data:
        if key not in keys:
            raise ScriptError(f"{path}.{key}".lstrip("."), f"unknown key; known are {', '.join(keys)}")
    return data


def _list(data: object, path: str) -> list[Any]:
    if not isinstance(data, list) or not data:
        raise ScriptError(path, "expects a list of at least one")
    return data


def _strings(data: object, path: str) -> list[str]:
    if data is None:
        return []
    if not isinstance(data, list) or not all(isinstance(item, str) and item for item in data):
        raise ScriptError(path, "expects a list of names")
    return data


def _slug(table: dict[str, Any], path: str) -> str:
    slug = table.get("slug")
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise ScriptError(f"{path}.slug".lstrip("."), "expects lower-case letters, digits, _ or - (80 at most)")
    return slug


def _text(table: dict[str, Any], key: str, path: str, required: bool = False, line: bool = False) -> Text:
    here = f"{path}.{key}".lstrip(".")
    data = table.get(key)
    if data is None or data == "":
        if required:
            raise ScriptError(here, "is missing")
        return Text()
    if isinstance(data, str):
        words = {"": data}
    elif isinstance(data, dict) and data and all(isinstance(k, str) and isinstance(v, str) for k, v in data.items()):
        words = data
    else:
        raise ScriptError(here, "expects a text, or a mapping of language to text")
    text = Text.of({lang: (clean_line if line else clean_text)(said) for lang, said in words.items()})
    if not all(text.all()):
        raise ScriptError(here, "has an empty text")
    return text


def _flag(table: dict[str, Any], key: str, path: str) -> bool:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise ScriptError(f"{path}.{key}", "expects true or false")
    return bool(value)


def _count(table: dict[str, Any], key: str, path: str) -> int | None:
    value = table.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ScriptError(f"{path}.{key}", "expects a whole number from 0")
    return value


def _in_order(low: int | float | str | None, high: int | float | str | None) -> bool:
    """Whether low ≤ high, as far as that can be known before "today" comes. `_bound` made both of one kind."""
    if isinstance(low, str) and isinstance(high, str):
        return "today" in (low, high) or low <= high
    if isinstance(low, int | float) and isinstance(high, int | float):
        return low <= high
    return True


def _pattern(table: dict[str, Any], path: str) -> str | None:
    pattern = table.get("pattern")
    if pattern is None:
        return None
    try:
        if not isinstance(pattern, str) or _NESTED_REPEAT.search(pattern):
            raise ScriptError(f"{path}.pattern", "expects a regular expression without repeats inside repeats")
        re.compile(pattern)
    except re.error as fault:
        raise ScriptError(f"{path}.pattern", f"is no regular expression: {fault}") from None
    return pattern


def _bound(table: dict[str, Any], key: str, kind: QuestionType, path: str) -> int | float | str | None:
    value, here = table.get(key), f"{path}.{key}"
    if value is None:
        return None
    if kind in MOMENTS:
        if isinstance(value, date):  # YAML reads an unquoted date as one
            return value.isoformat()[:10]
        try:
            return value if value == "today" else date.fromisoformat(value).isoformat()
        except (TypeError, ValueError):
            raise ScriptError(here, 'expects a date as 2026-04-25, or "today"') from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScriptError(here, "expects a number")
    if kind is QuestionType.FILES and not (isinstance(value, int) and 0 <= value <= MAX_FILES):
        raise ScriptError(here, f"expects a whole number from 0 to {MAX_FILES}")
    return value


def dump_script(script: Script) -> dict[str, Any]:
    """Plain data that `load_script` reads back to an equal script; what is left at its default is left out."""
    table: dict[str, Any] = {"slug": script.slug, "version": script.version}
    if script.title:
        table["title"] = script.title.data()
    table["steps"] = [_dump_step(step) for step in script.steps]
    return table


def _dump_step(step: Step) -> dict[str, Any]:
    table: dict[str, Any] = {"slug": step.slug, "title": step.title.data()}
    if step.intro:
        table["intro"] = step.intro.data()
    table["questions"] = [_dump_question(question) for question in step.questions]
    return table


def _dump_question(question: Question) -> dict[str, Any]:
    table: dict[str, Any] = {"code": question.code, "type": question.type.value}
    for key in _QUESTION_KEYS[2:-1]:
        value = getattr(question, key)
        if isinstance(value, Text):
            value = value.data()
        if key == "options":
            value = [_dump_option(option) for option in value]
        elif key == "validators":
            value = list(value)
        elif key == "when" and value is not None:
            value = dump_condition(value)
        if value is None or (value is False and key != "default") or value in ("", []):
            continue
        table[key] = value
    return table


def _dump_option(option: Option) -> dict[str, Any]:
    table: dict[str, Any] = {"value": option.value, "label": option.label.data()}
    if option.help:
        table["help"] = option.help.data()
    return table
