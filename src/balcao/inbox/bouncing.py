"""A letter that was taken comes back: its delivery is given up, and an answer that it brought was none."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.utils import timezone

from balcao.cases.actions import answer_bounced
from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor

from .models import Delivery
from .states import DeliveryState, came_back

log = structlog.get_logger()


class StillSending(Exception):
    """The letter came back before the worker that sent it has said so: ask again in a moment."""


@action
def take_back(*, actor: Actor, delivery: Delivery, code: str, now: datetime | None = None) -> bool:
    """Mark a sent delivery as given up, as a refusal at the mail server's door would have: the fault stands on the
    operator's page, and the case whose answer it was does not count as answered. False when there is nothing to take
    back: it was known, or the letter is on its way anew. `code` as in `outbound.NotSent` ("smtp:550"); StillSending
    when a worker has the delivery just now."""
    now = now or timezone.now()
    fresh = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("message__answer", "message__case")
        .get(pk=delivery.pk)
    )
    message = fresh.message
    actor.same_agency(message.agency_id)
    if fresh.state == DeliveryState.QUEUED and fresh.claimed_at is not None:
        raise StillSending
    if not came_back(fresh.state):
        return False
    reason = f"the letter came back ({code})"
    fresh.state, fresh.last_error = DeliveryState.GIVEN_UP, reason
    fresh.save(update_fields=["state", "last_error"])
    log.warning("delivery_bounced", delivery=fresh.pk, code=code)
    if message.case is not None and message.case.contact_id is None and message.staff_id is None:
        return True  # the person reads on the case's page and wants no mail: nobody has to find another way
    faults.record(
        "delivery",
        str(fresh.pk),
        reason,
        agency_id=message.agency_id,
        case_id=message.case_id,
        data={
            "delivery_id": fresh.pk,
            "purpose": message.purpose,
            "channel": fresh.channel,
            "code": code,
            "bounced": True,
        },
    )
    if message.answer is not None:
        answer_bounced(actor=actor, answer=message.answer, now=now)
    return True
