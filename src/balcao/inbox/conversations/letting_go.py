"""Forgetting what was said: words, files, the person's address. Moments and counts stay, and so do the figures."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from ..handing.models import Handover
from ..interviews.keeping import without_words
from ..models import Delivery, Message, MessageFile
from ..states import DeliveryState
from .models import Conversation
from .states import State


def forget(conversations: QuerySet[Conversation]) -> list[int]:
    """Take every word out of these conversations, inside the caller's action; the ids of the files that they held. One
    that is still open keeps where to write to, so that it can go on."""
    ids = list(conversations.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))
    said = Message.objects.filter(conversation_id__in=ids)
    held = MessageFile.objects.filter(message__in=said)
    files = list(held.values_list("file_id", flat=True))
    held.delete()
    sent = Delivery.objects.filter(message__in=said)
    sent.filter(state=DeliveryState.QUEUED, message__answer=None).update(
        state=DeliveryState.GIVEN_UP, next_try_at=None, claimed_at=None
    )  # nobody is left to send it to, and it is no fault that anybody could mend
    sent.update(address="", last_error="")
    said.update(subject="", body="", details="", provider_id=None)
    Handover.objects.filter(conversation__in=ids).update(note="")
    found = Conversation.objects.filter(pk__in=ids)
    found.update(said_name="", comment="")
    for one in found.exclude(state=State.CLOSED).filter(interview__isnull=False):  # it begins anew, or is over
        one.interview = without_words(one)
        one.save(update_fields=["interview"])
    # nobody can be found by it any more, nor goes on with it: its hash is its own number's
    for one in found.filter(state=State.CLOSED):
        one.contact, one.address, one.person = "", "", None
        one.contact_hash, one.interview = one.pk.to_bytes(8, "big"), None
        one.forgotten_at = one.forgotten_at or timezone.now()
        one.save(update_fields=["contact", "address", "person", "contact_hash", "interview", "forgotten_at"])
    return files
