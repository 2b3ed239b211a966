"""Who is told when a date comes near, passes, or passes and nobody moves: by e-mail; the console shows it live."""

from __future__ import annotations

from collections.abc import Iterable

from balcao.cases.letters import staff_letter
from balcao.cases.models import Case, Remark
from balcao.cases.states import State
from balcao.organization.models import Staff
from balcao.organization.queries import managers_of, staff_with
from balcao.platform.events import Happened

from .sending import queue_staff_letter


def _case(happened: Happened) -> Case | None:
    return (
        Case.objects.select_related("agency", "service", "deadline", "reporter", "area")
        .filter(pk=happened.case_id or 0)
        .exclude(state=State.CLOSED)  # a breach noted at the closing itself: nobody waits any more
        .first()
    )


def _responsible(case: Case, level: int = 0) -> Iterable[Staff]:
    """The managers of the area that has the case (or `level` steps above); triage's supervisors where none has it."""
    if case.area is not None and (found := list(managers_of(case.area, level))):
        return found
    return staff_with(case.agency_id, "report.review").exclude(memberships__role__slug="administrator")


def _tell(happened: Happened, purpose: str, staff: Iterable[Staff]) -> None:
    case = _case(happened)
    if case is None:
        return
    for colleague in staff:
        queue_staff_letter(
            staff=colleague,
            letter=staff_letter(case, purpose, staff=colleague),
            purpose="alarm",
            key=f"{purpose}:{happened.event_id}:{colleague.pk}",
            case_id=case.pk,
            now=happened.at,
        )


def warn(happened: Happened) -> None:
    """DeadlineWarned: whoever has it is told."""
    if case := _case(happened):
        _tell(happened, "alarm_warned", _responsible(case))


def breach(happened: Happened) -> None:
    """DeadlineBreached: whoever has it is told that a person still waits."""
    if case := _case(happened):
        _tell(happened, "alarm_breached", _responsible(case))


def escalate(happened: Happened) -> None:
    """DeadlineEscalated: one manager further up each time."""
    if case := _case(happened):
        _tell(happened, "alarm_escalated", _responsible(case, happened.fact.step))


def tell_mentioned(happened: Happened) -> None:
    """NoteWritten: the colleagues it mentions."""
    remark = Remark.objects.filter(pk=happened.fact.remark_id).first()
    if remark is not None:
        _tell(happened, "mention", remark.mentions.all())
