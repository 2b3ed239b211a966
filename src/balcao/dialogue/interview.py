"""The interview: one person, one script, the answers so far. Immutable; every step returns a new one.

An answer counts only while its question applies. When a correction makes a condition false, the answers behind it are
kept aside, and come back when the condition does; what is finished holds none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from .conditions import holds
from .display import display
from .errors import Invalid, NotComplete, Problem, ScriptError
from .parsing import parse_text
from .questions import Question, Validators, Value
from .scripts import Script, Step
from .text import Text
from .validation import check


@dataclass(frozen=True)
class Answer:
    """`value` None: asked, and left empty. `given_at` is aware and in the agency's zone."""

    value: Value
    given_at: datetime


@dataclass(frozen=True)
class Answers:
    """What a finished interview leaves: only what was asked and not left empty, with the version that asked it."""

    script_slug: str
    version: int
    values: Mapping[str, Value]
    given_at: Mapping[str, datetime]

    def data(self) -> dict[str, Any]:
        """JSON-able."""
        given = {code: moment.isoformat() for code, moment in self.given_at.items()}
        return {"script": self.script_slug, "version": self.version, "values": dict(self.values), "given_at": given}


@dataclass(frozen=True)
class Page:
    """The part of a step that applies now, statements too. `number` of `of` counts the pages that are shown."""

    step: Step
    questions: tuple[Question, ...]
    number: int
    of: int
    complete: bool

    @property
    def slug(self) -> str:
        return self.step.slug

    @property
    def title(self) -> Text:
        return self.step.title


@dataclass(frozen=True)
class ReviewLine:
    """`text` is "" where the person left the question empty."""

    question: Question
    text: str


