"""Where an interview stands: which answers count, what follows from them, what is open, and whether it has ended.

`settle` looks at the whole script. `change` looks only at what hangs on one answer, so that a step costs the same in a
script of five questions and of two hundred; both come to the same standing.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from .computing import compute
from .conditions import holds
from .questions import Lack, Question, QuestionType, Value
from .scripts import Script


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` None: asked, and left empty; `lack` says why if the person did. `given_at` is aware and in the agency's
    zone."""

    value: Value
    given_at: datetime
    lack: Lack | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`values`: answers that count and are not empty, and what was computed. `end`: the place of the end that applies,
    else the script's length. Every open question stands in `waits` (in order) or from `frontier` on."""

    answers: Mapping[str, Answer]
    aside: Mapping[str, Answer]
    values: Mapping[str, Value]
    end: int
    # Two ways to the same answers may have looked at the script in another order.
    waits: tuple[int, ...] = field(compare=False)
    frontier: int = field(compare=False)

    @property
    def next_place(self) -> int:
        """Where the first open question stands; `end` when none is open."""
        return min(self.waits[0], self.frontier) if self.waits else self.frontier


def settle(
    script: Script, answers: Mapping[str, Answer], aside: Mapping[str, Answer], reopened: frozenset[str], today: date
) -> Standing:
    """Sort all answers into those that count and those kept aside. One pass: conditions only look back."""
    live: dict[str, Answer] = {}
    away: dict[str, Answer] = {}
    values: dict[str, Value] = {}
    end = len(script.order)
    for place, question in enumerate(script.order):
        applies = place < end and (question.when is None or holds(question.when, values))
        code = question.code
        if not question.asks:
            if applies and question.type is QuestionType.END:
                end = place
            elif (value := _computed(question, values, today) if applies else None) is not None:
                values[code] = value
            continue
        answer = answers.get(code, aside.get(code))
        if answer is None:
            continue
        if not applies or code in reopened:
            away[code] = answer
            continue
        live[code] = answer
        if answer.value is not None:
            values[code] = answer.value
    return Standing(live, away, values, end, (), _advance(script, live, values, 0, end))


def change(
    script: Script, standing: Standing, reopened: frozenset[str], place: int, answer: Answer | None, today: date
) -> Standing:
    """The standing after the question at `place`, which applies, got this answer, or (None) lost the one it had.
    `reopened` is as it is afterwards."""
    code = script.order[place].code
    answers, aside, values = {**standing.answers}, standing.aside, {**standing.values}
    waits, end = set(standing.waits), standing.end
    before = values.pop(code, None)
    if answer is None:
        aside = {**aside, code: answers.pop(code)}
        if place < standing.frontier:
            waits.add(place)
    else:
        answers[code] = answer
        if answer.value is not None:
            values[code] = answer.value
        if code in aside:
            aside = {kept: one for kept, one in aside.items() if kept != code}
        waits.discard(place)
    queue = list(script.dependents.get(code, ())) if values.get(code) != before else []
    while queue:
        here = heapq.heappop(queue)
        question = script.order[here]
        code = question.code
        applies = here <= end and (question.when is None or holds(question.when, values))
        before = values.get(code)
        if question.type is QuestionType.END:
            if here <= end and applies != (here == end):  # what stands behind it begins or ceases to apply
                return settle(script, answers, aside, reopened, today)
        elif question.asks:
            kept = answers.get(code)
            if applies and kept is None:
                if code in aside and code not in reopened:
                    answers[code] = aside[code]
                    aside = {name: one for name, one in aside.items() if name != code}
                    if answers[code].value is not None:
                        values[code] = answers[code].value
                elif here < standing.frontier:
                    waits.add(here)
            elif not applies:
                waits.discard(here)
                if kept is not None:
                    aside = {**aside, code: answers.pop(code)}
                    values.pop(code, None)
        elif (value := _computed(question, values, today) if applies else None) is not None:
            values[code] = value
        else:
            values.pop(code, None)
        if values.get(code) != before:
            for dependent in script.dependents.get(code, ()):
                heapq.heappush(queue, dependent)
    frontier = _advance(script, answers, values, standing.frontier, end)
    return Standing(answers, aside, values, end, tuple(sorted(waits)), frontier)


def _computed(question: Question, values: Mapping[str, Value], today: date) -> Value:
    return compute(question.compute, values, today) if question.compute is not None else None


def _advance(
    script: Script, answers: Mapping[str, Answer], values: Mapping[str, Value], frontier: int, end: int
) -> int:
    while frontier < end:
        question = script.order[frontier]
        if question.asks and question.code not in answers and (question.when is None or holds(question.when, values)):
            break
        frontier += 1
    return frontier
