"""What Meta's messages and statuses are to us: small, frozen, without anything that nobody reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

MESSAGE, STATUS, TROUBLE, UNREADABLE = "message", "status", "trouble", "unreadable"


class Malformed(ValueError):
    """An item that cannot be understood. The text says which field, and never what stands in it."""


@dataclass(frozen=True)
class Item:
    """One message or status of a batch, as it came. `key` (32 bytes) is the same at every redelivery; `contact` is the
    profile that the batch gave beside the message; `raw` is Meta's own object."""

    kind: str
    phone_number_id: str
    key: bytes
    raw: dict[str, Any]
    contact: dict[str, Any] | None = None


@dataclass(frozen=True)
class Sender:
    """Who writes. `user_id` is Meta's business-scoped id ("BR.1502576394655843"); `wa_id` the number in digits. Since
    usernames came (2026) either may be missing, never both."""

    user_id: str = ""
    wa_id: str = ""
    name: str = ""
    username: str = ""


@dataclass(frozen=True)
class Media:
    """A file that waits at Meta, for seven days. `mime` is what the sender's phone says: a claim, not a check."""

    id: str
    mime: str = ""
    sha256: str = ""
    name: str = ""
    voice: bool = False


@dataclass(frozen=True)
class Spot:
    """A place on the map, in degrees (WGS 84)."""

    lat: float
    lon: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True)
class Card:
    """A visiting card that was passed on."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class Incoming:
    """A message of a person. `kind` is Meta's word for what we know (text, button, choice, location, contacts, image,
    audio, video, document, sticker, reaction, order, system) and "unsupported" for the rest, whose word is then
    `said_kind`. `text` is what they wrote, the title of what they chose, or the caption; `choice` the id of the button
    or row; `about` the id of the message that they answer or react to."""

    id: str
    phone_number_id: str
    sender: Sender
    at: datetime
    kind: str
    text: str = ""
    choice: str = ""
    about: str = ""
    media: Media | None = None
    spot: Spot | None = None
    cards: tuple[Card, ...] = ()
    said_kind: str = ""


@dataclass(frozen=True)
class Problem:
    """An error as Meta says it; `code` 0 when it gave none."""

    code: int
    title: str = ""
    details: str = ""


@dataclass(frozen=True)
class Status:
    """What became of a message of ours: sent, delivered, read, played or failed, then with `problems`. `ours` is the
    opaque text that we sent with it (`biz_opaque_callback_data`)."""

    id: str
    phone_number_id: str
    state: str
    at: datetime
    sender: Sender
    problems: tuple[Problem, ...] = ()
    ours: str = ""
