"""Reading clocks."""

from __future__ import annotations

from datetime import datetime

from balcao.platform.actors import Actor

from .models import Deadline, DeadlineQuerySet


def deadlines_of_case(actor: Actor, case_id: int) -> DeadlineQuerySet:
    """The clocks of a case, newest first, with pauses, extensions and alarms."""
    found = Deadline.objects.visible_to(actor).filter(case_id=case_id)
    return found.prefetch_related("pauses", "extensions", "alarms").order_by("-id")


def overdue(actor: Actor, now: datetime) -> DeadlineQuerySet:
    """Running clocks whose date has passed, the longest overdue first."""
    running = Deadline.objects.visible_to(actor).filter(state=Deadline.State.RUNNING)
    return running.filter(due_at__lt=now).order_by("due_at", "id")
