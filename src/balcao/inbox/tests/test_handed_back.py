"""An order that its agent hands back is with nobody: the manager of the area is told."""

from __future__ import annotations

import pytest

from balcao.config import wiring
from balcao.inbox.models import Delivery, Message
from balcao.platform.events import react
from balcao.platform.models import Event
from balcao.workorders.actions import accept_order, assign_order, release_order
from balcao.workorders.events import OrderReleased

pytestmark = pytest.mark.django_db


def hand_back(world, who, reason="Meu caminhão não alcança o galho da Dona Maria."):
    """`who` takes the order and hands it back; then what follows runs, twice, as a worker that was stopped may."""
    order = world.open().orders.get()
    accept_order(actor=world.actor(who), order=order)
    order.refresh_from_db()
    order = assign_order(actor=world.actor(who), order=order, staff=world.staff[who])
    release_order(actor=world.actor(who), order=order, reason=reason)
    event = Event.objects.get(kind="OrderReleased")
    for _twice in range(2):
        for reaction in wiring.LATER[OrderReleased]:
            react(event.pk, f"{reaction.__module__}.{reaction.__name__}")
    return order


def test_the_manager_of_the_area_is_told_who_handed_it_back_and_where_it_stands(world):
    order = hand_back(world, "field_agent")
    assert [d.address for d in Delivery.objects.all()] == [world.staff["area_manager"].email]
    letter = Message.objects.get()
    assert world.staff["field_agent"].name in letter.body
    assert f"/console/orders/{order.pk}/" in letter.body
    assert "Dona Maria" not in letter.body, "a reason may name people: it stays in the console"


def test_a_manager_who_hands_back_their_own_order_writes_to_nobody(world):
    hand_back(world, "area_manager")
    assert not Delivery.objects.exists()
