"""The webhooks' own queue. One message of a subscription at a time: a slow receiver holds up one place, no more."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from .webhooks.following import follow
from .webhooks.models import Outgoing
from .webhooks.telling import due, tell

KEPT = timedelta(days=30)
AT_ONCE = 50  # messages of one subscription in one job: it ends, and others have their turn


@app.periodic(cron="* * * * * */10")
@app.task(name="api.follow", queue="clocks", queueing_lock="api.follow")
def follow_events(timestamp: int) -> int:
    """Write what is to be told, and leave a job for each subscription that has something due. By state, so a tick that
    was missed loses nothing."""
    written = follow()
    for subscription in sorted({one for _message, one in due(timezone.now())}):
        job = tell_subscription.configure(queueing_lock=f"webhook:{subscription}", lock=f"webhook:{subscription}")
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            job.defer(subscription_id=subscription)
    return written


@app.task(name="api.tell", queue="webhooks")
def tell_subscription(subscription_id: int) -> int:
    """Tell this one everything that is due, in order; after a failure the rest waits for its turn too: a receiver that
    is down is not asked fifty times. How many were told."""
    told = 0
    for message, subscription in due(timezone.now()):
        if subscription != subscription_id or told >= AT_ONCE:
            continue
        if not tell(message):
            break
        told += 1
    return told


@app.periodic(cron="33 3 * * *")
@app.task(name="api.forget_told", queue="webhooks", queueing_lock="api.forget_told")
def forget_told(timestamp: int) -> None:
    """What was told, or given up, is kept for thirty days, to be shown and replayed."""
    old = Outgoing.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(state=Outgoing.State.QUEUED)
    while some := list(old.values_list("pk", flat=True)[:1000]):
        Outgoing.objects.filter(pk__in=some).delete()
