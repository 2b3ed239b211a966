"""Each working morning everybody hears what waits for them, once; whoever has nothing waiting hears nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from balcao.inbox import digest
from balcao.inbox.models import Message
from balcao.organization.models import Holiday, WorkingCalendar
from balcao.platform import faults
from balcao.workorders.actions import file_report
from tests.world import make_world

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 10, 40, tzinfo=UTC)  # 07:40 in São Paulo


def test_each_role_hears_of_its_own_work(world):
    world.open(service=world.unrouted, now=MONDAY - timedelta(days=3))
    world.open(now=MONDAY - timedelta(days=25))
    reported = world.open(now=MONDAY - timedelta(days=2))
    file_report(actor=world.actor("area_manager"), order=reported.orders.get(), outcome="solved", text="Pronto.")
    faults.record("stuck", "triage:1", "r", agency_id=world.agency.pk)
    for colleague in world.staff.values():
        colleague.locale = "en"
        colleague.save()
    said = {role: digest.sentences(world.staff[role], MONDAY) for role in world.staff}
    assert said["attendant"] == ["1 case waits in triage; the oldest for 3 days."]
    assert said["area_manager"] == ["1 order is overdue.", "1 new order waits to be accepted."]
    assert said["field_agent"] == said["area_manager"]
    assert "1 report waits for a review." in said["supervisor"]
    assert "1 thing has stopped moving." in said["supervisor"]


def test_nothing_to_say_sends_nothing(world):
    assert digest.send_digests(world.agency, MONDAY) == 0
    assert not Message.objects.exists() and not digest.due(world.agency, MONDAY)


def test_one_letter_a_day_however_often_the_job_runs(world):
    world.open(service=world.unrouted)
    assert digest.send_digests(world.agency, MONDAY) == 3
    digest.send_digests(world.agency, MONDAY + timedelta(minutes=10))
    letters = Message.objects.filter(purpose="digest")
    assert letters.count() == 3 and not digest.due(world.agency, MONDAY)
    letter = letters.get(staff=world.staff["attendant"])
    assert letter.deliveries.get().address == world.staff["attendant"].email
    assert "/console/" in letter.body and "•" in letter.body
    assert digest.due(world.agency, MONDAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (MONDAY - timedelta(minutes=20), "it is 07:20"),
        (MONDAY - timedelta(days=1), "it is Sunday"),
        (datetime(2026, 4, 21, 12, tzinfo=UTC), "Tiradentes"),
        (datetime(2026, 3, 3, 1, tzinfo=UTC), "Monday is done"),
    ],
)
def test_not_before_half_past_seven_nor_on_days_of_rest(world, moment, why):
    if why == "Monday is done":
        digest.send_digests(world.agency, MONDAY)
    assert not digest.due(world.agency, moment), why


def test_a_municipal_holiday_counts_too(world):
    calendar = WorkingCalendar.objects.get(agency=world.agency)
    Holiday.objects.create(calendar=calendar, date=MONDAY.date(), name="Aniversário da cidade")
    assert not digest.due(world.agency, MONDAY)


def test_agencies_do_not_hear_of_each_other(world):
    elsewhere = make_world("outra", default=False, hostname="outra.test")
    elsewhere.open(service=elsewhere.unrouted)
    assert digest.sentences(world.staff["supervisor"], timezone.now()) == []


def test_an_agency_that_breaks_delays_no_other(world, monkeypatch):
    elsewhere = make_world("outra", default=False, hostname="outra.test")
    elsewhere.open(service=elsewhere.unrouted)
    real = digest.send_digests

    def send(agency, now):
        if agency == world.agency:
            raise RuntimeError("boom")
        return real(agency, now)

    monkeypatch.setattr(digest, "send_digests", send)
    monkeypatch.setattr(digest.timezone, "now", lambda: MONDAY)
    assert digest.send_all(0) == 3
    fault = faults.Fault.objects.get(ended_at=None)
    assert fault.agency_id == world.agency.pk and fault.key == f"digest:{world.agency.pk}"
