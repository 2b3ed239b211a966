"""What a channel is. Each one is a small folder that offers some of this; `config/wiring.py` says which are on."""

from __future__ import annotations

from typing import Protocol

from balcao.inbox.outbound import Outgoing


class Channel(Protocol):
    """A way in or out. What comes in is acknowledged only when it is durable; a repeat of the same external id opens
    nothing (`inbox.opening.open_and_acknowledge`)."""

    def send(self, message: Outgoing) -> str | None:
        """Hand `message` over; the provider's name for it, if there is one. Raises TryLater or Rejected."""
