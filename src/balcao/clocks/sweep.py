"""Sound the alarms that are due. Acts on what stands in the table, never on having been called on time."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit
from balcao.platform.models import Fault

from .actions import record_breach, set_next_alarm
from .events import DeadlineEscalated, DeadlineWarned
from .ladder import BREACH, Rung
from .models import Alarm, Deadline, DeadlineQuerySet

FAULT = "alarm"
RETRY = timedelta(hours=1)
#: What an alarm is made of.
SOUNDED = (
    *("agency_id", "case_id", "kind", "started_at", "due_at", "state", "breached_at", "snapshot_id"),
    *("warn_fractions", "round", "next_alarm_at", "next_level"),
)
log = structlog.get_logger()


def due_alarms(now: datetime) -> DeadlineQuerySet:
    """Deadlines whose next alarm must sound by now, the longest overdue first. Served by the index `deadline_sweep`.

    What they were computed from is left where it is: its arithmetic is most of a row, and no alarm needs it."""
    due = Deadline.objects.filter(next_alarm_at__isnull=False, next_alarm_at__lte=now).order_by("next_alarm_at")
    return due.only(*SOUNDED)


@action
def sweep(now: datetime, limit: int = 100) -> list[Alarm]:
    """Sound one rung of each deadline that has one due, at most `limit`; several sweeps may run side by side.

    Call it again until it returns nothing: each call is one short transaction. A deadline that cannot sound delays no
    other: it becomes a fault for the operator and is tried again in an hour."""
    alarms: list[Alarm] = []
    for deadline in due_alarms(now).select_for_update(skip_locked=True)[:limit]:
        try:
            with transaction.atomic():
                alarms += _sound_next(deadline, now)
        except Exception as error:
            log.exception("alarm_failed", deadline=deadline.pk)
            Deadline.objects.filter(pk=deadline.pk).update(next_alarm_at=now + RETRY)
            reason = f"The alarm of deadline {deadline.pk} could not sound ({type(error).__name__})."
            key, data = str(deadline.pk), {"deadline_id": deadline.pk}
            faults.record(FAULT, key, reason, deadline.agency_id, deadline.case_id, data)
    return alarms


def retry_alarm(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "alarm": let the next sweep try at once."""
    alarming = Deadline.objects.filter(pk=fault.data["deadline_id"], next_alarm_at__isnull=False)
    alarming.update(next_alarm_at=timezone.now())


@action
def catch_up(deadline_id: int, now: datetime) -> None:
    """For a clock that comes in with its past: that its date passed is kept, at the moment when it did. Warnings and
    escalations of those days are left out, for they told nobody; the rungs ahead sound as ever."""
    deadline = Deadline.objects.select_for_update().get(pk=deadline_id)
    while deadline.next_alarm_at is not None and deadline.next_alarm_at <= now:
        level = deadline.next_level
        if level == BREACH:
            record_breach(deadline, deadline.next_alarm_at)
        set_next_alarm(deadline, now, level)
    deadline.save(update_fields=["breached_at", "next_alarm_at", "next_level"])


def _sound_next(deadline: Deadline, now: datetime) -> list[Alarm]:
    set_next_alarm(deadline, now)  # what was next may have been overtaken while nobody swept
    level = deadline.next_level
    if level == BREACH:
        record_breach(deadline, now)
    elif level:
        _sound(deadline, Rung(level, now), now)
    set_next_alarm(deadline, now, level)
    deadline.save(update_fields=["breached_at", "next_alarm_at", "next_level"])
    faults.mended(FAULT, str(deadline.pk))
    return list(Alarm.objects.filter(deadline=deadline, level=level, round=deadline.round))


def _sound(deadline: Deadline, rung: Rung, now: datetime) -> None:
    due_at = deadline.due_at.isoformat() if deadline.due_at else ""
    Alarm.objects.create(deadline=deadline, level=rung.level, round=deadline.round, at=now)
    fact = (
        DeadlineWarned(deadline_id=deadline.pk, kind=deadline.kind, percent=rung.number, due_at=due_at)
        if rung.is_warning
        else DeadlineEscalated(deadline_id=deadline.pk, kind=deadline.kind, step=rung.number, due_at=due_at)
    )
    system = Actor.system(deadline.agency_id)
    emit(fact, actor=system, agency_id=deadline.agency_id, case_id=deadline.case_id, at=now)
