"""Files that people sent: fetched with the number's token, checked like any upload, and put to their message."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django import app

from balcao.inbox.conversations.late_files import add_file, refuse_file
from balcao.inbox.models import Message
from balcao.inbox.outbound import Rejected, TryLater
from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.files.actions import store_file
from balcao.platform.files.refused import FileRefused
from balcao.platform.reactions import leave

from . import graph, tokens
from .models import ComingFile

BATCH = 100
WAITS = [timedelta(minutes=m) for m in (1, 5, 30, 180, 720, 1440, 1440, 1440)]  # Meta keeps it for seven days
OURS = {"scanner_down", "no_room"}  # nothing is wrong with the file
CLAIM = timedelta(minutes=3)  # a worker that died leaves it free after this
log = structlog.get_logger()


@app.task(name="whatsapp.fetch", queue="whatsapp-files")
def fetch_job(coming_id: int) -> None:
    """One file; what fails is tried again by the sweep."""
    fetch(coming_id)


def fetch_soon(coming_id: int) -> None:
    """Leave the job in the caller's transaction."""
    leave(fetch_job, queue="whatsapp-files", coming_id=coming_id)


def fetch_due(now: datetime | None = None) -> int:
    """Fetch what is due; how many were tried."""
    now = now or timezone.now()
    due = ComingFile.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    found = list(due.values_list("pk", flat=True)[:BATCH])
    for pk in found:
        fetch(pk, now)
    return len(found)


def fetch(pk: int, now: datetime | None = None) -> None:
    """Fetch one. Any number of workers may call it; one of them does. Never inside a transaction."""
    now = now or timezone.now()
    claimed = ComingFile.objects.filter(pk=pk, next_try_at__lte=now).update(
        attempts=F("attempts") + 1, next_try_at=now + CLAIM
    )
    if not claimed:
        return
    coming = ComingFile.objects.select_related("message", "number__app", "number__account").get(pk=pk)
    try:
        _fetch(coming, now)
    except Exception as error:  # a fault of ours: tried and given up like any other, and stops no other file
        log.error("whatsapp_not_fetched", coming=pk, error=type(error).__name__)  # its text may name the person
        _later(coming, TryLater(f"fetching failed: {type(error).__name__}"), now)


def _fetch(coming: ComingFile, now: datetime) -> None:
    agency_id = coming.message.agency_id
    actor = Actor.citizen(agency_id)
    try:
        got = graph.fetch_file(coming.number.line, coming.media_id, settings.MAX_UPLOAD)
        stored = store_file(
            actor=actor, agency_id=agency_id, upload=io.BytesIO(got.content), name=coming.name or "whatsapp"
        )
    except FileRefused as refusal:
        if refusal.code in OURS:
            _later(coming, TryLater(f"the file could not be kept: {refusal.code}", refusal.code), now)
        else:  # it came, and is nothing that we keep
            _refuse(coming, refusal.code, now)
    except Rejected as error:
        _refuse(coming, error.code if error.code == "too_large" else "gone", now)
    except TryLater as error:
        _later(coming, error, now)
    else:
        _end(coming, lambda: add_file(actor=actor, message=coming.message, stored=stored, now=now))


def _refuse(coming: ComingFile, why: str, now: datetime) -> None:
    actor = Actor.citizen(coming.message.agency_id)
    _end(coming, lambda: refuse_file(actor=actor, message=coming.message, why=why, now=now))


@action
def _end(coming: ComingFile, write: Callable[[], object]) -> None:
    """Together with what became of it; whoever was faster has done it. Nothing comes back to words that were taken out
    meanwhile: a message that was forgotten bears Meta's name no more."""
    if ComingFile.objects.filter(pk=coming.pk).delete()[0]:
        if Message.objects.select_for_update(of=("self",)).get(pk=coming.message_id).provider_id is not None:
            write()
        faults.mended("whatsapp", f"file:{coming.pk}")


def _later(coming: ComingFile, error: TryLater, now: datetime) -> None:
    if isinstance(error, graph.BadToken):
        tokens.refused(coming.number)
    over = coming.attempts > len(WAITS)
    ComingFile.objects.filter(pk=coming.pk).update(next_try_at=None if over else now + WAITS[coming.attempts - 1])
    if over:
        faults.record(
            "whatsapp",
            f"file:{coming.pk}",
            f"A file that a person sent cannot be fetched ({error}).",
            agency_id=coming.message.agency_id,
            data={"file_id": coming.pk, "why": str(error), "code": error.code},
        )
