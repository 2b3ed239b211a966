"""What a colleague's daily digest says about cases."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min
from django.utils.translation import ngettext

from balcao.platform.actors import Actor

from .models import Case
from .states import NextActor, State


def lines(actor: Actor, now: datetime) -> list[str]:
    """Triage, drafts and lost answers, for those who may act on them. In the active language."""
    cases = Case.objects.visible_to(actor)
    said: list[str] = []
    if actor.can("case.triage"):
        triage = cases.filter(state=State.TRIAGE).aggregate(n=Count("pk"), oldest=Min("opened_at"))
        if n := triage["n"]:
            days = (now - triage["oldest"]).days
            text = ngettext("%(n)d case waits in triage", "%(n)d cases wait in triage", n) % {"n": n}
            old = ngettext("the oldest for %(n)d day", "the oldest for %(n)d days", days) % {"n": days}
            said.append(f"{text}; {old}." if days else f"{text}.")
        if n := cases.filter(state=State.ANSWERING, next_actor=NextActor.TRIAGE).count():
            said.append(ngettext("%(n)d answer did not arrive.", "%(n)d answers did not arrive.", n) % {"n": n})
    if actor.can("report.review"):
        if n := cases.filter(state=State.DRAFTING).count():
            said.append(ngettext("%(n)d answer waits to be sent.", "%(n)d answers wait to be sent.", n) % {"n": n})
        late = cases.filter(deadline__state="running", deadline__due_at__lt=now)
        if n := late.count():
            said.append(
                ngettext("%(n)d case is past its promised date.", "%(n)d cases are past their promised date.", n)
                % {"n": n}
            )
    return said
