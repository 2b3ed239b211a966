"""The retention table, applied at night. An agency without an active rule is never touched."""

from __future__ import annotations

import structlog
from procrastinate.contrib.django import app

from balcao.platform.actors import Actor

from .actions import retain
from .models import RetentionRule

NIGHTLY = 5_000  # demands an agency; the rest waits for the next night
log = structlog.get_logger()


@app.periodic(cron="23 2 * * *")
@app.task(name="privacy.retain", queue="platform", queueing_lock="privacy.retain")
def retain_night(timestamp: int) -> None:
    """By state: what a missed night left is found by the next one."""
    agencies = RetentionRule.objects.filter(is_active=True).order_by("agency_id").values_list("agency_id", flat=True)
    for agency in dict.fromkeys(agencies):
        done = retain(actor=Actor.system(agency), agency_id=agency, limit=NIGHTLY)
        log.info("retention", agency=agency, **done)
