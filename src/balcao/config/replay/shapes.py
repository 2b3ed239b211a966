"""Rows that many demands share: composed once with marks where each demand's own values stand, then only filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

# What a demand has of its own, in the order in which it is given. Numbers, and text that COPY takes as it is.
OWN = (
    "case", "answer_clock", "clock", "clock_2", "order", "order_2", "remark", "report", "reply",
    "protocol", "read", "secret", "opened", "local", "found", "opened_day", "due_day",
    "channel", "channel_told", "key", "description", "answers", "address", "place", "lat", "lon", "cell",
    "reporter", "said_name", "priority", "contact", "words", "said", "brief", "person", "called",
    "answer_due", "answer_steps", "area_due", "area_steps", "snapshot",
    "answer_breach", "area_breach", "answer_alarm", "answer_level", "area_alarm", "area_level", "letter",
)  # fmt: skip
_MARK = re.compile("\x01([a-z_0-9]+)\x02")  # no column holds a control character
# What is put into a letter goes to be encrypted, not to COPY: it stands there as it was written.
_AS_WRITTEN = {"words": "said", "person": "called"}


class Marks:
    """`Marks().case` is the mark where a demand's own `case` stands."""

    def __getattr__(self, name: str) -> str:
        if name not in OWN:
            raise AttributeError(name)
        return f"\x01{name}\x02"


MARKS = Marks()


def as_written(text: str) -> str:
    """A text with marks whose own values are wanted as they were written, not as COPY takes them."""
    for name, other in _AS_WRITTEN.items():
        text = text.replace(getattr(MARKS, name), getattr(MARKS, other))
    return text


class Form:
    """A text with marks, ready to be filled in."""

    def __init__(self, text: str) -> None:
        parts = _MARK.split(text)
        self._text = "%s".join(part.replace("%", "%%") for part in parts[::2])
        self._own: Callable[[Any], Any] = _pick([OWN.index(name) for name in parts[1::2]])

    def fill(self, own: Sequence[Any]) -> str:
        return self._text % self._own(own)


def _pick(places: list[int]) -> Callable[[Any], Any]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda own: tuple(own[place] for place in places)
