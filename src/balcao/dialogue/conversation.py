"""The interview as a conversation: `step(script, state, given, now=…) -> (state, prompts)`, on every channel.

Pure: the same script, state, input and moment give the same state and prompts. What is not understood is asked again,
and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from . import phrases
from .commands import Command, Verb, named, read_command
from .errors import Invalid, Problem
from .interview import Interview, Outcome
from .parsing import NO, YES, parse_option, parse_text
from .prompts import (
    Ask,
    Ended,
    Finished,
    Form,
    Given,
    Handover,
    Prompt,
    Raw,
    Refused,
    Review,
    Tap,
    Tell,
    WhichOne,
    Words,
)
from .questions import Lack, Question, QuestionType, Validators
from .saving import move
from .scripts import Running, Script
from .text import fold
from .validation import MAX_FILES

_ID = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)?([=!])(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class State:
    """`gathered`: files that came for the open question. `choosing`: the codes among which the person was asked to
    choose what to correct. `sent`: they said that it may be sent."""

    interview: Interview
    gathered: tuple[str, ...] = ()
    choosing: tuple[str, ...] = ()
    sent: bool = False


class Turn(NamedTuple):
    """What a step comes to."""

    state: State
    prompts: tuple[Prompt, ...]


def begin(
    script: Script,
    *,
    now: datetime,
    prefill: Mapping[str, object] | None = None,
    validators: Validators | None = None,
    language: str = "pt-br",
) -> Turn:
    """A fresh conversation and its first question. What `prefill` knows is not asked. Raises ScriptError if the host
    lacks a validator that the script names."""
    interview = Interview.start(script, now=now, prefill=prefill, validators=validators, language=language)
    return _on(None, State(interview))


def step(script: Script, state: State, given: Given, *, now: datetime) -> Turn:
    """Take what the person gave. `script` is the one that is in force now: where it is another version than the state's
    and says that running interviews move over, the state goes on with it; else it goes on with its own. Raises
    VersionMismatch when it is another script altogether. `now` is in the agency's zone."""
    if state.sent:
        return Turn(state, (Finished(state.interview.finish()),))
    state = in_force(script, state)
    match given:
        case Words(text):
            return _words(state, text, now)
        case Tap(id):
            return _tapped(state, id, now)
        case Raw(value):
            return _raw(state, value, now)
        case Form(raws):
            return _taken(state, state.interview.give_page(raws, now=now))


def know(turn: Turn, known: Mapping[str, object], *, now: datetime) -> Turn:
    """A turn with nothing asked that the host knows: what stands in `known` answers its question as soon as that is
    open, unless it is being corrected or `known` is wrong."""
    interview = turn.state.interview
    if not turn.prompts or not isinstance(turn.prompts[-1], Ask):
        return turn
    while (question := interview.next_question()) is not None:
        code = question.code
        if code not in known or code in interview.reopened or code in interview.aside:
            break
        interview, problems = interview.give(code, known[code], now=now)
        if problems:
            break
    if interview is turn.state.interview:
        return turn
    following = _on(turn.state, State(interview))
    return Turn(following.state, (*turn.prompts[:-1], *following.prompts))


def give_all(state: State, given: Sequence[tuple[str, object]], *, now: datetime) -> Turn:
    """Take several answers, each for the question of its code, open or answered before: a line of text, or data. What
    is wrong changes nothing; what an answer before it has closed is passed over."""
    interview, wrong = state.interview, list[Problem]()
    for code, one in given:
        if interview.applies(code):
            line = isinstance(one, str)
            outcome = interview.give_text(code, str(one), now=now) if line else interview.give(code, one, now=now)
            interview, wrong = outcome.interview, [*wrong, *outcome.problems]
    after = _on(state, State(interview))
    return Turn(after.state, (*map(Refused, wrong), *after.prompts))


def again(state: State) -> Turn:
    """What waits for an answer, said once more."""
    return Turn(state, (Finished(state.interview.finish()),) if state.sent else _open(state))


def in_force(script: Script, state: State) -> State:
    """The state under the script in force: moved over if that says so, else as it is."""
    current = state.interview.script
    if script is current or (script.slug, script.version) == (current.slug, current.version):
        return state
    if script.slug == current.slug and (script.running is Running.FINISH or script.version < current.version):
        return state
    moved = move(state.interview, script).interview
    same = _open_code(moved) == _open_code(state.interview)
    return State(moved, state.gathered if same else ())


