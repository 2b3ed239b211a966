"""Each working morning, every colleague hears what waits for them; whoever has nothing waiting hears nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from procrastinate.contrib.django import app

from balcao.catalog.templates import render
from balcao.organization.models import Agency, Staff
from balcao.organization.queries import actor_of, calendar_for
from balcao.platform import faults
from balcao.platform.actors import Actor

from .models import DigestDay
from .sending import queue_staff_letter

MORNING = time(7, 30)  # in the agency's time zone
Section = Callable[[Actor, datetime], list[str]]
SECTIONS: list[Section] = []  # filled in by config/wiring.py; sentences in the language that is active
log = structlog.get_logger()


def due(agency: Agency, now: datetime) -> bool:
    """Whether today's digest of `agency` is to be sent: a working day, after half past seven there, not yet done."""
    local = now.astimezone(ZoneInfo(agency.timezone))
    if local.time() < MORNING or DigestDay.objects.filter(agency=agency, day=local.date()).exists():
        return False
    return calendar_for(agency.pk).is_working_day(local.date())


def send_digests(agency: Agency, now: datetime) -> int:
    """Queue today's digests of `agency`; how many. A run that was cut short is completed by the next one, and nobody
    gets two: the letter's key names the colleague and the day."""
    day = now.astimezone(ZoneInfo(agency.timezone)).date()
    sent = 0
    for colleague in Staff.objects.filter(agency=agency, is_active=True).order_by("pk"):
        with transaction.atomic():
            sent += _tell(colleague, day.isoformat(), now)
    DigestDay.objects.get_or_create(agency=agency, day=day, defaults={"letters": sent})
    return sent


def _tell(colleague: Staff, day: str, now: datetime) -> int:
    said = sentences(colleague, now)
    if not said:
        return 0
    letter = render(
        {
            "staff": colleague.name,
            "body": "\n".join(f"• {line}" for line in said),
            "link": f"{settings.BASE_URL.rstrip('/')}/console/",
        },
        agency_id=colleague.agency_id,
        service_id=None,
        purpose="digest",
        locale=colleague.locale,
    )
    queue_staff_letter(
        staff=colleague, letter=letter, purpose="digest", key=f"digest:{colleague.pk}:{day}", case_id=None, now=now
    )
    return 1


def sentences(colleague: Staff, now: datetime) -> list[str]:
    """What waits for `colleague`, in their language and by their own roles."""
    actor = actor_of(colleague)
    zone = ZoneInfo(colleague.agency.timezone)
    with translation.override(colleague.locale), timezone.override(zone):
        return [line for section in SECTIONS for line in section(actor, now)]


@app.periodic(cron="*/10 * * * *")
@app.task(name="inbox.send_digests", queue="clocks", queueing_lock="inbox.send_digests")
def send_all(timestamp: int) -> int:
    """Every ten minutes: the agencies whose morning has come. One that breaks delays no other and becomes a fault."""
    now, sent = timezone.now(), 0
    for agency in Agency.objects.order_by("pk"):
        try:
            if due(agency, now):
                sent += send_digests(agency, now)
                faults.mended("job", f"digest:{agency.pk}")
        except Exception as error:
            log.exception("digest_failed", agency=agency.pk)
            reason = f"The daily digest could not be written ({type(error).__name__})."
            faults.record("job", f"digest:{agency.pk}", reason, agency_id=agency.pk)
    forget_old(now)
    return sent


def forget_old(now: datetime) -> None:
    """The marks of days long past say nothing any more."""
    DigestDay.objects.filter(day__lt=(now - timedelta(days=60)).date()).delete()
