"""Internal notes, with @mentions of colleagues."""

from __future__ import annotations

import re
from datetime import datetime

from balcao.organization.models import Staff
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit
from balcao.platform.text import sort_key

from ..events import NoteWritten
from ..models import Case, Remark
from ..words import remark

MENTION = re.compile(r"(?<![\w.])@([\w.+-]+(?:@[\w.-]+\w)?)")


@action
def write_note(*, actor: Actor, case: Case, text: str, now: datetime | None = None) -> Remark:
    """Write a note that only staff read. "@ana" or "@ana@city.gov.br" mentions a colleague of the same agency, as
    `mentioned` finds them; the reaction tells them."""
    actor.at(case.area_id).require("case.note")
    actor.same_agency(case.agency_id)
    note = remark(case, "note", text, actor=actor, now=now)
    note.mentions.set(mentioned(case.agency_id, text))
    emit(NoteWritten(remark_id=note.pk), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return note


def mentioned(agency_id: int, text: str) -> list[Staff]:
    """The active colleagues whom `text` mentions: by e-mail, by its part before the @, or by a first name or a whole
    name ("@helena", "@helena.vasques") that only one of them has. Accents make no difference."""
    names = names_in(text)
    if not names:
        return []
    colleagues = list(Staff.objects.filter(agency_id=agency_id, is_active=True))
    found: dict[int, Staff] = {}
    for name in names:
        exact = [s for s in colleagues if s.email.lower() in (name, f"{name}@{s.email.lower().partition('@')[2]}")]
        called = exact or [s for s in colleagues if sort_key(name.replace(".", " ")) in _called(s)]
        if len(called) == 1:
            found[called[0].pk] = called[0]
    return list(found.values())


def names_in(text: str) -> list[str]:
    """What stands after each @, in lower case, once each."""
    return list(dict.fromkeys(m.lower().rstrip(".") for m in MENTION.findall(text)))


def unknown_names(text: str, told: list[Staff]) -> list[str]:
    """The mentions of `text` that called nobody, as they were written: no such colleague, or several."""
    known = {name for s in told for name in (s.email.lower(), s.email.lower().partition("@")[0], *_called(s))}
    return [f"@{n}" for n in names_in(text) if n not in known and sort_key(n.replace(".", " ")) not in known]


def _called(staff: Staff) -> set[str]:
    words = sort_key(staff.name).split()
    return {words[0], " ".join(words), f"{words[0]} {words[-1]}"} if words else set()
