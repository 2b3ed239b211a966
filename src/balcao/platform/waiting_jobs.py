"""Background work that nobody takes: a reaction that waits for ever is a letter never written."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from procrastinate.contrib.django.models import ProcrastinateJob

from .stuck import Check

SLOW = timedelta(hours=1)


def _rows(now: datetime) -> QuerySet[ProcrastinateJob]:
    """Jobs that were due an hour ago and wait, or that failed without anybody having been told."""
    since = Q(scheduled_at__lt=now - SLOW) | Q(
        scheduled_at=None, procrastinateevent__type="deferred", procrastinateevent__at__lt=now - SLOW
    )
    return ProcrastinateJob.objects.filter(since, status="todo").distinct()


CHECKS = [Check("job", "A job was due more than an hour ago, and no worker has taken it.", _rows, agency="")]
