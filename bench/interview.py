"""The interview engine: how many steps a second one core takes, and whether a long script costs more than a short one.

A step is what a person in a chat does: a line or a tap comes in, the state goes on, the next prompt comes out. Counted
in processor seconds of this process: other programs do not count.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from balcao.dialogue import (
    Given,
    Script,
    State,
    Tap,
    Words,
    begin,
    load_script,
    load_state,
    save_state,
    step,
)
from balcao.dialogue.rendering import render_whatsapp

from .harness import Figure, Goal, Run
from .house import House

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
STEPS, FLAT = Goal(20_000), Goal(1.5, of="ratio", at_most=True)
SHORT, LONG = 10, 200  # questions
LEAST = 6000  # steps a run


def figures(house: House) -> Iterable[Figure]:
    """Nothing of the house is used: the engine knows no database."""
    longest = script(LONG)
    yield Figure(f"interview: steps, {LONG} questions", "step(), words and taps in turn", goal=STEPS).measure(
        lambda: run(longest)
    )
    short = script(SHORT)
    yield Figure(
        "interview: cost of a step", f"a script of {LONG} questions", f"one of {SHORT}", goal=FLAT, unit="µs"
    ).measure(lambda: cost(longest), lambda: cost(short))
    yield Figure(
        "interview: a webhook's share",
        f"{SHORT} questions: the state from JSON, a step, its WhatsApp messages, the state to JSON",
    ).measure(lambda: run(short, kept=True))


def script(count: int) -> Script:
    """A script such as a service's: two in five questions hang on another's answer."""
    questions: list[dict[str, Any]] = []
    for number in range(count):
        code = f"q{number}"
        kinds: list[dict[str, Any]] = [
            {"type": "boolean", "required": True},
            {"type": "text", "required": True, "when": {"ne": [f"q{number - 1}", False]}},
            {
                "type": "singlevaluelist",
                "options": [{"value": v, "label": v.title()} for v in ("poda", "corte", "raiz")],
            },
            {"type": "number", "min": 0, "when": {"answered": f"q{number - 1}"}},
            {"type": "date", "max": "today"},
        ]
        questions.append({"code": code, "prompt": "Como foi?", **kinds[number % len(kinds)]})
    step_ = {"slug": "all", "title": "All", "questions": questions}
    return load_script({"slug": "bench", "version": 1, "steps": [step_]})


GIVEN: dict[str, tuple[Callable[[str], Given], Callable[[str], Given]]] = {
    "boolean": (lambda code: Words("sim"), lambda code: Tap(f"{code}=true")),
    "text": (lambda code: Words("A árvore caiu sobre o muro da escola"), lambda code: Words("Muito barulho de noite")),
    "singlevaluelist": (lambda code: Words("2"), lambda code: Tap(f"{code}=poda")),
    "number": (lambda code: Words("12"), lambda code: Words("1.234,5")),
    "date": (lambda code: Words("25/04/2026"), lambda code: Words("ontem")),
}


def cost(asked: Script) -> Run:
    return Run(1e6 / run(asked).value)


def run(asked: Script, *, kept: bool = False) -> Run:
    """Whole interviews from the first question to the review, until there were enough steps."""
    steps, spent = 0, 0.0
    while steps < LEAST:
        state, _ = begin(asked, now=NOW)
        data = json.dumps(save_state(state)) if kept else ""
        started = time.process_time()
        while (question := state.interview.next_question()) is not None:
            given = GIVEN[question.type][steps % 2](question.code)
            if kept:
                state, data = _through(asked, data, given)
            else:
                state, _ = step(asked, state, given, now=NOW)
            steps += 1
        spent += time.process_time() - started
    return Run(steps / spent)


def _through(asked: Script, data: str, given: Given) -> tuple[State, str]:
    """What a webhook does with it, apart from the database."""
    state, _ = load_state(json.loads(data), asked, older=lambda _: None)
    state, prompts = step(asked, state, given, now=NOW)
    render_whatsapp(prompts)
    return state, json.dumps(save_state(state))
