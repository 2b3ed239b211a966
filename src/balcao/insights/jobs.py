"""The figures' own tick."""

from __future__ import annotations

from procrastinate.contrib.django import app

from .following import follow


@app.periodic(cron="* * * * * */10")
@app.task(name="insights.follow", queue="insights", queueing_lock="insights.follow", lock="insights.follow")
def follow_events(timestamp: int) -> int:
    """Count what happened since the last tick. By the cursor, so a tick that was missed loses nothing."""
    return follow()
