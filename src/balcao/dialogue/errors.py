"""What can go wrong: a bad script (its author's), a bad answer (the person's), a bad resumption (the caller's)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Param = str | int | float


class ScriptError(ValueError):
    """A script that cannot be used. `path` names the place, as `steps[0].questions[2].options[1].label`."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


class Invalid(ValueError):
    """A value that cannot be accepted. `code` is a key of `messages.MESSAGES`; `params` fill its braces."""

    def __init__(self, code: str, params: Mapping[str, Param] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, Param] = dict(params or {})


@dataclass(frozen=True)
class Problem:
    """Why the answer to the question `code` was not taken; `messages.explain` makes the sentence."""

    code: str
    message_key: str
    params: Mapping[str, Param] = field(default_factory=dict)


class VersionMismatch(ValueError):
    """A pinned interview was resumed with another script or another version of it."""


class NotComplete(ValueError):
    """`finish()` was asked for while questions are open; `codes` are theirs, in order."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(f"unanswered: {', '.join(codes)}")
        self.codes = codes


class Disqualified(ValueError):
    """`finish()` was asked for after an answer ended the interview; `code` is the end's."""

    def __init__(self, code: str) -> None:
        super().__init__(f"ended at {code}")
        self.code = code


class DamagedState(ValueError):
    """A serialised interview whose shape is not ours."""
