"""Out: what was said in a conversation leaves by the number that it is had on."""

from __future__ import annotations

import time
from uuid import UUID

from django.utils import timezone

from balcao.inbox.approved.letters import as_template
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.window import free_until
from balcao.inbox.outbound import Outgoing, Rejected, TryLater
from balcao.platform import limits
from balcao.platform.actors import Actor
from balcao.platform.models import StoredFile

from . import contents, graph, tokens
from .models import SentPart, WhatsAppNumber

A_SECOND = 70  # calls of one number; Meta takes 80 messages
PATIENCE = 3  # seconds to wait for a place


class WhatsAppChannel:
    """See `inbox.outbound.Sender`. What is too long for one message leaves as several, each once: a try that failed in
    the middle goes on where it was."""

    def send(self, message: Outgoing) -> str | None:
        numbers = WhatsAppNumber.objects.select_related("app", "account")
        number = None
        if message.account_id is not None:
            number = numbers.filter(account_id=message.account_id, account__is_active=True).first()
        if number is None:
            raise Rejected("its number is connected no more", "whatsapp:number")
        message = _within_window(number, message)
        parts = contents.parts(message.body, message.data, message.files)
        if not parts:
            raise Rejected("there is nothing in it", "whatsapp:empty")
        try:
            named = _all_parts(number, message, parts)
        except graph.BadToken:
            tokens.refused(number)
            raise
        tokens.taken(number)
        return named


def _all_parts(number: WhatsAppNumber, message: Outgoing, parts: list[contents.Content | StoredFile]) -> str:
    """Meta's id of the last one."""
    if len(parts) > 1:
        gone = set(SentPart.objects.filter(uid=message.uid).values_list("number", flat=True))
        for place, part in enumerate(parts[:-1]):
            if place not in gone:
                named = _hand_over(number, message, part, place, f"{message.uid}/{place}")
                SentPart.objects.create(uid=message.uid, number=place, provider_id=named[:200])
    # Only the last one bears the whole message's name: once it has arrived, everything has.
    named = _hand_over(number, message, parts[-1], len(parts) - 1, str(message.uid))
    if len(parts) > 1:
        SentPart.objects.filter(uid=message.uid).delete()
    return named


def _hand_over(
    number: WhatsAppNumber, message: Outgoing, part: contents.Content | StoredFile, place: int, ours: str
) -> str:
    _pace(number)
    if isinstance(part, StoredFile):
        with part.file.open("rb") as file:
            media_id = graph.upload(number.line, part.name, part.mime, file.read())
        part = contents.attached(part, media_id)
    about = str(message.data.get("reply_to") or "") if place == 0 else ""
    return graph.send(number.line, message.address, part, ours=ours, about=about)


def _within_window(number: WhatsAppNumber, message: Outgoing) -> Outgoing:
    """What Meta takes now: the message; outside of the window a letter as the number's set template. Meta takes
    anything first and tells of its refusal later; whoever wrote learns it at once."""
    if message.conversation_id is None or message.data.get("template"):
        return message
    ours = Conversation.objects.visible_to(Actor.system(number.account.agency_id)).select_related("agency", "line")
    talk = ours.get(pk=message.conversation_id)
    until = free_until(talk)
    if until is None or until > timezone.now():
        return message
    instead = as_template(message, talk)
    if instead is None:
        raise Rejected("more than 24 hours have passed since the person last wrote", "whatsapp:131047")
    return instead


def _pace(number: WhatsAppNumber) -> None:
    """Wait for a place among this number's calls of a second, across all workers."""
    for _second in range(PATIENCE):
        try:
            limits.hit("whatsapp-send", number.account.key, A_SECOND, 1)
        except limits.TooMany as error:
            time.sleep(error.retry_after)
        else:
            return
    raise TryLater("this number is sending as fast as it may", "whatsapp:130429")


def delivery_uid(ours: str) -> UUID | None:
    """The delivery that a status is about, as we named it ourselves; None when it is none of ours or only a part."""
    named = part_of(ours)
    return named[0] if named is not None and named[1] is None else None


def part_of(ours: str) -> tuple[UUID, int | None] | None:
    """The delivery that we named so, and which of its earlier parts; None for the last one, which bears the name of the
    whole. None alone when the name is none of ours."""
    uid, slash, place = ours.partition("/")
    try:
        return UUID(uid), int(place) if slash else None
    except ValueError:
        return None