# Words, taps, files


def _words(state: State, text: str, now: datetime) -> Turn:
    interview = state.interview
    question = interview.next_question()
    command = read_command(text)
    if command is not None and (question is None or not _is_label(question, text, interview.language)):
        turn = _command(state, command, question, now)
        if turn is not None:
            return turn
    if state.choosing:
        return _chosen(state, text)
    if question is None:
        return _confirmed(state, text)
    if question.type is QuestionType.FILES:
        return _about_files(state, question, text, now)
    return _taken(state, interview.give_text(question.code, text, now=now))


def _is_label(question: Question, text: str, language: str) -> bool:
    """Whether the line is one of the question's own choices: then it is no command."""
    if not question.options:
        return False
    try:
        parse_option(question, text, language)
    except Invalid:
        return False
    return True


def _command(state: State, command: Command, question: Question | None, now: datetime) -> Turn | None:
    """None: the words do not fit here, and are an answer."""
    interview = state.interview
    match command.verb:
        case Verb.BACK:
            return _back(state)
        case Verb.HELP:
            return Turn(state, (Tell(phrases.HELP), *_open(state)))
        case Verb.PERSON:
            return Turn(state, (Handover(),))
        case Verb.SEND if interview.complete:
            return _sent(state)
        case Verb.KEEP if question is not None and question.code in interview.reopened:
            return _kept(state, question.code, now)
        case Verb.DONE if state.gathered:
            return _gathered(state, now)
        case Verb.CORRECT:
            return _correct(state, command.target, question)
    return None


def _tapped(state: State, id: str, now: datetime) -> Turn:
    found, interview = _ID.fullmatch(id), state.interview
    if found is None:
        return Turn(state, (Refused(Problem("", "not_an_option")), *_open(state)))
    code, mark, word = found[1] or "", found[2], found[3]
    if mark == "=":
        return _taken(state, interview.give(code, word, now=now))
    match word:
        case "send" if not code and interview.complete:
            return _sent(state)
        case "correct" if not code:
            return _which(state, [line.question.code for line in interview.review()])
        case "correct" if code in interview.answers:
            return _on(state, State(interview.correct(code)))
        case "keep" if code in interview.reopened:
            return _kept(state, code, now)
        case "done" if state.gathered and code == _open_code(interview):
            return _gathered(state, now)
        case "skip":
            return _taken(state, interview.give(code, None, now=now))
        case Lack.UNKNOWN | Lack.NONE:
            return _taken(state, interview.give(code, Lack(word), now=now))
    return Turn(state, _open(state))  # a button of some message further up, which means nothing now


def _raw(state: State, value: object, now: datetime) -> Turn:
    interview = state.interview
    question = interview.next_question()
    if question is None:
        return Turn(state, _open(state))
    if question.type is not QuestionType.FILES or value is None or isinstance(value, Lack):
        return _taken(state, interview.give(question.code, value, now=now))
    ids = [value] if isinstance(value, str) else value
    if not isinstance(ids, list) or not all(isinstance(one, str) and one for one in ids):
        return Turn(state, (Refused(Problem(question.code, "wrong_shape")), *_open(state)))
    together = tuple(dict.fromkeys((*state.gathered, *ids)))
    most = question.max if isinstance(question.max, int) else MAX_FILES
    if len(together) > most:
        problem = Problem(question.code, "too_many_files", {"count": len(together), "max": most})
        return Turn(state, (Refused(problem), *_open(state)))
    state = replace(state, gathered=together)
    return _gathered(state, now) if len(together) == most else Turn(state, _open(state))


def _about_files(state: State, question: Question, text: str, now: datetime) -> Turn:
    """Words where files are expected: skip, "não tenho", that was all; anything else is asked again."""
    try:
        raw = parse_text(question, text, language=state.interview.language)
    except Invalid:
        return Turn(state, (Refused(Problem(question.code, "files_expected")), *_open(state)))
    if raw is None and state.gathered:
        return _gathered(state, now)
    return _taken(state, state.interview.give(question.code, raw, now=now))


def _gathered(state: State, now: datetime) -> Turn:
    code = _open_code(state.interview)
    return _taken(state, state.interview.give(code, list(state.gathered), now=now))


# Corrections


