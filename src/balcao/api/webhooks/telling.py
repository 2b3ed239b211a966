"""One try to tell one thing, and what becomes of it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from balcao.platform import faults, history, outside
from balcao.platform.actors import Actor
from balcao.platform.outside import OutsideError

from .models import Attempt, Outgoing, Subscription
from .signing import headers

SECONDS = 5.0
CLAIM = timedelta(minutes=1)  # after which a try whose worker died is taken up again
WAITS = [timedelta(seconds=10), *(timedelta(minutes=m) for m in (5, 30, 120, 300, 600, 840))]  # then it is given up
GONE = 410  # "do not ask here again", in the specification's own words


def due(now: datetime, limit: int = 500) -> list[tuple[int, int]]:
    """(message, subscription) of what is to be tried now, the oldest first."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM)
    waiting = Outgoing.objects.filter(free, state=Outgoing.State.QUEUED, next_try_at__lte=now)
    active = waiting.filter(subscription__is_active=True)
    return list(active.order_by("next_try_at", "pk").values_list("pk", "subscription_id")[:limit])


def tell(message_id: int, now: datetime | None = None) -> bool:
    """Try once; True when the other side said yes (2xx). Whoever finds it claimed or done does nothing."""
    now = now or timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM)
    mine = Outgoing.objects.filter(free, pk=message_id, state=Outgoing.State.QUEUED, next_try_at__lte=now)
    if not mine.filter(subscription__is_active=True).update(claimed_at=now):
        return False
    message = Outgoing.objects.select_related("subscription").get(pk=message_id)
    began = time.monotonic()
    status, error = _ask(message, now)
    took = int((time.monotonic() - began) * 1000)
    Attempt.objects.create(message=message, at=now, status=status, error=error[:200], milliseconds=took)
    good = status is not None and 200 <= status < 300
    message.tries += 1
    message.claimed_at = None
    if good:
        message.state = Outgoing.State.DONE
    elif message.tries > len(WAITS) or status == GONE:
        message.state = Outgoing.State.DEAD
    else:
        message.next_try_at = now + WAITS[message.tries - 1]
    message.save(update_fields=["state", "tries", "claimed_at", "next_try_at"])
    _note(message, status, error)
    return good


def _ask(message: Outgoing, now: datetime) -> tuple[int | None, str]:
    one = message.subscription
    keys = [one.secret]
    if one.old_secret and one.old_until and now < one.old_until:
        keys.append(one.old_secret)
    signed = headers(keys, message.message_id, int(now.timestamp()), message.body)
    try:
        answer = outside.fetch(
            "POST", one.url, headers=signed, content=message.body.encode(), seconds=SECONDS, most=100_000
        )
    except OutsideError as error:
        return None, error.log
    return answer.status, ""


def _note(message: Outgoing, status: int | None, error: str) -> None:
    """Given up, it stands among the faults: one for each subscription, which counts."""
    one = message.subscription
    if message.state == Outgoing.State.DEAD:
        if status == GONE:
            switch_off(one)
        why = f"HTTP {status}" if status else error
        faults.record(
            "webhook",
            str(one.pk),
            f"The webhook “{one.name}” could not be told of {message.kind}: {why}.",
            agency_id=one.agency_id,
            data={"subscription": one.pk, "name": one.name, "why": why},
        )
    elif message.state == Outgoing.State.DONE:
        dead = Outgoing.objects.filter(subscription=one, state=Outgoing.State.DEAD)
        if not dead.exists():
            faults.mended("webhook", str(one.pk))


def switch_off(subscription: Subscription) -> None:
    """The receiver said that it is gone for good: nothing more is sent there until somebody switches it on."""
    fresh = Subscription.objects.get(pk=subscription.pk)
    fresh.is_active = False
    history.keep(actor=Actor.system(fresh.agency_id), obj=fresh)
