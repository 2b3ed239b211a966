"""After-commit reactions as jobs: one job for each reaction to an event, left in the event's own transaction."""

from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from .events import react


@app.task(name="platform.react", queue="events", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def react_to_event(event_id: int, reaction: str) -> None:
    """Run `reaction` for the event. At least once."""
    react(event_id, reaction)


def defer(reactions: list[dict[str, Any]]) -> None:
    """Leave a job for each of `reactions`. One statement; rolled back with the caller's transaction."""
    react_to_event.batch_defer(*reactions)
