"""What a colleague's daily digest says about faults."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import ngettext

from .actors import Actor
from .models import Fault


def lines(actor: Actor, now: datetime) -> list[str]:
    """Faults to mend, and cases that stand still, for those who may mend."""
    open_ones = Fault.objects.visible_to(actor).filter(ended_at=None)
    said: list[str] = []
    if n := open_ones.filter(kind="stuck").count():
        said.append(ngettext("%(n)d thing has stopped moving.", "%(n)d things have stopped moving.", n) % {"n": n})
    if n := open_ones.exclude(kind="stuck").count():
        said.append(ngettext("%(n)d fault waits to be mended.", "%(n)d faults wait to be mended.", n) % {"n": n})
    if n := open_ones.filter(owner_id=actor.id).count():
        said.append(ngettext("%(n)d of them was given to you.", "%(n)d of them were given to you.", n) % {"n": n})
    return said
