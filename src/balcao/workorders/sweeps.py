"""A case that is with an area, while the area has no order for it: nobody would ever see it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.stuck import Check

from .actions import issue_order
from .models import WorkOrder
from .states import OPEN

SETTLED = timedelta(minutes=5)  # the order is issued in the transaction that gives the case to its area


def without_order(now: datetime) -> QuerySet[Case]:
    """With the area or under review, and no order open. Served by the constraint `order_one_open`."""
    open_order = WorkOrder.objects.filter(case_id=OuterRef("pk"), state__in=OPEN)
    held = Case.objects.filter(state__in=[State.WORKING, State.REVIEW], opened_at__lt=now - SETTLED)
    return held.filter(~Exists(open_order))


@action
def issue_again(case_id: int, actor: Actor) -> None:
    """Issue the missing order to the area that has the case; a case under review without one cannot be in the hands of
    an area, and is left to a person."""
    case = Case.objects.select_for_update(of=("self",)).select_related("service__agency", "area").get(pk=case_id)
    if case.state == State.WORKING and case.area is not None:
        issue_order(actor=actor, case=case, area=case.area)


CHECKS = [Check("no_order", "With an area, but nobody has an order.", without_order, case="pk", mend=issue_again)]
