"""The area's own clock: held, let run, or given more time, where its rule allows. The citizen's stays as it is."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from balcao.clocks.actions import extend_deadline, pause_deadline, resume_deadline
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from ..models import WorkOrder
from ..moving import locked
from ..states import AT_WORK


def _at_work(order: WorkOrder, actor: Actor, version: int | None) -> WorkOrder:
    actor.at(order.area_id).require("deadline.change")
    order = locked(order, actor=actor, version=version)
    if order.state not in AT_WORK:
        raise Invalid(_("This order is no longer being worked on."), field="reason")
    return order


def _moved(order: WorkOrder) -> WorkOrder:
    order.version += 1
    order.save(update_fields=["version"])
    return order


@action
def hold_order(
    *, actor: Actor, order: WorkOrder, reason: str, version: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """Pause the order's clock with a reason. MayNotPause names the law when its rule knows no pause."""
    order = _at_work(order, actor, version)
    pause_deadline(actor=actor, deadline=order.deadline, reason=reason, now=now)
    return _moved(order)


@action
def go_on_with_order(
    *, actor: Actor, order: WorkOrder, version: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """Let a paused clock run again."""
    order = _at_work(order, actor, version)
    resume_deadline(actor=actor, deadline=order.deadline, now=now)
    return _moved(order)


@action
def extend_order(
    *,
    actor: Actor,
    order: WorkOrder,
    reason: str,
    amount: int | None = None,
    version: int | None = None,
    now: datetime | None = None,
) -> WorkOrder:
    """More time for the area, in the rule's own unit, as often as the rule allows; by default all that it gives."""
    order = _at_work(order, actor, version)
    extend_deadline(actor=actor, deadline=order.deadline, reason=reason, amount=amount, now=now)
    return _moved(order)
