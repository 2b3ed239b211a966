"""The interview: one person, one script, the answers so far. Immutable; every step returns a new one.

An answer counts only while its question applies. When a correction makes a condition false, the answers behind it are
kept aside, and come back when the condition does; what is finished holds none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from . import phrases
from .conditions import holds
from .display import display
from .errors import Disqualified, Invalid, NotComplete, Problem, ScriptError
from .parsing import parse_text
from .questions import Lack, Question, QuestionType, Validators, Value
from .scripts import Script, Step
from .standing import Answer, Standing, change, settle
from .text import Text
from .validation import check


def need(script: Script, validators: Validators | None) -> None:
    """Raise ScriptError if the host lacks a validator that the script names."""
    if missing := sorted(script.validator_names.difference(validators or ())):
        raise ScriptError("validators", f"the host has no validator named {', '.join(missing)}")


@dataclass(frozen=True)
class Answers:
    """What a finished interview leaves: what was asked and not left empty, and what was computed from it (which has no
    moment of its own), with the version that asked. `lacks`: what the person said not to know or not to have."""

    script_slug: str
    version: int
    values: Mapping[str, Value]
    given_at: Mapping[str, datetime]
    lacks: Mapping[str, Lack] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """JSON-able."""
        given = {code: moment.isoformat() for code, moment in self.given_at.items()}
        table = {"script": self.script_slug, "version": self.version, "values": dict(self.values), "given_at": given}
        return table | ({"lacks": {code: lack.value for code, lack in self.lacks.items()}} if self.lacks else {})


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
    """Begin with `start` or `saving.resume`."""

    script: Script
    started_at: datetime
    standing: Standing
    reopened: frozenset[str] = frozenset()
    language: str = "pt-br"
    validators: Validators = field(default_factory=dict, compare=False, repr=False)

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
        need(script, validators)
        standing = settle(script, {}, {}, frozenset(), now.date())
        interview = cls(script, now, standing, language=language, validators=validators or {})
        return interview.give_page(prefill, now=now).interview if prefill else interview

    # What to ask

    @property
    def answers(self) -> Mapping[str, Answer]:
        """Those that count."""
        return self.standing.answers

    @property
    def aside(self) -> Mapping[str, Answer]:
        """Those whose question does not apply now, or is being corrected."""
        return self.standing.aside

    @property
    def values(self) -> Mapping[str, Value]:
        """Answers that count and are not empty, and computed values."""
        return self.standing.values

    def applies(self, code: str) -> bool:
        question = self.script.by_code.get(code)
        return question is not None and self._applies(self.script.place[code], question)

    def _applies(self, place: int, question: Question) -> bool:
        return place <= self.standing.end and (question.when is None or holds(question.when, self.standing.values))

    def asked(self) -> tuple[Question, ...]:
        """Everything that applies now in order, statements and computed values too; an end is the last."""
        return tuple(question for place, question in enumerate(self.script.order) if self._applies(place, question))

    def next_question(self) -> Question | None:
        """The first that applies and has no answer; None when the review is next, or the end."""
        place = self.standing.next_place
        return self.script.order[place] if place < self.standing.end else None

    def prelude(self) -> tuple[Question, ...]:
        """The statements that a chat says just before the next question (or, at the end, before the review)."""
        said: list[Question] = []
        for place in range(self.standing.next_place - 1, -1, -1):
            question = self.script.order[place]
            if question.asks and question.code in self.standing.answers:
                break
            if question.type is QuestionType.STATEMENT and self._applies(place, question):
                said.append(question)
        return tuple(reversed(said))

    @property
    def complete(self) -> bool:
        """Nothing is left to ask."""
        return self.standing.next_place >= self.standing.end

    @property
    def ended(self) -> Question | None:
        """The end that the answers led to: it says why nothing can be sent, and what to do instead."""
        end = self.standing.end
        return self.script.order[end] if self.complete and end < len(self.script.order) else None

    def pages(self) -> tuple[Page, ...]:
        """The pages that have something to show now."""
        asked = {q.code for q in self.asked() if q.type is not QuestionType.COMPUTED}
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

    def suggestion(self, code: str) -> Value:
        """What a form shows in the field: the answer, else one kept aside, else the default."""
        for kept in (self.answers, self.aside):
            if code in kept:
                return kept[code].value
        question = self.script.by_code.get(code)
        return question.default if question else None

    # Answering

    def give(self, code: str, raw: object, *, now: datetime) -> Outcome:
        """Take one answer (raw as `validation.check` reads it; None skips an optional question; a `Lack` says that the
        person does not know or have it, where the question lets them), or say what is wrong. A refused answer changes
        nothing."""
        question = self.script.by_code.get(code)
        if question is None:
            return Outcome(self, (Problem(code, "unknown_question"),))
        place = self.script.place[code]
        if not question.asks or not self._applies(place, question):
            return Outcome(self, (Problem(code, "not_asked"),))
        if isinstance(raw, Lack):
            if raw not in question.unsure:
                return Outcome(self, (Problem(code, "not_unsure"),))
            answer = Answer(None, now, raw)
        else:
            try:
                value = check(question, raw, validators=self.validators, now=now, language=self.language)
            except Invalid as refusal:
                return Outcome(self, (Problem(code, refusal.code, refusal.params),))
            answer = Answer(value, now)
        reopened = self.reopened - {code} if self.reopened else self.reopened
        standing = change(self.script, self.standing, reopened, place, answer, self.started_at.date())
        return Outcome(self._with(standing, reopened), ())

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
        for code in sorted((code for code in raws if code in self.script.place), key=self.script.place.__getitem__):
            if self.script.by_code[code].asks and interview.applies(code):
                interview, wrong = interview.give(code, raws[code], now=now)
                problems += wrong
        return Outcome(interview, tuple(problems))

    def correct(self, code: str) -> Interview:
        """Ask this question again: its answer, and those that depended on it, are kept aside until it is answered.
        Nothing happens to a question that has no answer."""
        if code not in self.answers:
            return self
        reopened = self.reopened | {code}
        place = self.script.place[code]
        return self._with(change(self.script, self.standing, reopened, place, None, self.started_at.date()), reopened)

    def _with(self, standing: Standing, reopened: frozenset[str]) -> Interview:
        return Interview(self.script, self.started_at, standing, reopened, self.language, self.validators)

    # The end

    def review(self) -> tuple[ReviewLine, ...]:
        """Each question that applies and has been asked, once, with its answer in words; computed values too."""
        return tuple(
            ReviewLine(question, self._in_words(question))
            for question in self.asked()
            if question.code in self.answers
            or (question.type is QuestionType.COMPUTED and question.code in self.values)
        )

    def _in_words(self, question: Question) -> str:
        answer = self.answers.get(question.code)
        if answer is not None and answer.lack is not None:
            return phrases.LACKS[answer.lack].say(self.language)
        return display(question, self.values.get(question.code), self.language)

    def finish(self) -> Answers:
        """The answers to keep. Raises NotComplete while a question that applies is open, Disqualified if an answer
        ended the interview."""
        if not self.complete:
            raise NotComplete(tuple(q.code for q in self.asked() if q.asks and q.code not in self.answers))
        if (end := self.ended) is not None:
            raise Disqualified(end.code)
        values = {q.code: self.values[q.code] for q in self.script.order if q.code in self.values}
        given = {code: self.answers[code].given_at for code in values if code in self.answers}
        lacks = {code: answer.lack for code, answer in self.answers.items() if answer.lack is not None}
        return Answers(self.script.slug, self.script.version, values, given, lacks)
