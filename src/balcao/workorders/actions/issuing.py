"""A case is routed by the matrix, and its area gets an order with its own inner deadline."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from balcao.cases.actions import dispatch_case
from balcao.cases.models import Case
from balcao.cases.promises import start_area_clock
from balcao.clocks.actions import stop_deadline
from balcao.organization.models import Area
from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import emit

from ..events import OrderCancelled, OrderIssued
from ..matrix import candidates, route
from ..models import WorkOrder
from ..moving import move
from ..states import OPEN


@action
def route_case(*, actor: Actor, case: Case, now: datetime | None = None) -> Area | None:
    """Ask the matrix and dispatch. None when no rule catches the case: it stays in triage, on a list of its own."""
    rules = candidates(service=case.service, kind=case.kind)
    decided = route(service=case.service, place=case.place, kind=case.kind, rules=rules)
    if decided.area is not None and decided.rule is not None:
        dispatch_case(actor=actor, case=case, area=decided.area, rule_id=decided.rule.pk, now=now)
    return decided.area


@action
def issue_order(
    *, actor: Actor, case: Case, area: Area, rule_id: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """Issue the order of `case` to `area`. An order that was open is cancelled first: a case has one at a time."""
    now = now or timezone.now()
    last = _last_order(case)
    if last is not None and last.state in OPEN:
        _cancel(last, actor=actor, now=now)
    deadline = start_area_clock(actor=actor, case=case, now=now)
    order = rows.write(
        WorkOrder(
            agency_id=case.agency_id,
            case=case,
            number=last.number + 1 if last else 1,
            area=area,
            rule_id=rule_id,
            deadline=deadline,
            issued_at=now,
        )
    )
    fact = OrderIssued(order_id=order.pk, area_id=area.pk, rule_id=rule_id)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return order


@action
def cancel_order(*, actor: Actor, case: Case, now: datetime | None = None) -> None:
    """Cancel the open order of `case`, if it has one: it was refused, joined, transferred or classified anew."""
    order = _last_order(case)
    if order is not None and order.state in OPEN:
        _cancel(order, actor=actor, now=now or timezone.now())


def _last_order(case: Case) -> WorkOrder | None:
    """The newest order, locked. An open one is always the newest: another is issued only when it has ended."""
    if rows.waits(case):  # so new that nothing can hang on it
        return None
    orders = WorkOrder.objects.select_for_update(of=("self",)).select_related("deadline").filter(case=case)
    return orders.order_by("-number").first()


def _cancel(order: WorkOrder, *, actor: Actor, now: datetime) -> None:
    stop_deadline(actor=actor, deadline=order.deadline, now=now)
    move(order, "cancel", ended_at=now)
    emit(OrderCancelled(order_id=order.pk), actor=actor, agency_id=order.agency_id, case_id=order.case_id, at=now)
