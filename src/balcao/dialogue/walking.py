"""A test bench: every branch of a script is walked, and the questions to which nobody can come are named.

A branch is a way through that conditions tell apart. Each question is answered with one value on every side of each
comparison that looks at it (and left empty where it may be); ways that no later condition can tell apart go on
together, so that the walk costs what the conditions are, not two to the power of the questions.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from .computing import Choose, Literal, Operation, Term, codes, compute
from .conditions import Answered, Compare, holds, leaves
from .errors import Invalid
from .questions import MOMENTS, NUMBERS, Question, QuestionType, Value
from .scripts import Script
from .validation import MAX_FILES, check

LIMIT = 2000  # ways that go on at once
TODAY = date(2026, 1, 1)  # any day does: a script is not walked as of a day
_COMBINED = 5  # options whose combinations are all tried


@dataclass(frozen=True)
class Walk:
    """`shortest` and `longest` count the questions that a person is asked. `unreachable`: nobody can come there.
    `untried`: no way that was tried led there; values that are computed can only be tried. `ends`: those that some way
    comes to. `whole`: every branch was walked; else there were more than the limit."""

    branches: int
    shortest: int
    longest: int
    unreachable: tuple[str, ...]
    untried: tuple[str, ...]
    ends: tuple[str, ...]
    whole: bool


@dataclass(slots=True)
class _Way:
    values: dict[str, Value]
    branches: int
    shortest: int
    longest: int


def walk(script: Script, *, limit: int = LIMIT) -> Walk:
    """Walk all branches; with more than `limit` at once, some of them. Pure, and as fast as its conditions are few."""
    looked = _Looks(script)
    ways = [_Way({}, 1, 0, 0)]
    done: list[_Way] = []
    reached: set[int] = set()
    whole = True
    for place, question in enumerate(script.order):
        merged: dict[Any, _Way] = {}
        alive = looked.alive_after(place)
        for way in ways:
            for after in _through(question, place, way, reached, done, looked):
                after.values = {code: value for code, value in after.values.items() if code in alive}
                key = tuple(sorted((code, repr(value)) for code, value in after.values.items()))
                if (same := merged.get(key)) is None:
                    merged[key] = after
                else:
                    same.branches += after.branches
                    same.shortest, same.longest = min(same.shortest, after.shortest), max(same.longest, after.longest)
        ways = list(merged.values())
        if len(ways) > limit:
            ways, whole = ways[:limit], False
    done += ways
    missed = [q for place, q in enumerate(script.order) if place not in reached]
    return Walk(
        branches=sum(way.branches for way in done),
        shortest=min((way.shortest for way in done), default=0),
        longest=max((way.longest for way in done), default=0),
        unreachable=tuple(q.code for q in missed if whole and q.code not in looked.doubtful),
        untried=tuple(q.code for q in missed if not whole or q.code in looked.doubtful),
        ends=tuple(q.code for p, q in enumerate(script.order) if q.type is QuestionType.END and p in reached),
        whole=whole,
    )


def _through(
    question: Question, place: int, way: _Way, reached: set[int], done: list[_Way], looked: _Looks
) -> Iterator[_Way]:
    """The ways on from here."""
    if question.when is not None and not holds(question.when, way.values):
        yield way
        return
    reached.add(place)
    if question.type is QuestionType.END:
        done.append(way)
    elif question.type is QuestionType.COMPUTED and question.compute is not None:
        computed = compute(question.compute, way.values, TODAY)
        yield replace(way, values=_put(way.values, question.code, computed))
    elif not question.asks:
        yield way
    else:
        for value in looked.answers(question):
            values = _put(way.values, question.code, value)
            yield _Way(values, way.branches, way.shortest + 1, way.longest + 1)


def _put(values: Mapping[str, Value], code: str, value: Value) -> dict[str, Value]:
    return {**values, code: value} if value is not None else dict(values)


class _Looks:
    """What a script's conditions and computed values look at. `doubtful`: questions whose condition hangs on what can
    only be tried."""

    def __init__(self, script: Script) -> None:
        self._last: dict[str, int] = {}
        self._tests: dict[str, list[Compare | Answered]] = {}
        self._numbers: set[float] = {0, 1, 18, 60, 1000}
        self._feeds: set[str] = set()
        self._known: dict[str, list[Value]] = {}
        self.doubtful: set[str] = set()
        for place, question in enumerate(script.order):
            tests = [*leaves(question.when)] if question.when else []
            if question.compute is not None:
                self._feeds |= set(codes(question.compute))
                tests += _tests_in(question.compute)
                self._numbers |= set(_literals(question.compute))
            for code in {leaf.code for leaf in tests} | (set(codes(question.compute)) if question.compute else set()):
                self._last[code] = place
            for leaf in tests:
                self._tests.setdefault(leaf.code, []).append(leaf)
                if isinstance(leaf, Compare):
                    constants = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
                    self._numbers |= {c for c in constants if isinstance(c, int | float) and not isinstance(c, bool)}
        behind_doubt = False  # all that stands behind an end of which we cannot be sure
        for question in script.order:
            seen = {leaf.code for leaf in leaves(question.when)} if question.when else set()
            doubt = behind_doubt or any(c in self.doubtful or self._tried(script.by_code[c]) for c in seen)
            if doubt:
                self.doubtful.add(question.code)
                behind_doubt = behind_doubt or question.type is QuestionType.END

    def _tried(self, question: Question) -> bool:
        if question.type is QuestionType.COMPUTED:
            return True
        tests = [leaf for leaf in self._tests.get(question.code, ()) if isinstance(leaf, Compare)]
        return len({leaf.value for leaf in tests if leaf.op == "contains"}) > _COMBINED

    def alive_after(self, place: int) -> set[str]:
        """The codes at which something behind this place looks."""
        return {code for code, last in self._last.items() if last > place}

    def answers(self, question: Question) -> list[Value]:
        """One answer on every side of each comparison."""
        if question.code not in self._known:
            self._known[question.code] = self._sides(question)
        return self._known[question.code]

    def _sides(self, question: Question) -> list[Value]:
        empty: list[Value] = [None] if not question.required or question.unsure else []
        tests = [leaf for leaf in self._tests.get(question.code, ()) if isinstance(leaf, Compare)]
        constants = list(
            dict.fromkeys(c for leaf in tests for c in (leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)))
        )
        if question.code not in self._last:
            return ["any"]
        found = [value for value in self._candidates(question, constants) if _taken(question, value)]
        unique = {repr(value): value for value in found}
        return [*empty, *unique.values()] or ["any"]

    def _candidates(self, question: Question, constants: list[Any]) -> Iterator[Value]:
        kind, feeds = question.type, question.code in self._feeds
        if kind in (QuestionType.BOOLEAN, QuestionType.CONSENT):
            yield from ((True,) if kind is QuestionType.CONSENT and question.required else (True, False))
        elif kind is QuestionType.SINGLE:
            others = [option.value for option in question.options if option.value not in constants]
            yield from [option.value for option in question.options if option.value in constants] + others[:1]
        elif kind is QuestionType.MULTI:
            yield from _lists([option.value for option in question.options], constants)
        elif kind in NUMBERS:
            around = {0, *constants, *(n for n in (question.min, question.max) if isinstance(n, int | float))}
            around |= self._numbers if feeds else set()
            small = 0.01 if kind is QuestionType.MONEY else 0.5 if kind is QuestionType.NUMBER else 1
            numbers = sorted(n for n in around if isinstance(n, int | float) and not isinstance(n, bool))
            between = {(low + high) / 2 for low, high in itertools.pairwise(numbers)}
            near = {m for n in numbers for m in (n, n - 1, n + 1, n - small, n + small)}
            yield from sorted({round(m, 2 if kind is QuestionType.MONEY else 6) for m in between | near})
        elif kind in MOMENTS:
            yield from self._moments(question, constants, feeds)
        elif kind is QuestionType.FILES:
            most = question.max if isinstance(question.max, int) else MAX_FILES
            yield from ([f"f{i}" for i in range(count)] for count in (range(1, most + 1) if feeds else (1,)))
        elif kind is QuestionType.LOCATION:
            yield {"address": "x"}
        else:
            words = [str(constant) for constant in constants]
            yield from [*words, " ".join(words), *(" ".join(pair) for pair in itertools.combinations(words, 2))]
            yield "\x00"  # words that are none of these

    def _moments(self, question: Question, constants: list[Any], feeds: bool) -> Iterator[Value]:
        days = {TODAY}
        for constant in (*constants, question.min, question.max):
            try:
                days.add(date.fromisoformat(str(constant)[:10]))
            except ValueError:
                continue
        if feeds:
            for number in self._numbers:
                if 0 <= number < 150:
                    days.add(date(TODAY.year - int(number), TODAY.month, TODAY.day))
                if 0 <= number < 50_000:
                    days.add(TODAY - timedelta(days=int(number)))
        time = "T12:00" if question.type is QuestionType.DATETIME else ""
        yield from [f"{day + timedelta(days=by)}{time}" for day in sorted(days) for by in (-1, 0, 1)]


def _taken(question: Question, value: Value) -> bool:
    """Whether the question takes it. Words are not asked: a pattern or a check of the host cannot be guessed."""
    if not isinstance(value, int | float) and question.type not in MOMENTS:
        return True
    try:
        check(replace(question, validators=()), value, now=datetime.combine(TODAY, datetime.min.time()))
    except Invalid:
        return False
    return True


def _lists(options: list[str], constants: list[Any]) -> Iterator[list[str]]:
    """Combinations of the options at which conditions look, each also with one at which none does."""
    looked = [option for option in options if option in constants]
    others = [option for option in options if option not in constants][:1]
    sizes = range(len(looked) + 1) if len(looked) <= _COMBINED else (0, 1, 2, len(looked))
    for size in sizes:
        for chosen in itertools.combinations(looked, size):
            if chosen:
                yield list(chosen)
            if others:
                yield [*chosen, *others]


def _tests_in(term: Term) -> Iterator[Compare | Answered]:
    if isinstance(term, Choose):
        for condition, then in term.pairs:
            yield from leaves(condition)
            yield from _tests_in(then)
        yield from _tests_in(term.otherwise)
    elif isinstance(term, Operation):
        for part in term.parts:
            yield from _tests_in(part)


def _literals(term: Term) -> Iterator[float]:
    match term:
        case Literal(int() | float() as number):
            yield number
        case Operation(_, parts):
            for part in parts:
                yield from _literals(part)
        case Choose(pairs, otherwise):
            for part in (otherwise, *(then for _, then in pairs)):
                yield from _literals(part)
