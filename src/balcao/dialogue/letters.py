"""The interview by letter: all that can be asked now goes out together, and one reply brings several answers.

A question has one number for good, its place in its script: in a reply to whichever letter it means that question and
no other, open or answered before."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime

from . import phrases
from .commands import read_command
from .conversation import State, Turn, again, give_all, in_force, step
from .interview import Interview
from .prompts import Ask, Prompt, Raw, Review, Tell, Words
from .questions import Question, QuestionType
from .scripts import Script

_NUMBER = re.compile(r"\s*(\d{1,3})\s*(?:\)|[.:](?=\s|$|[^\W\d]))\s*(.*)")
_SHORT = 60  # characters of a line of greeting
_ABOVE = 3  # such lines that may stand above the first number


def ahead(turn: Turn, known: Container[str] = ()) -> Turn:
    """The turn with every question that applies and is open, in place of one; `known` says what need not be asked."""
    if not turn.prompts:
        return turn
    *told, last = turn.prompts
    interview = turn.state.interview
    numbers = _numbers(interview.script)
    if isinstance(last, Review):
        return Turn(
            turn.state, (*told, replace(last, numbers=tuple(numbers.get(line.question.code, 0) for line in last.lines)))
        )
    if not isinstance(last, Ask):
        return turn
    asked: list[Prompt] = [replace(last, number=numbers[last.question.code])]
    place = interview.script.place
    for question in interview.asked():
        if place[question.code] <= place[last.question.code]:
            continue
        if question.type is QuestionType.STATEMENT:
            asked.append(Tell(question.prompt))
        elif question.code in numbers and question.code not in interview.answers and question.code not in known:
            asked.append(Ask(question, number=numbers[question.code]))
    return Turn(turn.state, (*told, *asked))


def read_reply(script: Script, state: State, words: str, files: Sequence[str] = (), *, now: datetime) -> Turn:
    """The new words of a reply, and the files that came with it: answers behind their questions' numbers; without any
    number a command, or the answer to the one question that is open. What fits nothing is asked again."""
    state = in_force(script, state)
    interview = state.interview
    given: list[tuple[str, str | list[str]]] = []
    if not state.choosing and not state.sent:
        given = [(one.code, _line(one, said)) for one, said in _parts(words, interview)]
        takes = [one.code for one in interview.asked() if one.type is QuestionType.FILES]
        if files and (wants := [code for code in takes if code not in interview.answers]):
            given.append((wants[0], list(files)))
    if given:
        return give_all(state, given, now=now)
    question = interview.next_question()
    if not words.strip():
        return step(script, state, Raw(list(files)), now=now) if files else again(state)
    line = _line(question, words)
    several = len([one for one in ahead(again(state)).prompts if isinstance(one, Ask)]) > 1
    if several and read_command(line) is None:
        turn = again(state)
        return Turn(state, (Tell(phrases.WHICH_NUMBER), *turn.prompts))
    return step(script, state, Words(line), now=now)


def _numbers(script: Script) -> dict[str, int]:
    asking = [question.code for question in script.order if question.asks]
    return {code: number for number, code in enumerate(asking, 1)}


def _parts(words: str, interview: Interview) -> list[tuple[Question, str]]:
    """What stands behind each number. Nothing when the words do not begin with one, a greeting aside: then a number
    somewhere in them is theirs, and no question's."""
    by_number = {number: interview.script.by_code[code] for code, number in _numbers(interview.script).items()}
    found: list[tuple[Question, list[str]]] = []
    above = 0
    for line in words.splitlines():
        mark = _NUMBER.match(line)
        question = by_number.get(int(mark[1])) if mark else None
        if mark and question is not None:
            found.append((question, [mark[2]]))
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            above += 1
            if above > _ABOVE or len(line) > _SHORT:
                return []
    said = [(question, "\n".join(lines).strip()) for question, lines in found]
    return [(question, text) for question, text in said if text]


def _line(question: Question | None, words: str) -> str:
    """All of it for a question that takes a text; else the first line, for below it people say good-bye. A command
    stands on the first line, too."""
    first = next((line.strip() for line in words.splitlines() if line.strip()), "")
    long = question is not None and question.type is QuestionType.TEXT and read_command(first) is None
    return words.strip() if long else first
