"""One question: what is asked, of what type, and when. Pure data; `loading` builds it, `validation` judges answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .conditions import Condition
from .text import NO_TEXT, Text

# An answer in its canonical, JSON-able form; the shape per type stands in QuestionType. None = asked and left empty.
Value = str | int | float | bool | list[str] | dict[str, Any] | None

# Injected by the host, by name: returns the normalised value or raises errors.Invalid(message_key, params).
# Must accept its own output (answers are checked again when an interview is resumed).
Validators = Mapping[str, Callable[[Any], Any]]

MAX_TEXT = 4000
MAX_LINE = 250

_LOOKS_LIKE_A_NUMBER = re.compile(r"\W*\d+\W*")


class QuestionType(StrEnum):
    """The first six are Open311's attribute types. The comment gives the answer's canonical shape."""

    STRING = "string"  # one line
    NUMBER = "number"  # int or float, finite, |x| < 1e15
    DATETIME = "datetime"  # "2026-11-22T14:30", the agency's wall clock; an offset is converted by the caller before
    TEXT = "text"  # lines joined by \n
    SINGLE = "singlevaluelist"  # one option's value
    MULTI = "multivaluelist"  # option values, in the script's order
    DATE = "date"  # "2026-11-22"
    BOOLEAN = "boolean"  # True | False
    LOCATION = "location"  # dict: any of address number complement district postcode place (str), lat lon (float)
    FILES = "files"  # opaque file ids, given by the host's upload
    EMAIL = "email"  # one line
    PHONE = "phone"  # as the validator "phone" writes it
    DOCUMENT = "document"  # as its validators write it
    CONSENT = "consent"  # True | False; required means True
    STATEMENT = "statement"  # shows its prompt, asks nothing, has no answer


LISTS = frozenset({QuestionType.SINGLE, QuestionType.MULTI})
LINES = frozenset({QuestionType.STRING, QuestionType.EMAIL, QuestionType.PHONE, QuestionType.DOCUMENT})
WORDS = LINES | {QuestionType.TEXT}
MOMENTS = frozenset({QuestionType.DATE, QuestionType.DATETIME})
ORDERED = MOMENTS | {QuestionType.NUMBER}
LOCATION_WORDS = ("address", "number", "complement", "district", "postcode", "place")


@dataclass(frozen=True)
class Option:
    value: str
    label: Text
    help: Text = NO_TEXT


@dataclass(frozen=True)
class Question:
    """Lengths count characters after cleaning. `min`/`max` bound a number, a date ("today" too) or a file count."""

    code: str
    type: QuestionType
    prompt: Text
    help: Text = NO_TEXT
    why: Text = NO_TEXT
    example: Text = NO_TEXT
    required: bool = False
    default: Value = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    meaningful: bool = False
    min: int | float | str | None = None
    max: int | float | str | None = None
    options: tuple[Option, ...] = ()
    validators: tuple[str, ...] = ()
    when: Condition | None = None
    sensitive: bool = False
    order: int = 0

    @property
    def asks(self) -> bool:
        """False for a statement, which only speaks."""
        return self.type is not QuestionType.STATEMENT

    @property
    def longest(self) -> int:
        """The most characters that an answer in words may have."""
        if self.max_length is not None:
            return self.max_length
        return MAX_TEXT if self.type is QuestionType.TEXT else MAX_LINE

    @property
    def numbered(self) -> bool:
        """Whether a chat may number the options. Not when a label is itself a number: "2" would mean two things."""
        return not any(_LOOKS_LIKE_A_NUMBER.fullmatch(label) for o in self.options for label in o.label.all())

    def option(self, value: str) -> Option | None:
        return next((o for o in self.options if o.value == value), None)
