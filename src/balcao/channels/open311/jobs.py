"""Fetching what was named by `media_url`, in the background and behind the guard for other people's servers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django import app

from balcao.cases.models import Attachment
from balcao.platform import faults, outside
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.files.actions import store_file
from balcao.platform.models import Fault

from .models import Media

WAITS = [timedelta(minutes=m) for m in (2, 15, 120)]  # after each failed try; then it is given up
SECONDS = 20.0  # for a whole picture; nobody waits for it
log = structlog.get_logger()


@app.task(name="open311.fetch_media", queue="open311")
def fetch_media(media_id: int) -> None:
    """Fetch one; what fails is tried again by the sweep."""
    fetch(media_id)


def fetch_soon(ids: Sequence[int]) -> None:
    """Leave the jobs in the caller's transaction."""
    jobs: list[dict[str, Any]] = [{"media_id": pk} for pk in ids]
    fetch_media.batch_defer(*jobs)


@app.periodic(cron="* * * * *")
@app.task(name="open311.sweep_media", queue="open311", queueing_lock="open311.sweep_media")
def sweep_media(timestamp: int) -> int:
    """Fetch what is due, by state: a job that died loses nothing."""
    now = timezone.now()
    due = Media.objects.filter(state=Media.State.WAITING, next_try_at__lte=now - timedelta(seconds=30))
    ids = list(due.order_by("next_try_at").values_list("pk", flat=True)[:50])
    for pk in ids:
        fetch(pk)
    return len(ids)


def fetch(media_id: int, now: datetime | None = None) -> None:
    """Fetch, check like any upload, and attach it to its case. Any number of workers may call it; one keeps it."""
    now = now or timezone.now()
    claimed = Media.objects.filter(pk=media_id, state=Media.State.WAITING, next_try_at__lte=now).update(
        attempts=F("attempts") + 1, next_try_at=now + timedelta(minutes=2)
    )
    if not claimed:
        return
    media = Media.objects.select_related("case").get(pk=media_id)
    actor = Actor.citizen(media.case.agency_id)
    try:
        answer = outside.fetch("GET", media.url, seconds=SECONDS, most=settings.MAX_UPLOAD)
        if not answer.ok:
            raise outside.OutsideError(log=f"status {answer.status}")
        upload = io.BytesIO(answer.body)
        name = media.url.partition("?")[0].rstrip("/").rpartition("/")[2][-100:]
        stored = store_file(actor=actor, agency_id=media.case.agency_id, upload=upload, name=name or "photo")
    except outside.NotOutside as error:
        _give_up(media, error.log)
    except outside.OutsideError as error:
        _later(media, error.log, now)
    except Refusal as error:  # it came, and is nothing that we keep
        _give_up(media, error.log)
    except Exception as error:  # a fault of ours: tried and given up like any other, and stops no other picture
        log.error("media_not_fetched", media=media.pk, error=type(error).__name__)  # its text may name the person
        _later(media, type(error).__name__, now)
    else:
        _keep(media, stored.pk)


@action
def _keep(media: Media, file_id: int) -> None:
    kept = {"state": Media.State.KEPT, "file_id": file_id, "url": ""}  # an address may name a person: it has served
    if Media.objects.filter(pk=media.pk, state=Media.State.WAITING).update(**kept):
        Attachment.objects.create(case=media.case, file_id=file_id)
        faults.mended("media", str(media.pk))


def _later(media: Media, why: str, now: datetime) -> None:
    if media.attempts > len(WAITS):
        _give_up(media, why)
    else:
        Media.objects.filter(pk=media.pk).update(next_try_at=now + WAITS[media.attempts - 1])


def _give_up(media: Media, why: str) -> None:
    """The case goes on without the picture; an operator sees why."""
    Media.objects.filter(pk=media.pk).update(state=Media.State.REFUSED)
    faults.record(
        "media",
        str(media.pk),
        f"A picture that came as an address could not be kept: {why}."[:300],
        agency_id=media.case.agency_id,
        case_id=media.case_id,
        data={"media_id": media.pk, "why": why[:300]},
    )


def retry(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "media": once more from the start."""
    Media.objects.filter(pk=fault.data["media_id"], state=Media.State.REFUSED).update(
        state=Media.State.WAITING, attempts=0, next_try_at=timezone.now()
    )
    fetch_soon([fault.data["media_id"]])
