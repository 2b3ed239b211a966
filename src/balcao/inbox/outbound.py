"""What a channel must offer so that the inbox can send by it. `config/wiring.py` says which channels there are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from balcao.platform.models import StoredFile

UNANSWERED = "unanswered"  # the code of a TryLater that may have been taken all the same


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
    # of a conversation: which of the agency's accounts it leaves from, what it is, what that needs (`Message.data`)
    message_id: int | None = None
    conversation_id: int | None = None
    account_id: int | None = None
    kind: str = "text"
    data: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[StoredFile] = ()


class NotSent(Exception):
    """The text goes to the log and the operator's page, without addresses. `code` says the same for a page to put in
    words: "smtp:552" (what the mail server answered), "address", "unreachable", "unanswered", "channel"."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class TryLater(NotSent):
    """The other side did not take it now; it may later."""


class Rejected(NotSent):
    """The other side will never take it as it is: a wrong address, a refused sender."""


class Sender(Protocol):
    """Hands a message over. Returns when the other side has taken it, with the provider's name for it where its later
    reports will use one; raises TryLater or Rejected."""

    def send(self, message: Outgoing) -> str | None: ...


SENDERS: dict[str, Sender] = {}
