"""An interview on WhatsApp: its prompts as messages of the inbox, which `contents.parts` sends as what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from balcao.dialogue import Prompt
from balcao.dialogue.rendering import (
    WhatsAppButtons,
    WhatsAppList,
    WhatsAppLocationRequest,
    WhatsAppMessage,
    render_whatsapp,
)
from balcao.inbox.interviews.rendering import Said


def messages(prompts: Sequence[Prompt], *, language: str, translate: Callable[[str], str]) -> list[Said]:
    """At most 3 buttons, a list of at most 10 rows, a request for the location, else numbered text."""
    return [_said(one) for one in render_whatsapp(prompts, language=language, translate=translate)]


def _said(message: WhatsAppMessage) -> Said:
    details: dict[str, Any] = {}
    match message:
        case WhatsAppButtons(_, buttons):
            details = {"buttons": [asdict(one) for one in buttons]}
        case WhatsAppList(_, button, rows):
            details = {"list": {"button": button, "rows": [asdict(one) for one in rows]}}
        case WhatsAppLocationRequest():
            details = {"location_request": True}
    return Said(message.body, details)
