"""Taking in soon after the webhook was answered, and again by state for whatever a worker that died left behind."""

from __future__ import annotations

import structlog
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from balcao.inbox.approved.actions import synchronise
from balcao.inbox.conversations.models import Account
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.reactions import leave

from . import fetching, taking
from .models import CHANNEL

log = structlog.get_logger()


@app.task(name="whatsapp.take_in", queue="whatsapp", retry=RetryStrategy(max_attempts=5, wait=2))
def take_in() -> None:
    """All that is due: a second job finds nothing left. A database that was away is met again in two seconds."""
    taking.take_in_due()


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


@app.periodic(cron="41 * * * *")
@app.task(name="whatsapp.sync_templates", queue="whatsapp", queueing_lock="whatsapp.sync_templates")
def sync_templates(timestamp: int) -> int:
    """What Meta approves, pauses or takes away is known within the hour. One number that fails stops no other."""
    done = 0
    for account in Account.objects.filter(channel=CHANNEL, is_active=True).order_by("pk"):
        try:
            synchronise(actor=Actor.system(account.agency_id), account=account)
        except Refusal as refusal:
            log.warning("whatsapp_templates_not_told", account=account.pk, why=refusal.log)
        else:
            done += 1
    return done


@app.periodic(cron="23 4 * * *")
@app.task(name="whatsapp.forget_old", queue="whatsapp", queueing_lock="whatsapp.forget_old")
def forget_old(timestamp: int) -> int:
    return taking.forget_old()
