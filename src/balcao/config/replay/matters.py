"""A demand of the past as the bulk writer takes it, whichever file told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from balcao.cases.words import MAX_WORDS
from balcao.catalog.models import Service
from balcao.organization.models import Area, Place

from .counting import Demand

D = TypeVar("D", bound=Demand)


class Unusual(Exception):
    """This demand does not go the usual way: the actions know what becomes of it."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody of whom nothing is known here yet; values as they are kept, "" where none is told."""

    name: str
    document: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who has a demand here already. `said_name`: what they are called now, where it is another name.
    `contact`: where to write to, of what is known."""

    person: int
    said_name: str
    priority: int
    contact: int | None


@dataclass(slots=True, eq=False)
class Matter(Generic[D]):
    """What becomes of a demand. All words are clean, and no longer than the actions let them be.

    `area`: who acted, or acts; None: whom the matrix says. `reason`: why it was transferred there, should the matrix
    say another. `words`: how it ended; `quoted`: they are the answer itself, else an area's report in our letter.
    `told`: the answers to the service's questions, as JSON. `elsewhere`: another district is recorded."""

    demand: D
    service: Service
    kind: str
    area: Area | None
    reason: str
    opened_at: datetime
    closed_at: datetime | None
    ending: str
    words: str
    quoted: bool
    channel: str
    key: str
    description: str
    told: str
    address: str
    place: Place | None
    lat: float | None
    lon: float | None
    elsewhere: bool
    who: Who | Known | None = None


Matters = Callable[[Sequence[D]], Sequence[Callable[[], Matter[D]]]]
"""What makes a matter of each of several demands. Each raises Unfit or a Refusal when it is none, Unusual when the
actions are to decide."""


def shortened(words: str) -> str:
    """Words as long as a report or a refusal may be."""
    return words if len(words) <= MAX_WORDS else words[: MAX_WORDS - 1].rstrip() + "…"
