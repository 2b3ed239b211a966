"""What an interview of an agency is made of: the script that a person is asked, and what follows from the answers.

    slug: casa-do-cidadao
    title: Casa do Cidadão
    steps: […]                       # as in dialogue/README.md
    outcomes:                        # the first that holds wins; none: the conversation waits in its own line
      - when: {eq: [subject, bill]}
        line: procon
      - when: {eq: [subject, light]}
        open: iluminacao             # a demand for this service; answers with its questions' codes go along
        description: what_happened   # the answer that is its text …
        kind: kind                   # … and its kind, where it is not the service's first
      - close: Até logo!             # nothing more to do: these words, and the conversation is closed

Pure: knows no database. An outcome's condition is checked and walked as if it were one more question of the script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from balcao.dialogue import Condition, Script, ScriptError, Text, Walk, holds, load_script, walk
from balcao.dialogue.loading import QUESTION_KEYS

KEYS = ("slug", "title", "running", "steps", "outcomes")
WAYS = ("open", "line", "close")
NO_TEXT = Text()
OUTCOME_KEYS = ("when", *WAYS, "description", "kind")
_STEP = ("slug", "title", "intro", "questions")
_MARK = "outcome--"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_PLACE = re.compile(r"steps\[(\d+)\]\.questions\[(\d+)\]\.(when|prompt)")


@dataclass(frozen=True)
class Outcome:
    """Exactly one of `open` (a service's slug), `line` (a line's slug) and `close` (words) is said. `description` and
    `kind` are codes of questions, for `open`."""

    when: Condition | None = None
    open: str = ""
    line: str = ""
    close: Text = NO_TEXT
    description: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Definition:
    """`script` is what is asked; `outcomes` in the order in which they are tried."""

    script: Script
    outcomes: tuple[Outcome, ...] = ()

    def outcome(self, values: dict[str, Any]) -> Outcome | None:
        """The first that holds for these answers; None: nothing was said for them."""
        return next((one for one in self.outcomes if one.when is None or holds(one.when, values)), None)


def load_definition(data: object, *, slug: str = "", version: int = 1) -> Definition:
    """The definition of `data`, checked whole but for what only the agency knows. Raises dialogue.ScriptError with the
    place, as `steps[0].questions[2].when` or `outcomes[1].line`."""
    if not isinstance(data, dict):
        raise ScriptError("", "expects a mapping")
    for key in data:
        if key not in (*KEYS, "version"):
            raise ScriptError(str(key), f"unknown key; known are {', '.join(KEYS)}")
    asked = {key: value for key, value in data.items() if key != "outcomes"} | {"version": version}
    if slug:
        asked["slug"] = slug
    script = load_script(asked)
    outcomes = data.get("outcomes") or []
    if not isinstance(outcomes, list):
        raise ScriptError("outcomes", "expects a list")
    followed = _with_outcomes(asked, outcomes)
    return Definition(script, tuple(_outcome(item, i, script, followed) for i, item in enumerate(outcomes)))


def walk_definition(data: dict[str, Any], *, slug: str = "", limit: int = 2000) -> Walk:
    """Walk every branch of a definition that loads, to its outcomes. What nobody comes to is named by its code, or as
    `outcomes[1]`: its condition never holds, or one before it always does."""
    outcomes = data.get("outcomes") or []
    asked = {key: value for key, value in data.items() if key != "outcomes"} | {"version": 1}
    if slug:
        asked["slug"] = slug
    try:
        script = _with_outcomes(asked, _after_one_another(outcomes))
    except ScriptError:  # nested too deep for one tree: each is walked by itself
        script = _with_outcomes(asked, outcomes)
    found = walk(script, limit=limit)
    return Walk(
        branches=found.branches,
        shortest=found.shortest,
        longest=found.longest,
        unreachable=tuple(map(_named, found.unreachable)),
        untried=tuple(map(_named, found.untried)),
        ends=found.ends,
        whole=found.whole,
    )


def _named(code: str) -> str:
    return f"outcomes[{code.removeprefix(_MARK)}]" if code.startswith(_MARK) else code


def _with_outcomes(asked: dict[str, Any], outcomes: list[Any]) -> Script:
    """The script with a last step, in which each outcome is a statement that applies where the outcome does."""
    if not outcomes:
        return load_script(asked)
    said = []
    for i, item in enumerate(outcomes):
        here = f"outcomes[{i}]"
        if not isinstance(item, dict):
            raise ScriptError(here, f"expects a mapping with one of {', '.join(WAYS)}")
        words = item.get("close") if item.get("close") is not None else "-"
        said.append({"code": f"{_MARK}{i}", "type": "statement", "prompt": words, "when": item.get("when")})
    steps = asked["steps"]
    try:
        return load_script({**asked, "steps": [*steps, {"slug": _MARK, "title": "-", "questions": said}]})
    except ScriptError as error:
        found = _PLACE.match(error.path)
        if found is None or int(found[1]) != len(steps):
            raise
        key = "close" if found[3] == "prompt" else "when"
        raise ScriptError(f"outcomes[{found[2]}].{key}{error.path[found.end() :]}", error.reason) from None


def _after_one_another(outcomes: list[Any]) -> list[Any]:
    """The first that holds wins: each applies only where none before it does."""
    before: list[Any] = []
    chained = []
    for item in outcomes:
        own = item.get("when")
        parts = [*([own] if own else []), *([{"not": {"any": list(before)}}] if before else [])]
        chained.append({**item, "when": {"all": parts} if parts else None})
        if own is None:
            break  # what stands behind it is refused when it is loaded
        before.append(own)
    return chained


def _outcome(item: dict[str, Any], number: int, script: Script, followed: Script) -> Outcome:
    here = f"outcomes[{number}]"
    for key in item:
        if key not in OUTCOME_KEYS:
            raise ScriptError(f"{here}.{key}", f"unknown key; known are {', '.join(OUTCOME_KEYS)}")
    said = [way for way in WAYS if item.get(way)]
    if len(said) != 1:
        raise ScriptError(here, f"expects exactly one of {', '.join(WAYS)}")
    for key in ("open", "line"):
        if key in said and not (isinstance(item[key], str) and _NAME.fullmatch(item[key])):
            raise ScriptError(f"{here}.{key}", "expects a slug: lower-case letters, digits, _ or -")
    for key in ("description", "kind"):
        if item.get(key) is None:
            continue
        if "open" not in said:
            raise ScriptError(f"{here}.{key}", "makes sense beside “open” only")
        _answer(item[key], f"{here}.{key}", script)
    statement = followed.by_code[f"{_MARK}{number}"]
    last = number == len(followed.steps[-1].questions) - 1
    if statement.when is None and not last:
        raise ScriptError(f"outcomes[{number + 1}]", "never comes to be: the one before it has no condition")
    return Outcome(
        when=statement.when,
        open=item.get("open") or "",
        line=item.get("line") or "",
        close=statement.prompt if "close" in said else NO_TEXT,
        description=item.get("description") or "",
        kind=item.get("kind") or "",
    )


def in_order(definition: dict[str, Any], slug: str) -> dict[str, Any]:
    """A definition that loads, with its keys as people write them: a database's JSON forgets their order."""
    told = _keys({"slug": slug, **definition}, KEYS)
    told["steps"] = [
        _keys(step, _STEP) | {"questions": [_question(question) for question in step["questions"]]}
        for step in definition["steps"]
    ]
    if outcomes := definition.get("outcomes"):
        told["outcomes"] = [_keys(outcome, OUTCOME_KEYS) for outcome in outcomes]
    return told


def _question(question: dict[str, Any]) -> dict[str, Any]:
    told = _keys(question, QUESTION_KEYS)
    if "options" in told:
        told["options"] = [_keys(option, ("value", "label", "help")) for option in told["options"]]
    return told


def _keys(data: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {key: data[key] for key in order if key in data} | data


def _answer(code: object, path: str, script: Script) -> None:
    asked = script.by_code.get(code) if isinstance(code, str) else None
    if asked is None or (not asked.asks and asked.type != "computed"):
        raise ScriptError(path, f"{code!r} is no question of this script that has an answer")
