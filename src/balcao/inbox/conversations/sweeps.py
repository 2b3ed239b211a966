"""People who wait in vain: in a line that nobody serves, or for longer than any weekend."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import ngettext

from balcao.platform.actors import Actor
from balcao.platform.stuck import Check

from .models import Attendant, Conversation, Line, Wait
from .states import State

SOON = timedelta(minutes=15)
LONG = timedelta(days=3)


def unserved(now: datetime) -> QuerySet[Line]:
    """People wait in it, and it is switched off, or no colleague who is still here serves it. Served by the index
    `conversation_line`."""
    waiting = Conversation.objects.filter(line=OuterRef("pk"), state=State.WAITING, queued_at__lt=now - SOON)
    serving = Attendant.objects.filter(lines=OuterRef("pk"), staff__is_active=True)
    return Line.objects.filter(Exists(waiting)).filter(Q(is_active=False) | ~Exists(serving))


def left_waiting(now: datetime) -> QuerySet[Conversation]:
    """In line without a break for days. Served by the constraint `wait_one_at_a_time`."""
    long = Wait.objects.filter(conversation=OuterRef("pk"), ended_at=None, began_at__lt=now - LONG)
    return Conversation.objects.filter(Exists(long), state=State.WAITING)


CHECKS = [
    Check("line_unserved", "People wait in a line that nobody serves.", unserved, columns={"line": "name"}),
    Check(
        "line_long",
        "Somebody has waited in a line for too long.",
        left_waiting,
        data={"days": LONG.days},
        columns={"line": "line__name"},
    ),
]


def lines(actor: Actor, now: datetime) -> list[str]:
    """What a colleague's daily digest says of the inbox, as far as they see it. In the active language."""
    waiting = Conversation.objects.visible_to(actor).filter(state=State.WAITING)
    found = waiting.aggregate(n=Count("pk"), oldest=Min("queued_at"))
    said = []
    if n := found["n"]:
        days = (now - found["oldest"]).days
        text = ngettext("%(n)d person waits in line in the inbox", "%(n)d people wait in line in the inbox", n) % {
            "n": n
        }
        old = ngettext("the first for %(n)d day", "the first for %(n)d days", days) % {"n": days}
        said.append(f"{text}; {old}." if days else f"{text}.")
    agency = actor.agency_id
    if actor.can("inbox.lead") and agency and (n := unserved(now).filter(agency_id=agency).count()):
        said.append(ngettext("Nobody serves %(n)d line in which people wait.",
                             "Nobody serves %(n)d lines in which people wait.", n) % {"n": n})  # fmt: skip
    return said
