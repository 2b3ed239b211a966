"""A half-finished interview as JSON-able data, pinned to the script's version; and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from .errors import DamagedState, Invalid, VersionMismatch
from .interview import Interview, need
from .questions import Lack, Validators
from .scripts import Script
from .standing import Answer, settle
from .validation import check

FORMAT = 1


class Resumed(NamedTuple):
    """`dropped`: codes whose answers the script no longer takes; they are asked again if they still apply."""

    interview: Interview
    dropped: tuple[str, ...]


def save(interview: Interview) -> dict[str, Any]:
    """Answers that count, answers kept aside, and which are being corrected. It holds a person's data: treat it so."""
    return {
        "format": FORMAT,
        "script": interview.script.slug,
        "version": interview.script.version,
        "language": interview.language,
        "started_at": interview.started_at.isoformat(),
        "answers": _dump(interview.answers),
        "aside": _dump(interview.aside),
        "reopened": sorted(interview.reopened),
    }


def resume(
    data: object, script: Script, *, policy: Literal["pin", "carry"] = "pin", validators: Validators | None = None
) -> Resumed:
    """The interview again, each answer checked again as of the moment it was given.

    `pin`: another version raises VersionMismatch. `carry`: answers that the new version still takes move over.
    Another script always raises VersionMismatch; data that is not ours raises DamagedState.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DamagedState("not a saved interview")
    if data.get("script") != script.slug or (policy == "pin" and data.get("version") != script.version):
        raise VersionMismatch(
            f"saved with {data.get('script')} v{data.get('version')}, resumed with {script.slug} v{script.version}"
        )
    try:
        answers, aside = _load(data["answers"]), _load(data["aside"])
        started_at = datetime.fromisoformat(data["started_at"])
        reopened, language = frozenset(map(str, data["reopened"])), str(data["language"])
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise DamagedState(f"not a saved interview: {type(fault).__name__}") from None
    need(script, validators)
    kept, good = _still_good(answers, script, validators), _still_good(aside, script, validators)
    again = frozenset(code for code in reopened if code in script.by_code)
    dropped = tuple(code for code in (*answers, *aside) if code not in kept and code not in good)
    standing = settle(script, kept, good, again, started_at.date())
    return Resumed(Interview(script, started_at, standing, again, language, validators or {}), dropped)


def move(interview: Interview, script: Script) -> Resumed:
    """The interview under a new version of its script: answers that it still takes go along. Raises VersionMismatch for
    another script."""
    return resume(save(interview), script, policy="carry", validators=interview.validators)


def _still_good(answers: Mapping[str, Answer], script: Script, validators: Validators | None) -> dict[str, Answer]:
    good: dict[str, Answer] = {}
    for code, answer in answers.items():
        question = script.by_code.get(code)
        if question is None or not question.asks or (answer.lack is not None and answer.lack not in question.unsure):
            continue
        if answer.lack is not None:
            good[code] = answer
            continue
        try:
            value = check(question, answer.value, validators=validators, now=answer.given_at)
        except Invalid:
            continue
        good[code] = Answer(value, answer.given_at)
    return good


def _dump(answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {
        code: {"value": a.value, "given_at": a.given_at.isoformat()} | ({"lack": a.lack.value} if a.lack else {})
        for code, a in answers.items()
    }


def _load(data: Mapping[str, Any]) -> dict[str, Answer]:
    return {
        code: Answer(a["value"], datetime.fromisoformat(a["given_at"]), Lack(a["lack"]) if a.get("lack") else None)
        for code, a in data.items()
    }
