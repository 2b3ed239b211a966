"""What a person has just written, drawn for a page that is open."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import timezone

from balcao.platform.actors import Actor
from balcao.platform.audit import log_read

from .reading import seen_by
from .thread import heard


def drawn(actor: Actor, pk: int, since: int, *, logged: bool) -> str:
    """The lines of conversation `pk` from number `since` on, in the running language; empty for whoever may not see
    it. Unless it is `logged` already that they were shown it, it is now."""
    talk = seen_by(actor, pk)
    if talk is None:
        return ""
    if not logged:
        log_read(actor=actor, subject="talk", ids=[pk], purpose="conversation", agency_id=actor.agency_id)
    context = {"thread": heard(talk, since), "talk": talk, "now": timezone.now()}
    return render_to_string("console/inbox/_thread.html", context)
