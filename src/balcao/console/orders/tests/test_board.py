"""A board shows the orders of one's own areas, the most overdue first, and costs the same for one order as for many."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.models import Case
from balcao.clocks.models import Deadline
from balcao.workorders.actions import accept_order, assign_order, plan_order
from balcao.workorders.models import ResponsibilityRule
from tests.world import add_staff, make_world

from .conftest import order_of

pytestmark = pytest.mark.django_db


def late_since(order, days):
    past = timezone.now() - timedelta(days=days)
    Deadline.objects.filter(pk=order.deadline_id).update(due_at=past, original_due_at=past, next_alarm_at=None)


def test_the_most_overdue_comes_first_and_each_state_has_its_column(world, sign_in):
    orders = [order_of(world.open(description=f"Galho {n}")) for n in range(3)]
    late_since(orders[2], 5)
    late_since(orders[1], 1)
    accept_order(actor=world.actor("area_manager"), order=orders[0])
    page = sign_in(world.staff["area_manager"]).get("/console/orders/")
    assert page.status_code == 200
    columns = {c["state"]: [o.pk for o in c["orders"]] for c in page.context["columns"]}
    assert columns == {
        "issued": [orders[2].pk, orders[1].pk],
        "accepted": [orders[0].pk],
        "planned": [],
        "reported": [],
    }
    assert page.context["late"] == 2
    assert "5 days late" in page.content.decode()


def test_filters_live_in_the_address(world, sign_in):
    agent = world.staff["field_agent"]
    mine, free = order_of(world.open()), order_of(world.open())
    assign_order(actor=world.actor("area_manager"), order=mine, staff=agent)
    day = timezone.localdate() + timedelta(days=2)
    plan_order(actor=world.actor("area_manager"), order=free, planned_for=day)
    late_since(mine, 3)
    client = sign_in(world.staff["area_manager"])

    def shown(query):
        columns = client.get(f"/console/orders/?{query}").context["columns"]
        return {o.pk for c in columns for o in c["orders"]}

    assert shown(f"assignee={agent.pk}") == {mine.pk}
    assert shown("assignee=0") == {free.pk}
    assert shown("overdue=1") == {mine.pk}
    assert shown(f"planned={day}") == {free.pk}
    assert shown("planned=never&assignee=x&area=%00") == {mine.pk, free.pk}


def test_other_areas_and_other_agencies_stay_unseen(world, sign_in):
    order = order_of(world.open())
    elsewhere = make_world("outra", default=False, hostname="outra.test")
    foreign = order_of(elsewhere.open())
    roads = add_staff(world.agency, world.roles["area_manager"], world.roads, tag="-vias")
    for colleague in (roads, elsewhere.staff["area_manager"], elsewhere.staff["supervisor"]):
        client = sign_in(colleague)
        columns = client.get("/console/orders/").context["columns"]
        assert order.pk not in {o.pk for c in columns for o in c["orders"]}
        own = colleague == roads  # who may know that there is such an order, and no more
        page = client.get(f"/console/orders/{order.pk}/")
        assert page.status_code == (403 if own else 404)
        assert ("Esta ordem está com outra área" in page.content.decode()) == own
        assert order.case.description not in page.content.decode() and "Arborização" not in page.content.decode()
        assert client.post(f"/console/orders/{order.pk}/accept/").status_code == (403 if own else 404)
        assert client.get(f"/console/orders/{foreign.pk + 1000}/").status_code == 404
        assert client.get(f"/console/orders/{order.pk}/report/").status_code in (403, 404)
    supervisor = sign_in(world.staff["supervisor"])
    assert supervisor.get(f"/console/orders/{order.pk}/").status_code == 200
    assert supervisor.get(f"/console/orders/{foreign.pk}/").status_code == 404
    assert supervisor.get(f"/console/orders/{foreign.pk}/review/").status_code == 404
    attendant = sign_in(world.staff["attendant"])
    for address in ("/console/orders/", f"/console/orders/{order.pk}/"):
        page = attendant.get(address)
        assert page.status_code == 403 and "outra área" not in page.content.decode()


def test_the_board_asks_the_database_ten_times_at_most(world, sign_in, django_assert_max_num_queries):
    for n in range(15):
        order_of(world.open(description=f"Galho {n}"))
    ResponsibilityRule.objects.update(area=world.roads)
    order_of(world.open())
    client = sign_in(world.staff["area_manager"])
    client.get("/console/orders/")
    with django_assert_max_num_queries(10):
        page = client.get("/console/orders/")
    new = page.context["columns"][0]
    assert (len(new["orders"]), new["count"]) == (12, 15)


def test_a_whole_column_is_read_page_by_page_by_its_key(world, sign_in, monkeypatch):
    monkeypatch.setattr("balcao.console.orders.board.PAGE", 2)
    orders = [order_of(world.open(description=f"Galho {n}")) for n in range(5)]
    client = sign_in(world.staff["area_manager"])
    address, seen = "?state=issued", []
    for _ in range(3):
        page = client.get(f"/console/orders/{address}")
        seen += [o.pk for o in page.context["orders"]]
        address = page.context["next"]
    assert seen == [o.pk for o in orders] and not address
    assert client.get("/console/orders/?state=issued&after=nonsense").status_code == 200


def test_an_agents_day_begins_with_todays_plan(world, sign_in):
    manager, agent = world.actor("area_manager"), world.staff["field_agent"]
    today, later, free = (order_of(world.open()) for _ in range(3))
    for order in (today, later, free):
        assign_order(actor=manager, order=order, staff=agent)
    plan_order(actor=manager, order=today, planned_for=timezone.localdate())
    plan_order(actor=manager, order=later, planned_for=timezone.localdate() + timedelta(days=1))
    order_of(world.open())
    page = sign_in(agent).get("/console/orders/mine/")
    assert [[o.pk for o in page.context[k]] for k in ("today", "later", "unplanned")] == [
        [today.pk],
        [later.pk],
        [free.pk],
    ]


def test_the_live_part_is_the_board_alone(world, sign_in):
    page = sign_in(world.staff["area_manager"]).get("/console/orders/?part=board").content.decode()
    assert "board-column" in page and "<html" not in page


def test_the_order_of_a_reopened_demand_says_so_on_its_card_and_its_page(world, sign_in):
    order = order_of(world.open())
    manager = sign_in(world.staff["area_manager"])
    pages = ("/console/orders/", f"/console/orders/{order.pk}/")
    assert not any("Reopened" in manager.get(page).content.decode() for page in pages)
    Case.objects.filter(pk=order.case_id).update(reopened=1)
    assert all("Reopened" in manager.get(page).content.decode() for page in pages)
