"""After-commit reactions as jobs: one job for each reaction to an event, left in the event's own transaction."""

import json
from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from . import rows
from .events import react


@app.task(name="platform.react", queue="events", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def react_to_event(event_id: int, reaction: str) -> None:
    """Run `reaction` for the event. At least once."""
    react(event_id, reaction)


def defer(reactions: list[dict[str, Any]]) -> None:
    """Leave a job for each of `reactions`; rolled back with the caller's transaction."""
    for one in reactions:
        leave(react_to_event, **one)


def leave(task: Task[Any, Any, Any], *, queue: str = "", **arguments: Any) -> None:
    """Leave a job in the caller's transaction: with the rows of the running action, else by itself."""
    if not rows.defer(queue or task.queue, task.name, json.dumps(arguments)):
        task.configure(queue=queue or task.queue).defer(**arguments)
