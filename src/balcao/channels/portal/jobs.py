"""Drafts go when their time is over."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from .drafts import forget_expired


@app.periodic(cron="23 * * * *")
@app.task(name="portal.forget_drafts", queue="clocks", queueing_lock="portal.forget_drafts")
def forget_drafts(timestamp: int) -> int:
    """Delete the drafts that have expired; returns how many. Their files are swept when nothing points at them."""
    return forget_expired(now=timezone.now())
