"""What a channel tells of its approved templates; `config/wiring.py` says which channels have any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..conversations.models import Account


@dataclass(frozen=True)
class Told:
    """One template as its provider has it. `variables` of the body, in order: their numbers or names."""

    name: str
    language: str
    status: str
    body: str
    category: str = ""
    header: str = ""
    footer: str = ""
    variables: tuple[str, ...] = ()
    sendable: bool = True


#: channel -> all templates of an account; asks the provider: `outbound.NotSent` when it does not tell.
FETCHERS: dict[str, Callable[[Account], list[Told]]] = {}
