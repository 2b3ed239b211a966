"""What a colleague's daily digest says about orders."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import ngettext

from balcao.platform.actors import Actor

from .models import AreaReport, WorkOrder
from .queries import late
from .states import AT_WORK, OrderState

SOON = timedelta(days=3)


def lines(actor: Actor, now: datetime) -> list[str]:
    """Orders that are late, near or new in the areas of the actor, today's plan, and reports to review."""
    orders = WorkOrder.objects.visible_to(actor)
    said: list[str] = []
    if actor.can("order.work") and actor.area_ids:
        mine = orders.filter(area_id__in=actor.area_ids, state__in=AT_WORK)
        if n := mine.filter(late(now)).count():
            said.append(ngettext("%(n)d order is overdue.", "%(n)d orders are overdue.", n) % {"n": n})
        if n := mine.filter(deadline__due_at__gte=now, deadline__due_at__lt=now + SOON).count():
            text = ngettext("%(n)d order is due within three days.", "%(n)d orders are due within three days.", n)
            said.append(text % {"n": n})
        if n := mine.filter(state=OrderState.ISSUED).count():
            text = ngettext("%(n)d new order waits to be accepted.", "%(n)d new orders wait to be accepted.", n)
            said.append(text % {"n": n})
        if n := mine.filter(assignee_id=actor.id, planned_for=timezone.localdate(now)).count():
            text = ngettext("%(n)d order is in your plan for today.", "%(n)d orders are in your plan for today.", n)
            said.append(text % {"n": n})
    if actor.can("report.review"):
        theirs = WorkOrder.objects.where(actor, "report.review")
        waiting = AreaReport.objects.filter(verdict=AreaReport.Verdict.FILED, order__in=theirs.values("pk"))
        if n := waiting.filter(order__state=OrderState.REPORTED).count():
            said.append(ngettext("%(n)d report waits for a review.", "%(n)d reports wait for a review.", n) % {"n": n})
    return said
