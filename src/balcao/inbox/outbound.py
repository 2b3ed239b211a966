"""What a channel must offer so that the inbox can send by it. `config/wiring.py` says which channels there are."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Outgoing:
    """One message on its way. `uid` identifies it for ever: a repeat carries the same one."""

    uid: uuid.UUID
    address: str
    subject: str
    body: str
    locale: str
    sender_name: str
    sender_address: str
    protocol: str = ""


class TryLater(Exception):
    """The other side did not take it now; it may later. The text goes to the operator's page, without addresses."""


class Rejected(Exception):
    """The other side will never take it as it is: a wrong address, a refused sender."""


class Sender(Protocol):
    """Hands a message over. Returns when the other side has taken it; raises TryLater or Rejected."""

    def send(self, message: Outgoing) -> None: ...


SENDERS: dict[str, Sender] = {}
