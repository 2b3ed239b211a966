"""Where people may be handed to: lines of other agencies that say so, and nothing else of them."""

from __future__ import annotations

from django.db.models import QuerySet

from balcao.platform.search import SortKey

from ..conversations.models import Account, Conversation, Line
from .across import ACROSS


def places(agency_id: int) -> QuerySet[Line]:
    """The open lines of the other agencies, by the agency's name."""
    found = Line.objects.filter(open_to_others=True, is_active=True).exclude(agency_id=agency_id)
    return found.select_related("agency").order_by(SortKey("agency__name"), SortKey("name"), "pk")


def account_for(conversation: Conversation, line: Line) -> Account | None:
    """The line's agency's own account of this conversation's channel, best the one that leads to the line; None where
    it has none, or the channel's people cannot be written to from elsewhere."""
    across = ACROSS.get(conversation.channel)
    if across is None or not across.address(conversation):
        return None
    own = Account.objects.filter(agency_id=line.agency_id, channel=conversation.channel, is_active=True)
    return next(iter(sorted(own.order_by("pk"), key=lambda one: one.line_id != line.pk)), None)
