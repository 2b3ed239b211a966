"""A script: titled steps of questions, with a version. `load_script` and `dump_script` speak plain JSON/YAML data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .questions import Question
from .text import NO_TEXT, Text


@dataclass(frozen=True)
class Step:
    """What a web form shows on one page; a chat says its title and goes on."""

    slug: str
    title: Text
    questions: tuple[Question, ...]
    intro: Text = NO_TEXT


@dataclass(frozen=True)
class Script:
    """Codes are unique in the whole script; a condition looks only at questions before its own."""

    slug: str
    version: int
    steps: tuple[Step, ...]
    title: Text = NO_TEXT

    @cached_property
    def by_code(self) -> dict[str, Question]:
        return {question.code: question for question in self.questions()}

    @cached_property
    def step_of(self) -> dict[str, Step]:
        """The step in which each question stands."""
        return {question.code: step for step in self.steps for question in step.questions}

    def questions(self) -> Iterator[Question]:
        """All of them, statements too, in the order in which they are asked."""
        for step in self.steps:
            yield from step.questions

    def validator_names(self) -> frozenset[str]:
        """What the host's `Validators` must hold."""
        return frozenset(name for question in self.questions() for name in question.validators)
