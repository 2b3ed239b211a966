"""The blue ticks: an attendant has read what a person wrote."""

from __future__ import annotations

import structlog

from balcao.inbox.conversations.states import Direction
from balcao.inbox.models import Message
from balcao.inbox.outbound import NotSent
from balcao.platform.actors import Actor
from balcao.platform.events import Happened, only_where

from . import graph
from .models import CHANNEL, WhatsAppNumber

log = structlog.get_logger()


def _ticked(happened: Happened) -> bool:
    held = happened.subject
    return happened.fact.kind == "staff" and (held is None or held.channel == CHANNEL)


@only_where(_ticked)
def show_read(happened: Happened) -> None:
    """ConversationRead by staff: Meta ticks the newest message that they have seen, and with it all before. What Meta
    does not take is let go: a tick that is missing harms nobody."""
    fact = happened.fact
    if fact.kind != "staff":
        return
    heard = Message.objects.visible_to(Actor.system(happened.agency_id)).filter(
        conversation_id=fact.conversation_id,
        conversation__channel=CHANNEL,
        direction=Direction.IN,
        number__lte=fact.number,
        provider_id__isnull=False,
    )
    newest = heard.order_by("-number").first()
    numbers = WhatsAppNumber.objects.select_related("app", "account").filter(account__is_active=True)
    number = numbers.filter(account=newest.account).first() if newest is not None and newest.account else None
    if number is None or newest is None or not newest.provider_id:
        return
    try:
        graph.mark_read(number.line, newest.provider_id)
    except NotSent as error:
        log.info("whatsapp_not_ticked", why=str(error))
