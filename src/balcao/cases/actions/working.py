"""What an order tells its case: a report was filed, or was sent back."""

from __future__ import annotations

from datetime import datetime

from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit

from ..events import ReportReceived, ReportSentBack
from ..models import Case
from ..moving import locked, move
from ..words import remark


@action
def report_received(*, actor: Actor, case: Case, outcome: str, now: datetime | None = None) -> Case:
    """The area has reported: a reviewer must act. Called by the order's own action."""
    case = move(locked(case, actor=actor), "report")
    emit(ReportReceived(outcome=outcome), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case


@action
def report_sent_back(*, actor: Actor, case: Case, reason: str, now: datetime | None = None) -> Case:
    """The reviewer wants more: the area must act again. Called by the order's own action."""
    case = move(locked(case, actor=actor), "send_back")
    note = remark(case, "reason", reason, actor=actor, now=now, field="note")
    emit(ReportSentBack(remark_id=note.pk), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case
