"""Forwarding and reading back in the background, on a queue of its own: a slow system delays nobody else."""

from __future__ import annotations

import contextlib

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from .actions import forwarding
from .actions.reading_back import read_back
from .models import RemoteOrder, RemoteSystem


@app.periodic(cron="* * * * * */15")
@app.task(name="workorders.take_up", queue="clocks", queueing_lock="workorders.take_up")
def take_up(timestamp: int) -> int:
    """Find orders that are to be forwarded, by state: issuing an order leaves no job for it."""
    due = forwarding.take_up()
    for pk in due:
        job = forward_one.configure(queueing_lock=f"forward:{pk}")
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            job.defer(remote_id=pk)
    return len(due)


@app.task(name="workorders.forward", queue="remote")
def forward_one(remote_id: int) -> None:
    forwarding.forward(remote_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="workorders.ask_remote", queue="clocks", queueing_lock="workorders.ask_remote")
def ask_remote(timestamp: int) -> int:
    """One question for each system that still works on something."""
    at_work = RemoteOrder.objects.filter(state=RemoteOrder.State.SENT).values("system_id")
    systems = list(RemoteSystem.objects.filter(pk__in=at_work, is_active=True).values_list("pk", flat=True))
    for pk in systems:
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            read_back_one.configure(queueing_lock=f"read-back:{pk}").defer(system_id=pk)
    return len(systems)


@app.task(name="workorders.read_back", queue="remote")
def read_back_one(system_id: int) -> None:
    read_back(RemoteSystem.objects.select_related("area").get(pk=system_id))
