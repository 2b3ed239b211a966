"""What a connector to another system must offer. `config/wiring.py` says which there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from .models import RemoteSystem


@dataclass(frozen=True)
class Errand:
    """What the other system is asked to do. Never who asked for it. `mark` stands in its words, so that it can be found
    again there; `key` is the same at every try. `media` are addresses of photos that everybody may see; `kept_back` is
    how many files nobody but us may see."""

    key: UUID
    mark: str
    service_code: str
    service_name: str
    description: str
    address: str
    lat: float | None
    lon: float | None
    opened_at: datetime
    due_at: datetime | None
    media: Sequence[str] = ()
    kept_back: int = 0


@dataclass(frozen=True)
class News:
    """What the other system says of one reference. `outcome`: one of ours where it can be told; `update_id` is empty
    for a bare status."""

    reference: str
    status: str
    closed: bool
    outcome: str = ""
    words: str = ""
    update_id: str = ""


class NotForwarded(Exception):
    """Why not, for the operator's page; without people's data."""


class NothingSent(NotForwarded):
    """It surely has not arrived: it may be sent again."""


class NotTaken(NotForwarded):
    """The other system refused it as it is."""


class Perhaps(NotForwarded):
    """Nobody knows whether it has arrived."""


class NoWay(NotForwarded):
    """The other system knows no such thing: it has to be told by hand."""


class Connector(Protocol):
    """Speaks to one kind of system; never inside a transaction."""

    def send(self, system: RemoteSystem, errand: Errand) -> str:
        """The reference there. Raises NothingSent, NotTaken or Perhaps."""

    def find(self, system: RemoteSystem, errand: Errand) -> str:
        """The reference of an errand that perhaps arrived; "" when it was not found, which proves nothing."""

    def call_off(self, system: RemoteSystem, errand: Errand, reference: str, words: str, key: UUID) -> None:
        """Tell it that `reference` is not wanted any more; `words` say so to people, and `key` is the same at every
        try. Raises NoWay where it cannot be told, else NotForwarded."""

    def news(self, system: RemoteSystem, references: Sequence[str], since: datetime, until: datetime) -> Sequence[News]:
        """What is known there of these, updates of [since, until] among it, the oldest first. Raises NotForwarded."""


CONNECTORS: dict[str, Connector] = {}
