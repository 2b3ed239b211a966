"""The alarms that rang are listed for those whose areas they concern, the longest overdue first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.clocks.models import Deadline
from balcao.clocks.sweep import sweep
from balcao.console.orders.tests.conftest import order_of
from balcao.workorders.actions import file_report
from tests.world import add_staff, make_world

pytestmark = pytest.mark.django_db


def ring(days=60):
    while sweep(timezone.now() + timedelta(days=days)):
        pass


def test_open_alarms_first_and_past_ones_on_their_own(world, sign_in, order):
    client = sign_in(world.staff["area_manager"])
    assert "No alarm rings" in client.get("/console/alarms/").content.decode()
    ring()
    page = client.get("/console/alarms/")
    assert {(r["case"].pk, r["alarm"].deadline.kind) for r in page.context["rows"]} == {
        (order.case_id, "answer"),
        (order.case_id, "order"),
    }
    assert "Nobody moved" in page.content.decode()
    file_report(actor=world.actor("area_manager"), order=order, outcome="solved", text="Pronto.")
    assert [r["alarm"].deadline.kind for r in client.get("/console/alarms/").context["rows"]] == ["answer"]
    past = client.get("/console/alarms/?show=past").context["rows"]
    assert past and {r["alarm"].deadline.kind for r in past} == {"order"}


def test_the_bell_counts_what_rings_for_me_alone(world, sign_in, order):
    ring()
    elsewhere = make_world("outra", default=False, hostname="outra.test")
    roads = add_staff(world.agency, world.roles["area_manager"], world.roads, tag="-vias")
    mine = sign_in(world.staff["area_manager"])
    assert "2 alarms ring" in mine.get("/console/alarms/bell/").content.decode()
    for colleague in (roads, elsewhere.staff["supervisor"]):
        client = sign_in(colleague)
        assert client.get("/console/alarms/bell/").context["n"] == 0
        assert not client.get("/console/alarms/").context["rows"]


def test_alarms_are_read_page_by_page(world, sign_in, monkeypatch):
    monkeypatch.setattr("balcao.console.alarms.pages.PAGE", 3)
    for n in range(3):
        order_of(world.open(description=f"Galho {n}"))
    ring()
    paused = Deadline.objects.filter(kind="answer").order_by("pk")[:2]
    Deadline.objects.filter(pk__in=paused.values("pk")).update(state="paused", due_at=None, next_alarm_at=None)
    client = sign_in(world.staff["supervisor"])
    for show, expected in (("", 6), ("past", 0)):
        address, seen = f"?show={show}", []
        while address:
            page = client.get(f"/console/alarms/{address}")
            seen += [r["alarm"] for r in page.context["rows"]]
            address = page.context["next"]
        assert len({alarm.pk for alarm in seen}) == len({alarm.deadline_id for alarm in seen}) == len(seen) == expected
        dates = [alarm.deadline.due_at for alarm in seen]
        running = [due for due in dates if due]
        # whose clock is paused comes last, however long they wait; of each clock its last alarm is shown
        assert dates == [*sorted(running), *[None] * (len(dates) - len(running))] and (show or dates[-2:] == [None] * 2)
        assert all(not alarm.deadline.alarms.filter(pk__gt=alarm.pk).exists() for alarm in seen)


def test_an_order_without_alarms_is_not_there_and_strangers_are_refused(world, sign_in, order):
    role = world.roles["attendant"]
    role.permissions = ["case.note"]
    role.save()
    assert sign_in(world.staff["attendant"]).get("/console/alarms/").status_code == 403
