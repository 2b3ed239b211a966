"""One question: what is asked, of what type, and when. Pure data; `loading` builds it, `validation` judges answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from .computing import Term
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
    NAME = "name"  # one line, with letters
    MONEY = "money"  # a number of the question's currency, two decimals at most
    SCALE = "scale"  # a whole number from `min` (0) to `max` (10)
    STATEMENT = "statement"  # shows its prompt, asks nothing, has no answer
    COMPUTED = "computed"  # asks nothing; a number or a text that follows from the answers before
    END = "end"  # asks nothing; where it applies, the interview ends and nothing is sent


class Lack(StrEnum):
    """Why there is no answer, in the person's own words, where the question lets them say so."""

    UNKNOWN = "unknown"  # "não sei"
    NONE = "none"  # "não tenho"


LISTS = frozenset({QuestionType.SINGLE, QuestionType.MULTI})
LINES = frozenset(
    {QuestionType.STRING, QuestionType.EMAIL, QuestionType.PHONE, QuestionType.DOCUMENT, QuestionType.NAME}
)
WORDS = LINES | {QuestionType.TEXT}
MOMENTS = frozenset({QuestionType.DATE, QuestionType.DATETIME})
NUMBERS = frozenset({QuestionType.NUMBER, QuestionType.MONEY, QuestionType.SCALE})
ORDERED = MOMENTS | NUMBERS
SILENT = frozenset({QuestionType.STATEMENT, QuestionType.COMPUTED, QuestionType.END})  # they ask nothing
CURRENCIES = {"BRL": "R$", "EUR": "€"}
SCALE_MIN, SCALE_MAX = 0, 10
LOCATION_WORDS = ("address", "number", "complement", "district", "postcode", "place")


@dataclass(frozen=True)
class Option:
    value: str
    label: Text
    help: Text = NO_TEXT


@dataclass(frozen=True)
class Question:
    """Lengths count characters after cleaning. `min`/`max` bound a number, a date ("today" too) or a file count.
    `unsure`: what a person may say instead of an answer, also where one is required. `next_step` and `url` (https) are
    an end's: what to do instead, and where."""

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
    unsure: tuple[Lack, ...] = ()
    currency: str = "BRL"
    compute: Term | None = None
    next_step: Text = NO_TEXT
    url: str = ""
    order: int = 0

    @cached_property
    def asks(self) -> bool:
        """False for what only speaks, computes or ends."""
        return self.type not in SILENT

    @property
    def points(self) -> range:
        """The numbers of a scale."""
        low = self.min if isinstance(self.min, int) else SCALE_MIN
        return range(low, (self.max if isinstance(self.max, int) else SCALE_MAX) + 1)

    @property
    def longest(self) -> int:
        """The most characters that an answer in words may have."""
        if self.max_length is not None:
            return self.max_length
        return MAX_TEXT if self.type is QuestionType.TEXT else MAX_LINE

    @cached_property
    def numbered(self) -> bool:
        """Whether a chat may number the options. Not when a label is itself a number: "2" would mean two things."""
        return not any(_LOOKS_LIKE_A_NUMBER.fullmatch(label) for o in self.options for label in o.label.all())

    @cached_property
    def _by_value(self) -> dict[str, Option]:
        return {option.value: option for option in self.options}

    def option(self, value: str) -> Option | None:
        return self._by_value.get(value)