def _back(state: State) -> Turn:
    """To the question that was answered before the open one; from a choice, out of it."""
    interview = state.interview
    if state.choosing:
        state = replace(state, choosing=())
        return Turn(state, _open(state))
    for place in range(interview.standing.next_place - 1, -1, -1):
        code = interview.script.order[place].code
        if code in interview.answers:
            return _on(state, State(interview.correct(code)))
    return Turn(state, _open(state))


def _correct(state: State, target: tuple[str, ...], question: Question | None) -> Turn | None:
    """One that is named is asked again; of several, or of all when none is named, the person chooses."""
    interview = state.interview
    codes = [line.question.code for line in interview.review() if line.question.asks]
    if len(target) == 1 and target[0].isdecimal() and 1 <= int(target[0]) <= len(codes):
        return _on(state, State(interview.correct(codes[int(target[0]) - 1])))
    meant = [one.code for one in named(target, [interview.script.by_code[code] for code in codes])]
    if len(meant) == 1:
        return _on(state, State(interview.correct(meant[0])))
    if target and not meant and question is not None and not question.options:
        return None
    return _which(state, meant or codes)


def _which(state: State, codes: list[str]) -> Turn:
    codes = [code for code in codes if code in state.interview.answers]
    state = replace(state, choosing=tuple(codes))
    return Turn(state, _open(state))


def _chosen(state: State, text: str) -> Turn:
    """The answer to "which one?": its number on the list, or its words."""
    interview, line = state.interview, fold(text)
    if line.isdecimal() and len(line) < 4 and 1 <= int(line) <= len(state.choosing):
        return _on(state, State(interview.correct(state.choosing[int(line) - 1])))
    meant = named(line.split(), [interview.script.by_code[code] for code in state.choosing])
    if len(meant) == 1:
        return _on(state, State(interview.correct(meant[0].code)))
    return Turn(state, (Refused(Problem("", "not_an_option")), *_open(state)))


def _kept(state: State, code: str, now: datetime) -> Turn:
    """The answer that was to be corrected stays as it was."""
    kept = state.interview.aside[code]
    return _taken(state, state.interview.give(code, kept.lack or kept.value, now=now))


# The end


def _confirmed(state: State, text: str) -> Turn:
    """Words at the review: yes sends, no leads to what is to be corrected."""
    word = fold(text)
    if state.interview.ended is None and word in YES:
        return _sent(state)
    if state.interview.ended is None and word in NO:
        return _which(state, [line.question.code for line in state.interview.review()])
    return Turn(state, _open(state))


def _sent(state: State) -> Turn:
    if state.interview.ended is not None:
        return Turn(state, _open(state))
    return Turn(replace(state, sent=True, choosing=()), (Finished(state.interview.finish()),))


# What to say next


def _taken(state: State, outcome: Outcome) -> Turn:
    if outcome.problems:
        state = replace(state, interview=outcome.interview)
        return Turn(state, (*(Refused(problem) for problem in outcome.problems), *_open(state)))
    return _on(state, State(outcome.interview))


def _on(before: State | None, state: State) -> Turn:
    """What leads to the open question, and the question. Files gathered for it stay while it is open."""
    interview = state.interview
    place = interview.standing.next_place
    if before is not None and before.interview.standing.next_place == place:
        state = replace(state, gathered=before.gathered)
        return Turn(state, _open(state))
    said = [Tell(statement.prompt) for statement in interview.prelude()]
    if (intro := _intro(before, interview)) is not None:
        said.insert(0, intro)
    return Turn(state, (*said, *_open(state)))


def _intro(before: State | None, interview: Interview) -> Tell | None:
    """What a step says of itself, when the conversation comes to it."""
    steps, code = interview.script.step_of, _open_code(interview)
    step = steps.get(code)
    if step is None or not step.intro:
        return None
    last = steps.get(_open_code(before.interview)) if before else None
    return Tell(step.intro) if step is not last else None


def _open_code(interview: Interview) -> str:
    question = interview.next_question()
    return question.code if question else ""


def _open(state: State) -> tuple[Prompt, ...]:
    """What waits for an answer now."""
    interview = state.interview
    if state.choosing:
        lines = {line.question.code: line for line in interview.review()}
        return (WhichOne(tuple(lines[code] for code in state.choosing)),)
    question = interview.next_question()
    if question is not None:
        kept = interview.aside.get(question.code) if question.code in interview.reopened else None
        return (Ask(question, kept.value if kept else None, len(state.gathered)),)
    if (end := interview.ended) is not None:
        return (Ended(end),)
    return (Review(interview.review()),)
