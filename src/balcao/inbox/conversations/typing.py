"""Who is typing and who is there, told to the live streams and kept nowhere."""

from __future__ import annotations

from typing import Literal

from balcao.platform import rows
from balcao.platform.stream import CHANNEL, tell
from balcao.platform.text import clean_text

PREVIEW = 300  # characters of the end of what is being typed
OFTEN = 2  # seconds between two of them that a page sends while somebody types
LASTS = 6  # seconds for which one of them is believed

Side = Literal["citizen", "staff"]


def tell_typing(conversation_id: int, side: Side, preview: str = "") -> None:
    """One side is typing; what the citizen has typed so far is a `preview` for attendants, and for nobody else."""
    shown = clean_text(preview)[-PREVIEW:] if side == "citizen" else ""
    _notify(tell(kind="Typing", conversation_id=conversation_id, side=side, preview=shown))


def tell_presence(conversation_id: int, side: Side, here: bool) -> None:
    """One side has the conversation open now, or has closed it."""
    _notify(tell(kind="Presence", conversation_id=conversation_id, side=side, here=here))


def _notify(payload: str) -> None:
    rows.run("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
