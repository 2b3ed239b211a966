"""Taking in soon after the webhook was answered, and again by state for whatever a worker that died left behind."""

from __future__ import annotations

from procrastinate.contrib.django import app

from balcao.platform.reactions import leave

from . import fetching, taking


@app.task(name="whatsapp.take_in", queue="whatsapp")
def take_in() -> None:
    """All that is due: a second job finds nothing left."""
    while taking.take_in_due() == taking.BATCH:
        pass


def take_in_soon() -> None:
    """Leave the job in the caller's transaction."""
    leave(take_in, queue="whatsapp")


@app.periodic(cron="* * * * * */30")
@app.task(name="whatsapp.sweep_files", queue="whatsapp-files", queueing_lock="whatsapp.sweep_files")
def sweep_files(timestamp: int) -> int:
    """By state, so a job that died loses nothing."""
    return fetching.fetch_due()


@app.periodic(cron="* * * * * */20")
@app.task(name="whatsapp.sweep", queue="whatsapp", queueing_lock="whatsapp.sweep")
def sweep(timestamp: int) -> int:
    """By state, so a job that died loses nothing."""
    return taking.take_in_due()


@app.periodic(cron="23 4 * * *")
@app.task(name="whatsapp.forget_old", queue="whatsapp", queueing_lock="whatsapp.forget_old")
def forget_old(timestamp: int) -> int:
    return taking.forget_old()
