"""Internal notes, with @mentions of colleagues."""

from __future__ import annotations

import re
from datetime import datetime

from balcao.organization.models import Staff
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit

from ..events import NoteWritten
from ..models import Case, Remark
from ..words import remark

MENTION = re.compile(r"@([\w.+-]+(?:@[\w.-]+\w)?)")


@action
def write_note(*, actor: Actor, case: Case, text: str, now: datetime | None = None) -> Remark:
    """Write a note that only staff read. "@ana" or "@ana@city.gov.br" mentions a colleague of the same agency by the
    e-mail or its part before the @; the reaction tells them."""
    actor.require("case.note")
    actor.same_agency(case.agency_id)
    note = remark(case, "note", text, actor=actor, now=now)
    note.mentions.set(mentioned(case.agency_id, text))
    emit(NoteWritten(remark_id=note.pk), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return note


def mentioned(agency_id: int, text: str) -> list[Staff]:
    """The active colleagues whom `text` mentions."""
    names = {m.lower().rstrip(".") for m in MENTION.findall(text)}
    if not names:
        return []
    colleagues = Staff.objects.filter(agency_id=agency_id, is_active=True)
    return [s for s in colleagues if s.email.lower() in names or s.email.lower().split("@")[0] in names]
