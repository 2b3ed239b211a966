"""A script: titled steps of questions, with a version. `load_script` and `dump_script` speak plain JSON/YAML data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from .computing import codes
from .conditions import leaves
from .questions import Question
from .text import NO_TEXT, Text


@dataclass(frozen=True)
class Step:
    """What a web form shows on one page; a chat says its title and goes on."""

    slug: str
    title: Text
    questions: tuple[Question, ...]
    intro: Text = NO_TEXT


class Running(StrEnum):
    """What a new version says of the interviews that have begun with an older one."""

    FINISH = "finish"  # they end as they began
    MOVE = "move"  # they go on with this version; answers that it does not take are asked again


@dataclass(frozen=True)
class Script:
    """Codes are unique in the whole script; a condition looks only at questions before its own."""

    slug: str
    version: int
    steps: tuple[Step, ...]
    title: Text = NO_TEXT
    running: Running = Running.FINISH

    @cached_property
    def order(self) -> tuple[Question, ...]:
        """All questions, statements too, in the order in which they are asked."""
        return tuple(question for step in self.steps for question in step.questions)

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each code stands in `order`."""
        return {question.code: place for place, question in enumerate(self.order)}

    @cached_property
    def dependents(self) -> dict[str, tuple[int, ...]]:
        """The places of the questions whose condition or value looks at a code."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, question in enumerate(self.order):
            looked = {leaf.code for leaf in leaves(question.when)} if question.when else set()
            for code in looked | set(codes(question.compute) if question.compute else ()):
                found[code].append(place)
        return {code: tuple(places) for code, places in found.items()}

    @cached_property
    def by_code(self) -> dict[str, Question]:
        return {question.code: question for question in self.questions()}

    @cached_property
    def step_of(self) -> dict[str, Step]:
        """The step in which each question stands."""
        return {question.code: step for step in self.steps for question in step.questions}

    def questions(self) -> Iterator[Question]:
        """All of them, statements too, in the order in which they are asked."""
        return iter(self.order)

    @cached_property
    def validator_names(self) -> frozenset[str]:
        """What the host's `Validators` must hold."""
        return frozenset(name for question in self.order for name in question.validators)
