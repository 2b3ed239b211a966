"""What the console's lists and its live view show, by filters and figures."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.models import Case
from balcao.clocks.models import Deadline
from balcao.insights.following import follow
from balcao.platform.models import ReadLog
from balcao.workorders.models import WorkOrder
from tests.world import make_world

pytestmark = pytest.mark.django_db


def found(call, query: str) -> list[str]:
    return [case["protocol"] for case in call("GET", f"cases?{query}")[1]["cases"]]


def test_cases_are_found_as_the_consoles_lists_find_them(world, key):
    call = key()
    plain, lost, rather, stuck = world.open(), world.open(service=world.unrouted), world.open(), world.open()
    now = timezone.now()
    day = now + timedelta(days=1)
    Deadline.objects.filter(pk=plain.deadline_id).update(due_at=day, original_due_at=day)
    Deadline.objects.filter(pk=lost.deadline_id).update(state="paused", due_at=None, next_alarm_at=None)
    Case.objects.filter(pk=rather.pk).update(priority=2)
    Case.objects.filter(pk=stuck.pk).update(state="answering", next_actor="triage")
    everything = {plain.protocol, lost.protocol, rather.protocol, stuck.protocol}
    soon = (now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for query, one in {
        f"due_before={soon}": plain, "paused=true": lost, "unrouted=true": lost, "legal_priority=true": rather,
        "undelivered=true": stuck,
    }.items():  # fmt: skip
        assert found(call, query) == [one.protocol], query
        if query.endswith("true"):
            assert set(found(call, query.replace("true", "false"))) == everything - {one.protocol}, query
    assert set(found(call, f"group={world.service.group.slug}")) == everything and found(call, "group=nada") == []


def test_orders_are_found_by_the_day_of_the_work(world, key):
    call = key()
    first, _second = world.open(), world.open()
    WorkOrder.objects.filter(case=first).update(planned_for="2099-01-05")
    assert [o["case"] for o in call("GET", "orders?planned_for=2099-01-05")[1]["orders"]] == [first.protocol]
    assert call("GET", "orders?planned_for=2099-01-06")[1]["orders"] == []


def test_a_date_is_explained_in_the_readers_language(world, key):
    call, case = key(), world.open()
    answer, order = call("GET", f"cases/{case.protocol}/clocks")[1]
    assert (answer["kind"], answer["order"], order["kind"]) == ("answer", None, "order")
    assert order["order"] == WorkOrder.objects.get(case=case).pk
    assert answer["explained"][0].startswith("Received on ") and answer["rule"] == "lei-13460"
    words = call("GET", f"cases/{case.protocol}/clocks", **{"Accept-Language": "pt-br"})[1][0]["explained"]
    assert words[0] != answer["explained"][0] and len(words) == len(answer["explained"])
    assert ReadLog.objects.filter(purpose="api: clocks", subject_id=case.pk).count() == 2
    elsewhere = key("case.read", area_ids=[world.roads.pk])
    assert elsewhere("GET", f"cases/{case.protocol}/clocks")[0] == 404


def test_the_city_on_a_day_by_the_hour(events_are_settled, world, key):
    call = key()
    for _n in range(2):
        world.open()
    world.open(service=world.unrouted)
    follow()
    status, told = call("GET", "city")
    assert status == 200 and sum(told["opened"]) == 3 and len(told["opened"]) == len(told["answered"]) == 24
    assert sum(call("GET", "city?service=poda")[1]["opened"]) == 2
    assert sum(call("GET", "city?day=2020-02-29")[1]["opened"]) == 0
    assert call("GET", "city?service=nada")[1]["field"] == "service" and call("GET", "city?day=1999-01-01")[0] == 422
    assert key("order.read")("GET", "city")[0] == 403
    assert (told["open"], told["overdue"], told["orders_overdue"]) == (3, 0, 0) and told["ages"][0]["open"] == 3
    assert told["areas"] == [{"slug": "arborizacao", "open": 2}, {"slug": "", "open": 1}]
    assert sum(one["open"] for one in told["places"]) == 3
    day = timezone.now() + timedelta(days=1)
    Deadline.objects.update(due_at=day, original_due_at=day)
    Case.objects.filter(area=None).update(opened_at=day - timedelta(days=400))
    stands = call("GET", "city?area=arborizacao")[1]
    assert (stands["open"], stands["soon"], stands["orders_soon"], stands["ages"][4]["open"]) == (2, 2, 2, 0)
    assert call("GET", "city")[1]["ages"][4] == {"since": 366, "until": None, "open": 1}
    assert key("case.read")("GET", "city")[1]["orders_soon"] is None, "it may not read orders"
    assert key("case.read", area_ids=[world.roads.pk])("GET", "city")[1]["open"] == 0
    assert sum(key(of=make_world("vale-do-sado", default=False))("GET", "city")[1]["opened"]) == 0
