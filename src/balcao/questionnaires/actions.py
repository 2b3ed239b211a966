"""The person says how it went."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.models import Answer
from balcao.cases.moving import locked
from balcao.cases.states import State
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.events import emit
from balcao.platform.text import clean_text

from .events import CaseRated
from .models import Rating


@action
def rate_answer(*, actor: Actor, answer: Answer, score: int, comment: str = "", now: datetime | None = None) -> Rating:
    """Grade an answer from 0 to 10, with an optional comment of up to 2,000 characters. A later grade replaces it."""
    if not 0 <= score <= 10:
        raise Invalid(_("Choose a grade from 0 to 10."), field="score")
    now = now or timezone.now()
    case = locked(answer.case, actor=actor)
    if case.state != State.CLOSED:
        raise Refusal(_("This demand is still open. You can grade it once you have the answer."))
    rating, _created = Rating.objects.update_or_create(
        answer=answer, defaults={"score": score, "comment": clean_text(comment)[:2000], "at": now}
    )
    emit(CaseRated(answer_id=answer.pk, score=score), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return rating
