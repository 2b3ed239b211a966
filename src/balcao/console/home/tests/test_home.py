"""The first page: what waits for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from balcao.organization.models import Staff
from balcao.platform import faults
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, settings):
    settings.LANGUAGE_CODE = "en"
    world = make_world()
    Staff.objects.update(locale="en")
    for colleague in world.staff.values():
        colleague.locale = "en"
    return world


def boxes(world, role: str) -> dict[str, int]:
    client = Client()
    client.force_login(world.staff[role])
    response = client.get("/console/")
    assert response.status_code == 200
    return {str(b.href): b.count for b in response.context["boxes"]}


def test_each_role_sees_its_own_work(world):
    world.open()
    world.open(service=world.unrouted)
    world.open(service=world.unrouted, now=timezone.now() - timedelta(days=90))
    faults.record("job", "1", "it broke", agency_id=world.agency.pk)
    attendant = boxes(world, "attendant")
    assert attendant["/console/cases/?show=triage"] == 2
    assert attendant["/console/cases/?show=open&due=overdue"] == 1
    assert "/console/faults/" not in attendant
    assert boxes(world, "area_manager")["/console/orders/"] == 1
    assert boxes(world, "field_agent") == {"/console/orders/": 1, "/console/cases/?show=mentions": 0}
    assert boxes(world, "supervisor")["/console/faults/"] == 1


def test_another_agency_adds_nothing(world):
    other = make_world("outra", default=False)
    world.open(service=world.unrouted)
    faults.record("job", "1", "it broke", agency_id=world.agency.pk)
    assert set(boxes(other, "supervisor").values()) == {0}


def test_the_live_part_comes_without_the_frame(world):
    world.open(service=world.unrouted)
    client = Client()
    client.force_login(world.staff["attendant"])
    part = client.get("/console/?part=1").content.decode()
    assert "<html" not in part and 'class="card box' in part
