"""The clock's own tick."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from .sweep import sweep

BATCH, BATCHES = 100, 50
"""One tick sounds at most 5,000 alarms, in short transactions; the rest waits for the next tick."""


@app.periodic(cron="* * * * * */20")
@app.task(name="clocks.sweep_alarms", queue="clocks", queueing_lock="clocks.sweep_alarms")
def sweep_alarms(timestamp: int) -> int:
    """Sound what is due; how many sounded. By state, so a tick that was missed loses nothing."""
    total = 0
    for _ in range(BATCHES):
        sounded = len(sweep(timezone.now(), BATCH))
        total += sounded
        if not sounded:
            break
    return total
