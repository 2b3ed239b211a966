"""An agency decides how long a case may wait in triage."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.sweeps import in_triage
from balcao.platform import stuck
from balcao.platform.models import Fault, Revision

pytestmark = pytest.mark.django_db
URL = "/console/settings/agency/"


def test_the_patience_is_edited_with_history_and_counts(world, admin):
    world.open(service=world.unrouted, now=timezone.now() - timedelta(days=4))
    assert not in_triage(timezone.now()).exists(), "five days, unless the agency says otherwise"
    saved = admin.post(URL, {"triage_days": "3", "warn_fractions": "50, 80"}, follow=True)
    assert saved.status_code == 200 and "3" in saved.content.decode()
    revision = Revision.objects.get(model="organization.agency")
    assert revision.changes["triage_days"] == [5, 3] and revision.agency_id == world.agency.pk
    stuck.sweep(timezone.now())
    assert Fault.objects.get(data__why="triage").data["days"] == 3


@pytest.mark.parametrize("wrong", ["0", "61", "-1", "many", ""])
def test_a_patience_that_helps_nobody_is_refused(world, admin, wrong):
    assert admin.post(URL, {"triage_days": wrong, "warn_fractions": "50, 80"}).status_code in (200, 422)
    world.agency.refresh_from_db()
    assert world.agency.triage_days == 5


def test_each_agency_has_its_own(world, admin):
    from tests.world import make_world

    other = make_world("outra", default=False, hostname="outra.example.org")
    other.open(service=other.unrouted, now=timezone.now() - timedelta(days=4))
    admin.post(URL, {"triage_days": "3", "warn_fractions": "50, 80"})
    assert not in_triage(timezone.now()).exists()


def test_when_a_deadline_warns_is_edited_with_history_for_new_deadlines(world, admin):
    before = world.open().deadline
    page = admin.get(URL).content.decode()
    assert 'value="50, 80"' in page
    admin.post(URL, {"triage_days": "5", "warn_fractions": "90%; 25, 60"})
    assert Revision.objects.get(model="organization.agency").changes["warn_fractions"] == [[0.5, 0.8], [0.25, 0.6, 0.9]]
    world.service.refresh_from_db()
    world.service.agency.refresh_from_db()
    after = world.open().deadline
    before.refresh_from_db()
    assert (before.warn_fractions, after.warn_fractions) == ([0.5, 0.8], [0.25, 0.6, 0.9])
    assert (before.next_level, after.next_level) == ("warning-50", "warning-25")


@pytest.mark.parametrize("wrong", ["", "0, 50", "100", "50, 50", "10 20 30 40 50", "-5", "half", "0.5", "50.5"])
def test_warnings_that_are_none_are_refused(world, admin, wrong):
    response = admin.post(URL, {"triage_days": "5", "warn_fractions": wrong})
    assert response.status_code in (200, 422)
    world.agency.refresh_from_db()
    assert world.agency.warn_fractions == [0.5, 0.8]
