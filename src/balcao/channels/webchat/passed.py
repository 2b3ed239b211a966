"""What a visitor sees who was passed on to another agency: who goes on with them in this window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from balcao.inbox.conversations.models import Conversation

from .telling import standing


def beside(trail: Sequence[Conversation]) -> dict[str, Any]:
    """Of the last conversation of a `Visitor.trail`, beside its standing: `before`, the one that led to it, and `at`, a
    sentence about who goes on now. Empty where nobody was passed on."""
    if len(trail) < 2:
        return {}
    before, now = trail[-2:]
    said = _("%(agency)s goes on with you here.") % {"agency": now.agency.name}
    if before.citizen_unread:  # a letter about a demand of theirs, which came after they were passed on
        words = _("%(agency)s wrote to you, too: it stands among the earlier messages.")
        said += " " + words % {"agency": before.agency.name}
    return {"before": before.pk, "at": said}


def standing_of(trail: Sequence[Conversation], now: datetime | None = None) -> dict[str, Any]:
    """How the last of them stands."""
    return standing(trail[-1], now).data() | beside(trail)
