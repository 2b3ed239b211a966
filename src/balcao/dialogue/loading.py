"""Scripts from plain data (what JSON or YAML holds). Every fault is a ScriptError that names its place."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from .computing import Term, load_term
from .conditions import load_condition
from .errors import Invalid, ScriptError
from .identity import expand_identity
from .questions import (
    CURRENCIES,
    LISTS,
    MAX_TEXT,
    MOMENTS,
    ORDERED,
    SILENT,
    WORDS,
    Lack,
    Option,
    Question,
    QuestionType,
    Value,
)
from .references import check_references
from .scripts import Running, Script, Step
from .text import Text, clean_line, clean_text, fold
from .validation import MAX_FILES, check

MAX_OPTIONS = 500
ASKED = frozenset(QuestionType) - SILENT
SHORT = ("cpf", "cnpj", "nif")  # types that stand for a document with this check

_SCRIPT_KEYS = ("slug", "version", "title", "running", "steps")
_STEP_KEYS = ("slug", "title", "intro", "questions")
_OPTION_KEYS = ("value", "label", "help")
QUESTION_KEYS = (
    *("code", "type", "prompt", "help", "why", "example", "required", "default", "min_length", "max_length", "pattern"),
    *("meaningful", "min", "max", "options", "validators", "when", "sensitive", "unsure", "currency", "compute"),
    *("next_step", "url", "order"),
)
_ONLY_FOR: dict[str, frozenset[QuestionType]] = {
    "min_length": WORDS,
    "max_length": WORDS,
    "pattern": WORDS,
    "meaningful": WORDS,
    "min": ORDERED | {QuestionType.FILES},
    "max": ORDERED | {QuestionType.FILES},
    "options": LISTS,
    "default": ASKED - {QuestionType.FILES, QuestionType.CONSENT},
    "required": ASKED,
    "validators": ASKED,
    "unsure": ASKED - {QuestionType.CONSENT},
    "currency": frozenset({QuestionType.MONEY, QuestionType.COMPUTED}),
    "compute": frozenset({QuestionType.COMPUTED}),
    "next_step": frozenset({QuestionType.END}),
    "url": frozenset({QuestionType.END}),
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
    running = table.get("running", "finish")
    if running not in tuple(Running):
        raise ScriptError("running", f"expects one of {', '.join(Running)}")
    script = Script(_slug(table, ""), version, _numbered(steps), _text(table, "title", ""), Running(running))
    check_references(script)
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
    table = _mapping(data, path, QUESTION_KEYS)
    code = table.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ScriptError(f"{path}.code", "expects a letter, then letters, digits, _ or - (60 at most)")
    if (short := table.get("type")) in SHORT:
        table = {**table, "type": "document", "validators": [short]}
    try:
        kind = QuestionType(str(table.get("type")))
    except ValueError:
        known = ", ".join([*QuestionType, *SHORT, "identity"])
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
        unsure=_unsure(table, path),
        currency=_currency(table, path),
        compute=_compute(table, kind, path),
        next_step=_text(table, "next_step", path),
        url=_url(table, path),
        order=_count(table, "order", path) or 0,
    )
    if question.max_length is not None and question.max_length > MAX_TEXT:
        raise ScriptError(f"{path}.max_length", f"{MAX_TEXT} is the most")
    if (question.min_length or 0) > question.longest:
        raise ScriptError(f"{path}.min_length", "is larger than max_length")
    if not _in_order(question.min, question.max):
        raise ScriptError(f"{path}.min", "is larger than max")
    if kind is QuestionType.SCALE and len(question.points) < 2:
        raise ScriptError(f"{path}.min", "leaves less than two points")
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


def _unsure(table: dict[str, Any], path: str) -> tuple[Lack, ...]:
    names = _strings(table.get("unsure"), f"{path}.unsure")
    for i, name in enumerate(names):
        if name not in tuple(Lack):
            raise ScriptError(f"{path}.unsure[{i}]", f"expects one of {', '.join(Lack)}")
    return tuple(lack for lack in Lack if lack in names)


def _currency(table: dict[str, Any], path: str) -> str:
    currency = table.get("currency", "BRL")
    if currency not in tuple(CURRENCIES):
        raise ScriptError(f"{path}.currency", f"expects one of {', '.join(CURRENCIES)}")
    return str(currency)


def _compute(table: dict[str, Any], kind: QuestionType, path: str) -> Term | None:
    if kind is not QuestionType.COMPUTED:
        return None
    if table.get("compute") is None:
        raise ScriptError(f"{path}.compute", "is missing")
    return load_term(table["compute"], f"{path}.compute")


def _url(table: dict[str, Any], path: str) -> str:
    url = table.get("url") or ""
    if not isinstance(url, str) or (url and not re.fullmatch(r"https://[^\s<>\"]{3,300}", url)):
        raise ScriptError(f"{path}.url", "expects an address that begins with https://")
    return url


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
    if kind is QuestionType.SCALE and not (isinstance(value, int) and -100 <= value <= 100):
        raise ScriptError(here, "expects a whole number from -100 to 100")
    if kind is QuestionType.FILES and not (isinstance(value, int) and 0 <= value <= MAX_FILES):
        raise ScriptError(here, f"expects a whole number from 0 to {MAX_FILES}")
    return value
