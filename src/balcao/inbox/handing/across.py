"""Whether and how a person who writes to one agency can be written to by another. `config/wiring.py` says for which
channels."""

from __future__ import annotations

from typing import Protocol

from ..conversations.models import Account, Conversation


class Across(Protocol):
    one_window: bool
    """Whoever is passed on goes on in the same place: what they write there comes to the other agency."""

    def address(self, conversation: Conversation) -> str:
        """Where any agency could write to this person; empty where only this one can."""

    def contact(self, agency_id: int, address: str) -> str:
        """What another agency's inbox calls whoever has this address (`Incoming.contact`). Outside transactions."""

    def shown(self, account: Account) -> str:
        """The account's own address, as people write to it; empty where they go on in the same window."""


ACROSS: dict[str, Across] = {}
