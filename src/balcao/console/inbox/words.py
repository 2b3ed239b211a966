"""How the inbox names channels, people, and what became of a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from balcao.citizens.identifiers import mask_email, mask_phone
from balcao.console.faults.words import why_not_sent
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.states import Direction, Kind
from balcao.inbox.models import Delivery, Message
from balcao.inbox.states import DeliveryState
from balcao.platform.actors import Actor
from balcao.platform.models import Fault

CHANNELS = {"whatsapp": "WhatsApp", "email": gettext_lazy("E-mail"), "webchat": gettext_lazy("Web chat")}
ICONS = {"whatsapp": "phone", "email": "mail", "webchat": "globe"}


def who(talk: Conversation, actor: Actor) -> str:
    """The name of whoever we talk with, as far as the reader may know."""
    if not actor.can("person.read"):
        return _("Somebody")
    name = (talk.person.name if talk.person else "") or talk.said_name
    return name or address(talk) or _("A visitor")


def address(talk: Conversation) -> str:
    """Where they are written to, masked; empty where the channel's address says nothing to people."""
    if talk.channel == "email" and "@" in talk.address:
        return mask_email(talk.address)
    digits = talk.address.lstrip("+")
    if talk.channel == "whatsapp" and digits.isdigit() and len(digits) > 7:
        return mask_phone("+" + digits)
    return ""


def in_short(message: Message | None) -> str:
    """The last words, on one line."""
    if message is None:
        return ""
    words = " ".join(message.for_staff[:300].split())
    if not words:
        words = str(message.data.get("title") or (Kind(message.kind).label if message.kind in Kind.values else ""))
    if message.direction == Direction.IN:
        return words
    return _("Us: %(words)s") % {"words": words} if words else ""


def reasons(deliveries: Iterable[Delivery]) -> dict[int, str]:
    """Why each of these was given up, in words. One query, none where nothing was."""
    lost = {str(one.pk): one for one in deliveries if one.state == DeliveryState.GIVEN_UP}
    if not lost:
        return {}
    codes = {
        fault.key: str(fault.data.get("code", ""))
        for fault in Fault.objects.filter(kind="delivery", key__in=lost).order_by("pk")
    }
    general = _("The other side did not take it.")
    return {one.pk: why_not_sent(codes.get(key, "")) or general for key, one in lost.items()}


def how_far(delivery: Delivery | None, why: Mapping[int, str]) -> dict[str, Any] | None:
    """How far a message of ours has come, and where it failed why and what to do. None where its channel is not sent
    to."""
    if delivery is None:
        return None
    code = delivery.state
    words = {
        DeliveryState.QUEUED: _("On its way"),
        DeliveryState.GIVEN_UP: pgettext("one message", "Not delivered"),
        DeliveryState.SENT: pgettext("one message", "Sent"),
        DeliveryState.DELIVERED: pgettext("one message", "Delivered"),
        DeliveryState.READ: pgettext("one message", "Read"),
    }
    told: dict[str, Any] = {"code": code, "words": words[DeliveryState(code)], "why": "", "hint": ""}
    if code == DeliveryState.QUEUED and delivery.attempts:
        told["words"] = _("Not taken yet: we try again by ourselves")
    if code == DeliveryState.GIVEN_UP:
        told["why"] = why.get(delivery.pk, "")
        told["hint"] = _("Say it again, or reach them another way. Whoever mends what failed sees it too.")
    return told
