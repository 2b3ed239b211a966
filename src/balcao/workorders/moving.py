"""The one way an order changes its state: the case first, then the order, so that two people never lock crosswise."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from balcao.cases.moving import hold as hold_case
from balcao.clocks.actions import hold as hold_clock
from balcao.organization.queries import area_with
from balcao.platform import rows
from balcao.platform.action import running
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed, Stale
from balcao.platform.standing import standing

from . import states
from .models import WorkOrder


def to_lock(orders: QuerySet[WorkOrder]) -> QuerySet[WorkOrder]:
    """The rows of these orders, of their cases and of both clocks locked, the case first. Whoever has read them calls
    `hold`."""
    locks = orders.select_for_update(of=("case", "self", "deadline", "case__deadline"))
    return locks.select_related("deadline", "case__deadline").defer("case__search")


@standing
def _to_lock(*, order: int) -> QuerySet[WorkOrder]:
    return to_lock(WorkOrder.objects.filter(pk=order))


def hold(order: WorkOrder) -> WorkOrder:
    """Remember that the running action has locked the rows of this order, its case and their clocks."""
    memory = running()
    case = memory.get(("case", order.case_id)) if memory is not None else None
    order.case = case or hold_case(order.case)
    order.area = area_with(order.area_id)
    hold_clock(order.deadline)
    if memory is not None:
        memory["order", order.pk] = order
    return order


def _held(order: WorkOrder) -> bool:
    memory = running()
    return memory is not None and memory.get(("order", order.pk)) is order


def locked(order: WorkOrder, *, actor: Actor, version: int | None = None) -> WorkOrder:
    """The order as it is now, its case's row and its own locked. Stale when it has moved since `version`."""
    actor.same_agency(order.agency_id)
    fresh = order if _held(order) else hold(_to_lock.get(order=order.pk))
    unchanged(fresh, version)
    if actor.for_agency and not actor.at(fresh.area_id).permissions:
        raise NotAllowed(log=f"{actor.kind} {actor.id} touched order {order.pk} of area {fresh.area_id}")
    return fresh


def unchanged(order: WorkOrder, version: int | None) -> None:
    """Stale when the locked order has moved since the page of `version` was shown; None asks nothing."""
    if version is not None and order.version != version:
        raise Stale(log=f"order {order.pk} is at version {order.version}, not {version}")


def move(order: WorkOrder, verb: str, **changes: Any) -> WorkOrder:
    """Move a locked order by `verb`. IllegalMove when it may not."""
    order.state = states.after(order.state, verb)
    for field, value in changes.items():
        setattr(order, field, value)
    order.version += 1
    if order.state in states.UNWANTED:
        order.save(update_fields=["state", "version", *changes])  # at once: the next order may come in its place
    else:
        rows.change(order, ["state", "version", *changes])
    return order
