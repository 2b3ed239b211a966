"""Conversations that led to no demand: whose words the retention table takes out now."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from balcao.inbox.conversations.states import State
from balcao.inbox.models import CaseLink, Conversation, Delivery
from balcao.inbox.states import DeliveryState

from .models import LegalHold, RetentionRule, Stage

TALKS, HELD, SENDING = "talks", "talks_held", "talks_sending"


def old_talks(agency_id: int, now: datetime) -> QuerySet[Conversation]:
    """Closed ones without a demand that their line's rule, else the general one, has caught up with. Served by the
    index `conversation_kept`."""
    rules = {
        rule.line_id: rule
        for rule in RetentionRule.objects.filter(agency_id=agency_id, stage=Stage.TALK, is_active=True)
    }
    caught, own = Q(pk__in=[]), [line for line in rules if line is not None]
    for line, rule in rules.items():
        one = Q(closed_at__lte=now - timedelta(days=rule.days))
        caught |= one & (Q(line_id=line) if line is not None else Q(line=None) | ~Q(line_id__in=own))
    found = Conversation.objects.filter(caught, agency_id=agency_id, state=State.CLOSED, forgotten_at=None)
    return found.filter(~Exists(CaseLink.objects.filter(conversation=OuterRef("pk")))).order_by("pk")


def due_talks(agency_id: int, now: datetime, after: int = 0) -> QuerySet[Conversation]:
    """Those of them of whom nobody must keep anything, and to whom no word is on its way."""
    return old_talks(agency_id, now).filter(~_held(now), ~_sending(), pk__gt=after)


def _held(now: datetime) -> Exists:
    return Exists(LegalHold.objects.standing(now).filter(person_id=OuterRef("person_id")))


def _sending() -> Exists:
    return Exists(Delivery.objects.filter(message__conversation=OuterRef("pk"), state=DeliveryState.QUEUED))


def plan_talks(agency_id: int, now: datetime, limit: int) -> Counter[str]:
    """How many of the oldest would go now, and how many stay by why."""
    found = old_talks(agency_id, now).annotate(held=_held(now), sending=_sending())[:limit]
    rows = found.values_list("held", "sending")
    return Counter(HELD if held else SENDING if sending else TALKS for held, sending in rows)
