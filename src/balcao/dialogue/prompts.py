"""The two sides of a step: what a person gives (`Given`), and what they are told and asked (`Prompt`), on any channel.

Prompts carry no channel's shape and no language: `rendering` makes messages of them, the portal its pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import Problem
from .interview import Answers, ReviewLine
from .questions import Question, Value
from .text import Text

# What a person gives


@dataclass(frozen=True, slots=True)
class Words:
    """A line that was typed or spoken: an answer, or a command such as "voltar"."""

    text: str


@dataclass(frozen=True, slots=True)
class Tap:
    """The `id` of a button or row that a renderer offered. It names its question: one that comes late, from a message
    further up, changes that question's answer and never another's."""

    id: str


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer to the question that is open, as data: a place, ids of files, a list of options."""

    value: Value


@dataclass(frozen=True, slots=True)
class Form:
    """A page's answers by code, as `parse_form` makes them."""

    raws: Mapping[str, object]


Given = Words | Tap | Raw | Form

# What a person is told and asked


@dataclass(frozen=True, slots=True)
class Tell:
    """Something to read; nothing is asked."""

    text: Text


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the last answer was not taken; the question follows again."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Ask:
    """The question that is open. `before`: the answer that is being corrected, None where there is none.
    `gathered`: how many files have come for it. `number`: its place in the script, in a letter that asks several."""

    question: Question
    before: Value = None
    gathered: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Review:
    """Everything was answered: it may be sent, or corrected. `numbers`: the lines', in a letter; 0 for
    what was computed."""

    lines: tuple[ReviewLine, ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WhichOne:
    """Which of these answers is to be corrected?"""

    lines: tuple[ReviewLine, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """An answer ended the interview; nothing is sent. The question, of type `end`, says why and what to do next."""

    question: Question


@dataclass(frozen=True, slots=True)
class Handover:
    """The person asked for a person. What was answered stays in the state; the interview can go on at any time."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The person said that it may be sent: these are the answers. Said again whenever the last message is repeated."""

    answers: Answers


Prompt = Tell | Refused | Ask | Review | WhichOne | Ended | Handover | Finished
