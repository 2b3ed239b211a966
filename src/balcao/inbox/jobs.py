"""Sending in the background: one queue per channel, so that a slow one delays no other."""

from __future__ import annotations

import contextlib

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from balcao.platform.reactions import leave

from .models import Delivery
from .sending import CLAIM, deliver
from .states import DeliveryState
from .way_back import find_and_send

BATCH = 500


@app.task(name="inbox.deliver")
def deliver_job(delivery_id: int) -> None:
    """Try one delivery; what fails is tried again by the sweep, not by the queue."""
    deliver(delivery_id)


def deliver_soon(delivery_id: int, channel: str) -> None:
    """Leave the job in the caller's transaction."""
    leave(deliver_job, queue=f"send-{channel}", delivery_id=delivery_id)


@app.periodic(cron="* * * * * */20")
@app.task(name="inbox.sweep_deliveries", queue="clocks", queueing_lock="inbox.sweep_deliveries")
def sweep_deliveries(timestamp: int) -> int:
    """Queue again what is due: a failed try whose wait is over, or a delivery whose worker died. By state, so a tick
    that was missed loses nothing."""
    now = timezone.now()
    due = Delivery.objects.filter(state=DeliveryState.QUEUED, next_try_at__lte=now).filter(
        Q(claimed_at=None, queued_at__lte=now - CLAIM)
        | Q(claimed_at=None, attempts__gt=0)
        | Q(claimed_at__lt=now - CLAIM)
    )
    rows = list(due.order_by("next_try_at").values_list("pk", "channel")[:BATCH])
    for pk, channel in rows:
        # A channel that is slow has its job waiting still: one more is enough, however often we come by.
        job = deliver_job.configure(queue=f"send-{channel}", queueing_lock=f"deliver:{pk}")
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            job.defer(delivery_id=pk)
    return len(rows)


@app.periodic(cron="52 3 * * *")
@app.task(name="inbox.forget_mail", queue="clocks", queueing_lock="inbox.forget_mail")
def forget_mail(timestamp: int) -> int:
    """Let go of the mails that belonged nowhere."""
    from .mailing import forget_kept

    return forget_kept()


@app.task(name="inbox.way_back", queue="clocks")
def way_back_job(agency_id: int, protocol: str, contact: str, asked: str) -> None:
    """Whether number and address belong together is found out here, where nobody can measure it."""
    find_and_send(agency_id, protocol, contact, asked)
