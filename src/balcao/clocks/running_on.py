"""Taking back a stop: what the clock was stopped for turned out not to have happened."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from balcao.platform.action import action
from balcao.platform.actors import Actor

from .actions import _iso, _lock, _recompute, _tell
from .events import DeadlineRestarted
from .models import Deadline


@action
def run_on(*, actor: Actor, deadline: Deadline, now: datetime | None = None) -> Deadline:
    """The clock runs on as if it had never been stopped: the same date, the time since then counted. A date that has
    passed meanwhile is broken, and the next sweep says so."""
    now = now or timezone.now()
    deadline = _lock(deadline, actor, Deadline.State.STOPPED)
    deadline.state, deadline.stopped_at = Deadline.State.RUNNING, None
    _recompute(deadline, now)
    _tell(DeadlineRestarted(deadline_id=deadline.pk, kind=deadline.kind, due_at=_iso(deadline)), deadline, actor, now)
    return deadline
