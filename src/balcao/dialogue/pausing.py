"""A conversation as JSON-able data, and back: it survives a deployment, and a new version of its script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .conversation import State
from .errors import DamagedState
from .questions import Validators
from .saving import resume, save
from .scripts import Running, Script

#: The script of an older version, None when it is not kept any more.
Older = Callable[[int], Script | None]


class Reopened(NamedTuple):
    """`dropped`: codes whose answers the script no longer takes; they are asked again if they still apply."""

    state: State
    dropped: tuple[str, ...]


def save_state(state: State) -> dict[str, Any]:
    """It holds a person's data: treat it so."""
    return save(state.interview) | {
        "gathered": list(state.gathered),
        "choosing": list(state.choosing),
        "sent": state.sent,
    }


def load_state(data: object, script: Script, *, older: Older, validators: Validators | None = None) -> Reopened:
    """The conversation again. `script` is the version in force. One of another version goes on with its own (`older`),
    or moves over where the version in force says so or its own is not kept any more. What was sent is never moved.

    Raises VersionMismatch for another script, DamagedState for data that are not ours.
    """
    if not isinstance(data, dict) or not isinstance(data.get("version"), int):
        raise DamagedState("not a saved conversation")
    sent, own = data.get("sent") is True, script
    if data["version"] != script.version and (sent or script.running is Running.FINISH):
        own = older(data["version"]) or script
    interview, dropped = resume(data, own, policy="carry", validators=validators)
    choosing = tuple(code for code in _texts(data, "choosing") if code in interview.answers)
    return Reopened(State(interview, _texts(data, "gathered"), choosing, sent and interview.complete), dropped)


def _texts(data: dict[str, Any], key: str) -> tuple[str, ...]:
    found = data.get(key)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise DamagedState(f"not a saved conversation: {key}")
    return tuple(found)
