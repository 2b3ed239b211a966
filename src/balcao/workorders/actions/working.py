"""What an area does with an order before it reports."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.actions import give_back_case, write_note
from balcao.clocks.actions import stop_deadline
from balcao.organization.models import Staff
from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed
from balcao.platform.events import Fact, emit

from ..events import OrderAccepted, OrderAssigned, OrderGivenBack, OrderPlanned, OrderReleased
from ..models import WorkOrder
from ..moving import locked, move


def tell(fact: Fact, order: WorkOrder, actor: Actor, now: datetime | None) -> None:
    emit(fact, actor=actor, agency_id=order.agency_id, case_id=order.case_id, at=now)


@action
def accept_order(
    *, actor: Actor, order: WorkOrder, version: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """The area takes the order on."""
    actor.at(order.area_id).require("order.work")
    order = move(locked(order, actor=actor, version=version), "accept")
    tell(OrderAccepted(order_id=order.pk), order, actor, now)
    return order


@action
def assign_order(
    *, actor: Actor, order: WorkOrder, staff: Staff, version: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """Give the order to one member of the area. An agent may take an order; giving it to others needs more."""
    actor.at(order.area_id).require("order.work" if staff.pk == actor.staff_id else "order.assign")
    order = locked(order, actor=actor, version=version)
    if order.state not in ("issued", "accepted", "planned"):
        raise Invalid(_("This order is no longer being worked on."), field="staff")
    if staff.agency_id != order.agency_id or not staff.memberships.filter(area_id=order.area_id).exists():
        raise NotAllowed(_("This person does not belong to the area of the order."))
    order.assignee = staff
    order.version += 1
    rows.change(order, ["assignee", "version"])
    tell(OrderAssigned(order_id=order.pk, staff_id=staff.pk), order, actor, now)
    return order


@action
def release_order(
    *, actor: Actor, order: WorkOrder, reason: str, version: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """ "Not mine, because…": whoever has the order hands it back to their own area, which gives it to somebody else.
    The reason stays as an internal note, where "@name" tells a colleague. The order's date does not change."""
    actor.at(order.area_id).require("order.work")
    order = locked(order, actor=actor, version=version)
    if (
        order.assignee_id is None
        or order.assignee_id != actor.staff_id
        or order.state not in ("issued", "accepted", "planned")
    ):
        raise Invalid(_("This order is not yours any more."))
    write_note(actor=actor, case=order.case, text=reason, now=now)
    order.assignee = None
    order.version += 1
    rows.change(order, ["assignee", "version"])
    tell(OrderReleased(order_id=order.pk, staff_id=actor.staff_id or 0), order, actor, now)
    return order


@action
def plan_order(
    *, actor: Actor, order: WorkOrder, planned_for: date, version: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """Set the day of the work. The promise to the citizen does not move with it."""
    actor.at(order.area_id).require("order.work")
    if planned_for < timezone.localdate(now):
        raise Invalid(_("This day has passed. Choose today or a later day."), field="planned_for")
    order = move(locked(order, actor=actor, version=version), "plan", planned_for=planned_for)
    tell(OrderPlanned(order_id=order.pk, planned_for=planned_for.isoformat()), order, actor, now)
    return order


@action
def give_back_order(
    *, actor: Actor, order: WorkOrder, reason: str, version: int | None = None, now: datetime | None = None
) -> WorkOrder:
    """ "Not ours, because…": the order ends and triage must act on the case."""
    actor.at(order.area_id).require("order.assign")
    now = now or timezone.now()
    order = move(locked(order, actor=actor, version=version), "give_back", ended_at=now)
    stop_deadline(actor=actor, deadline=order.deadline, now=now)
    tell(OrderGivenBack(order_id=order.pk), order, actor, now)
    give_back_case(actor=actor, case=order.case, reason=reason, now=now)
    return order
