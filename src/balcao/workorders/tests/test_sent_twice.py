"""A report whose answer was lost on the way is sent again: there is still one report, one event, one stopped clock."""

from __future__ import annotations

from uuid import uuid4

import pytest

from balcao.platform.errors import IllegalMove, Stale
from balcao.platform.models import Event
from balcao.workorders.actions import accept_order, file_report, send_report_back
from balcao.workorders.models import WorkOrder
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def order(world: World) -> WorkOrder:
    return world.open(description="Galho caído").orders.get()


def test_the_same_form_sent_twice_files_one_report(world, order):
    agent, key = world.actor("area_manager"), uuid4()
    said = {"actor": agent, "order": order, "outcome": "solved", "key": key, "version": order.version}
    first = file_report(text="Galho recolhido.", **said)
    again = file_report(text="Galho recolhido.", **said)  # also with the version that its page showed
    assert again.pk == first.pk and order.reports.count() == 1
    assert Event.objects.filter(kind="OrderReported", case_id=order.case_id).count() == 1


def test_another_form_does_not_pass_for_the_same(world, order):
    agent = world.actor("area_manager")
    said = {"actor": agent, "order": order, "outcome": "solved", "text": "Galho recolhido."}
    file_report(key=uuid4(), **said)
    with pytest.raises(IllegalMove):
        file_report(key=uuid4(), **said)
    with pytest.raises(Stale):
        file_report(key=uuid4(), version=order.version, **said)


def test_a_report_after_one_sent_back_is_a_new_one(world, order):
    agent, first, second = world.actor("area_manager"), uuid4(), uuid4()
    accept_order(actor=agent, order=order)
    said = {"actor": agent, "order": order, "outcome": "solved"}
    report = file_report(key=first, text="Feito.", **said)
    send_report_back(actor=world.actor("supervisor"), report=report, note="Falta a foto de depois.")
    late = file_report(key=first, text="Feito.", **said)  # the old form wanders in: it is the report that was sent back
    assert late.pk == report.pk and order.reports.count() == 1
    file_report(key=second, text="Feito, com a foto.", **said)
    assert order.reports.count() == 2
