"""The answer was handed over, the case closed with it, and then it came back."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from balcao.clocks.running_on import run_on
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit

from ..events import AnswerUndelivered
from ..models import Answer, Case
from ..moving import locked, move
from ..states import NextActor, State
from .answering import answer_undelivered


@action
def answer_bounced(*, actor: Actor, answer: Answer, now: datetime | None = None) -> Case:
    """The case is open again, with the date that it had, and triage must find another way to the person: what nobody
    received is no answer, also in the figures. One that was reopened since, or has other words by now, stays."""
    now = now or timezone.now()
    case = locked(answer.case, actor=actor)
    if answer.number != case.reopened + 1:
        return case
    if case.state != State.CLOSED:
        return answer_undelivered(actor=actor, answer=answer, now=now)
    Answer.objects.filter(pk=answer.pk).update(attempted_at=None)
    run_on(actor=actor, deadline=case.deadline, now=now)
    case = move(case, "bounced", next_actor=NextActor.TRIAGE, closed_at=None, outcome="")
    emit(AnswerUndelivered(answer_id=answer.pk), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case
