"""The end of a conversation outside of the window: only a template that its line names can tell of it."""

from __future__ import annotations

from typing import Any

from ..conversations.models import Conversation
from .models import APPROVED, ApprovedTemplate
from .wording import as_data, preview


def said_at_closing(held: Conversation) -> dict[str, Any] | None:
    """What `speaking.put` says then, in the person's language where the account has it; None where nothing may be."""
    name = held.line.closing_template if held.line is not None else ""
    if not name:
        return None
    usable = ApprovedTemplate.objects.filter(account=held.account_id, status=APPROVED, sendable=True, variables=[])
    found = list(usable.filter(name=name).order_by("pk"))
    if not found:
        return None
    template = max(found, key=lambda one: _fits(one.language, held.language))
    return {"text": preview(template, ()), "details": {"template": as_data(template, ())}}


def _fits(language: str, wanted: str) -> int:
    """2: the same; 1: another country's; 0: another one."""
    language, wanted = language.lower().replace("_", "-"), wanted.lower()
    return (language == wanted) + (language.partition("-")[0] == wanted.partition("-")[0])
