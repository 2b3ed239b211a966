"""Several orders given at once, and one handed back by whoever had it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.models import Remark
from balcao.workorders.actions import assign_order

from .conftest import order_of

pytestmark = pytest.mark.django_db
ADDRESS = "/console/orders/together/"


@pytest.fixture
def five(world):
    return [order_of(world.open(description=f"Galho {n}")) for n in range(5)]


def ticks(orders):
    return [f"{o.pk}:{o.version}" for o in orders]


def test_five_orders_are_given_and_planned_with_one_press(world, sign_in, five):
    agent, day = world.staff["field_agent"], timezone.localdate() + timedelta(days=1)
    client = sign_in(world.staff["area_manager"])
    data = {"order": ticks(five), "staff": agent.pk, "planned_for": day.isoformat()}
    assert client.post(ADDRESS, data).status_code == 302
    for order in five:
        order.refresh_from_db()
        assert (order.assignee_id, order.state, order.planned_for) == (agent.pk, "planned", day)


def test_one_that_moved_meanwhile_stays_with_its_reason_and_the_others_are_given(world, sign_in, five):
    agent, shown = world.staff["field_agent"], ticks(five)
    assign_order(actor=world.actor("area_manager"), order=five[0], staff=world.staff["area_manager"])
    answer = sign_in(world.staff["area_manager"]).post(ADDRESS, {"order": shown, "staff": agent.pk})
    page = answer.content.decode()
    assert answer.status_code == 422 and page.count("field-error") == 1
    row = re.search(rf'value="{five[0].pk}:\d+" id="order{five[0].pk}" checked', page)
    assert row and page.count(" checked") == 1
    for order in five:
        order.refresh_from_db()
    assert five[0].assignee_id == world.staff["area_manager"].pk
    assert {o.assignee_id for o in five[1:]} == {agent.pk} and {o.state for o in five[1:]} == {"accepted"}


def test_a_day_that_has_passed_gives_nothing(world, sign_in, five):
    past = (timezone.localdate() - timedelta(days=1)).isoformat()
    data = {"order": ticks(five), "staff": world.staff["field_agent"].pk, "planned_for": past}
    assert sign_in(world.staff["area_manager"]).post(ADDRESS, data).status_code == 422
    for order in five:
        order.refresh_from_db()
        assert order.assignee_id is None and order.state == "issued"


def test_nobody_gives_without_the_right_or_in_a_strange_area(world, sign_in, five):
    data = {"order": ticks(five), "staff": world.staff["field_agent"].pk}
    assert sign_in(world.staff["field_agent"]).post(ADDRESS, data).status_code == 403
    world.staff["area_manager"].memberships.update(area=world.roads)
    sign_in(world.staff["area_manager"]).post(ADDRESS, data)
    for order in five:
        order.refresh_from_db()
        assert order.assignee_id is None


def test_nothing_ticked_is_said(world, sign_in, five):
    data = {"staff": world.staff["field_agent"].pk}
    answer = sign_in(world.staff["area_manager"]).post(ADDRESS, data)
    assert answer.status_code == 422 and "Tick at least one order" in answer.content.decode()


def test_an_agent_hands_back_what_is_his_with_a_reason(world, sign_in, order):
    agent = world.staff["field_agent"]
    address = f"/console/orders/{order.pk}/release/"
    client = sign_in(agent)
    refused = client.post(address, {"reason": "Não é comigo", "version": order.version})
    assert refused.status_code == 422  # it was never his
    assign_order(actor=world.actor("area_manager"), order=order, staff=agent)
    order.refresh_from_db()
    assert "Not mine" in client.get(f"/console/orders/{order.pk}/").content.decode()
    assert client.post(address, {"reason": " ", "version": order.version}).status_code == 422
    assert client.post(address, {"reason": "Precisa do caminhão", "version": order.version}).status_code == 302
    due = order.deadline.due_at
    order.refresh_from_db()
    assert order.assignee_id is None and order.state == "issued" and order.deadline.due_at == due
    assert Remark.objects.get(case=order.case, kind="note").text == "Precisa do caminhão"
    assert "Handed back to the area" in client.get(f"/console/orders/{order.pk}/").content.decode()


def test_the_report_form_sent_twice_leads_to_the_same_report(world, sign_in, order):
    client = sign_in(world.staff["field_agent"])
    page = client.get(f"/console/orders/{order.pk}/report/").content.decode()
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', page).group(1)  # type: ignore[union-attr]
    data = {"outcome": "solved", "text": "Recolhido.", "key": key, "version": order.version}
    first = client.post(f"/console/orders/{order.pk}/report/", data)
    second = client.post(f"/console/orders/{order.pk}/report/", data)
    assert first.status_code == second.status_code == 302 and first.url == second.url
    assert order.reports.count() == 1


def test_my_own_orders_come_first_on_the_first_page_with_their_address(world, sign_in, five):
    assign_order(actor=world.actor("area_manager"), order=five[4], staff=world.staff["field_agent"])
    page = sign_in(world.staff["field_agent"]).get("/console/").content.decode()
    hrefs = re.findall(r'href="/console/orders/(\d+)/"', page)
    assert int(hrefs[0]) == five[4].pk and "yours" in page