class Outcome(NamedTuple):
    """The interview after the good answers, and what was wrong with the others."""

    interview: Interview
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class Interview:
    script: Script
    started_at: datetime
    answers: Mapping[str, Answer] = field(default_factory=dict)
    aside: Mapping[str, Answer] = field(default_factory=dict)
    reopened: frozenset[str] = frozenset()
    language: str = "pt-br"
    validators: Validators = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if missing := sorted(self.script.validator_names() - set(self.validators)):
            raise ScriptError("validators", f"the host has no validator named {', '.join(missing)}")

    @classmethod
    def start(
        cls,
        script: Script,
        *,
        now: datetime,
        prefill: Mapping[str, object] | None = None,
        validators: Validators | None = None,
        language: str = "pt-br",
    ) -> Interview:
        """A fresh interview. What `prefill` knows counts as answered, stands in the review and can be corrected;
        what it has wrong, or for a question that does not apply, is passed over. Raises ScriptError if the host lacks
        a validator that the script names."""
        interview = cls(script, now, language=language, validators=validators or {})
        return interview.give_page(prefill, now=now).interview if prefill else interview

    # What to ask

    @property
    def values(self) -> dict[str, Value]:
        """Answers that count and are not empty."""
        return {code: answer.value for code, answer in self.answers.items() if answer.value is not None}

    def applies(self, code: str) -> bool:
        question = self.script.by_code.get(code)
        return question is not None and (question.when is None or holds(question.when, self.values))

    def asked(self) -> tuple[Question, ...]:
        """Every question that applies now, statements too, in order."""
        values = self.values
        return tuple(q for q in self.script.questions() if q.when is None or holds(q.when, values))

    def next_question(self) -> Question | None:
        """The first that applies and has no answer; None when the review is next."""
        return next((q for q in self.asked() if q.asks and q.code not in self.answers), None)

    def prelude(self) -> tuple[Question, ...]:
        """The statements that a chat says just before the next question (or, at the end, before the review)."""
        said: list[Question] = []
        for question in self.asked():
            if question.asks and question.code not in self.answers:
                break
            said = [] if question.asks else [*said, question]
        return tuple(said)

    @property
    def complete(self) -> bool:
        return self.next_question() is None

    def pages(self) -> tuple[Page, ...]:
        """The pages that have something to show now."""
        asked = {q.code for q in self.asked()}
        shown = [(step, tuple(q for q in step.questions if q.code in asked)) for step in self.script.steps]
        shown = [(step, questions) for step, questions in shown if questions]
        return tuple(
            Page(step, questions, number, len(shown), all(q.code in self.answers for q in questions if q.asks))
            for number, (step, questions) in enumerate(shown, 1)
        )

    def page(self, slug: str | None = None) -> Page | None:
        """That step's page, or the current one, where the next question stands. None: not shown, or all answered."""
        if slug is None:
            question = self.next_question()
            if question is None:
                return None
            slug = self.script.step_of[question.code].slug
        return next((page for page in self.pages() if page.slug == slug), None)

    def page_after(self, slug: str) -> Page | None:
        """Where a form goes from this page: to itself while it is incomplete, else to the next; None = the review."""
        pages = self.pages()
        order = [step.slug for step in self.script.steps]
        here = order.index(slug) if slug in order else -1
        for page in pages:
            place = order.index(page.slug)
            if place > here or (place == here and not page.complete):
                return page
        return None

    def suggestion(self, code: str) -> Value:
        """What a form shows in the field: the answer, else one kept aside, else the default."""
        for kept in (self.answers, self.aside):
            if code in kept:
                return kept[code].value
        question = self.script.by_code.get(code)
        return question.default if question else None

    # Answering

    def give(self, code: str, raw: object, *, now: datetime) -> Outcome:
        """Take one answer (raw as `validation.check` reads it; None skips an optional question), or say what is wrong.
        A refused answer changes nothing."""
        question = self.script.by_code.get(code)
        if question is None:
            return Outcome(self, (Problem(code, "unknown_question"),))
        if not question.asks or not self.applies(code):
            return Outcome(self, (Problem(code, "not_asked"),))
        try:
            value = check(question, raw, validators=self.validators, now=now, language=self.language)
        except Invalid as refusal:
            return Outcome(self, (Problem(code, refusal.code, refusal.params),))
        answers = {**self.answers, code: Answer(value, now)}
        aside = {kept: answer for kept, answer in self.aside.items() if kept != code}
        return Outcome(self.settled(answers, aside, self.reopened - {code}), ())

    def give_text(self, code: str, text: str, *, now: datetime) -> Outcome:
        """`give` for a line of chat or a keypad: "2", "sim", "25/04/2026", an option's label."""
        question = self.script.by_code.get(code)
        if question is None or not question.asks:
            return self.give(code, text, now=now)
        try:
            raw = parse_text(question, text, language=self.language, today=now.date())
        except Invalid as refusal:
            return Outcome(self, (Problem(code, refusal.code, refusal.params),))
        return self.give(code, raw, now=now)

    def give_page(self, raws: Mapping[str, object], *, now: datetime) -> Outcome:
        """Take many answers at once, in the script's order, so that an answer may open or close those behind it.
        The good ones are kept, each bad one is a problem; a field whose question was closed just now is passed over."""
        interview: Interview = self
        problems: list[Problem] = [Problem(c, "unknown_question") for c in raws if c not in self.script.by_code]
        for question in self.script.questions():
            if question.code in raws and question.asks and interview.applies(question.code):
                interview, wrong = interview.give(question.code, raws[question.code], now=now)
                problems += wrong
        return Outcome(interview, tuple(problems))

    def correct(self, code: str) -> Interview:
        """Ask this question again: its answer, and those that depended on it, are kept aside until it is answered.
        Nothing happens to a question that has no answer."""
        if code not in self.answers:
            return self
        answers = {kept: answer for kept, answer in self.answers.items() if kept != code}
        return self.settled(answers, {**self.aside, code: self.answers[code]}, self.reopened | {code})

    def settled(
        self, answers: Mapping[str, Answer], aside: Mapping[str, Answer], reopened: frozenset[str]
    ) -> Interview:
        """Sort the answers into those that count and those kept aside. One pass: conditions only look back."""
        live: dict[str, Answer] = {}
        away: dict[str, Answer] = {}
        values: dict[str, Value] = {}
        for question in self.script.questions():
            answer = answers.get(question.code, aside.get(question.code))
            if answer is None:
                continue
            waits = question.code in reopened
            if waits or not (question.when is None or holds(question.when, values)):
                away[question.code] = answer
                continue
            live[question.code] = answer
            if answer.value is not None:
                values[question.code] = answer.value
        return replace(self, answers=live, aside=away, reopened=reopened)

    # The end

    def review(self) -> tuple[ReviewLine, ...]:
        """Each question that applies and has been asked, once, with its answer in words."""
        return tuple(
            ReviewLine(question, display(question, self.answers[question.code].value, self.language))
            for question in self.asked()
            if question.code in self.answers
        )

    def finish(self) -> Answers:
        """The answers to keep. Raises NotComplete while a question that applies is open."""
        missing = tuple(q.code for q in self.asked() if q.asks and q.code not in self.answers)
        if missing:
            raise NotComplete(missing)
        values = self.values
        given = {code: self.answers[code].given_at for code in values}
        return Answers(self.script.slug, self.script.version, values, given)
