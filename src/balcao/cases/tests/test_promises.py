"""The area's own date serves the citizen's: it never falls after it, and its arithmetic says why."""

from datetime import UTC, datetime, timedelta

import pytest

from balcao.cases.actions import dispatch_case
from balcao.cases.promises import area_outlasts
from balcao.catalog.models import Service
from balcao.clocks.actions import extend_deadline, pause_deadline, resume_deadline
from balcao.clocks.errors import NoLaterThanPromised
from balcao.clocks.explain import explain
from balcao.clocks.models import Deadline
from balcao.organization.queries import calendar_for
from balcao.platform.actors import Actor
from balcao.workorders.models import WorkOrder
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 9, 13, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    made = make_world()
    Service.objects.filter(pk=made.service.pk).update(amount=5, unit="calendar_days")
    made.service.refresh_from_db()
    return made


def clocks(world: World, now: datetime = MONDAY) -> tuple[Deadline, Deadline]:
    case = world.open(now=now)
    return case.deadline, WorkOrder.objects.get(case=case).deadline


def test_an_area_that_has_longer_than_the_promise_ends_with_the_promise(world: World) -> None:
    answer, area = clocks(world)
    assert area.due_at == answer.due_at == area.original_due_at
    words = explain(area, "en")
    assert "Its own time would end on Monday, 30 November 2026" in words[-2]
    assert "after the date promised to the citizen" in words[-2]
    assert words[-1] == "The answer is due by the end of Monday, 16 November 2026."
    assert area.next_alarm_at and area.next_alarm_at < area.due_at


def test_an_area_that_ends_in_time_keeps_its_own_date(world: World) -> None:
    Service.objects.update(area_amount=2, area_unit="calendar_days")
    world.service.refresh_from_db()
    answer, area = clocks(world)
    assert area.due_at and answer.due_at and area.due_at < answer.due_at
    assert "promised to the citizen" not in " ".join(explain(area, "en"))


def test_the_area_goes_along_when_the_citizens_date_moves(world: World) -> None:
    answer, area = clocks(world)
    actor = Actor.system(world.agency.pk)
    with pytest.raises(NoLaterThanPromised):
        extend_deadline(actor=actor, deadline=area, reason="rain", now=MONDAY)
    extended = extend_deadline(actor=actor, deadline=answer, reason="rain", amount=3, now=MONDAY)
    area.refresh_from_db()
    assert area.due_at == extended.due_at and extended.due_at > answer.due_at


def test_a_pause_of_the_promise_never_takes_time_from_the_area(world: World) -> None:
    answer, area = clocks(world)
    actor, later = Actor.system(world.agency.pk), MONDAY + timedelta(days=2)
    pause_deadline(actor=actor, deadline=answer, reason="we asked", now=MONDAY + timedelta(days=1))
    pause_deadline(actor=actor, deadline=area, reason="we asked", now=MONDAY + timedelta(days=1))
    answer = resume_deadline(actor=actor, deadline=answer, now=later)
    area = resume_deadline(actor=actor, deadline=area, now=later)
    assert area.due_at == answer.due_at and area.due_at >= area.original_due_at


def test_an_area_that_is_asked_when_the_promise_is_past_still_has_its_time(world: World) -> None:
    case = world.open(now=MONDAY, service=world.unrouted)
    Deadline.objects.filter(pk=case.deadline_id).update(
        original_due_at=MONDAY + timedelta(days=1), due_at=MONDAY + timedelta(days=1)
    )
    case.refresh_from_db()
    late = MONDAY + timedelta(days=3)
    dispatch_case(actor=Actor.system(world.agency.pk), case=case, area=world.trees, now=late)
    area = WorkOrder.objects.get(case=case).deadline
    assert area.due_at and area.due_at > late + timedelta(days=15)


@pytest.mark.parametrize(
    ("fields", "outlasts"),
    [
        ({"amount": 20}, False),
        ({"amount": 19}, True),
        ({"amount": None, "unit": ""}, False),
        ({"area_rule": "working-days", "area_amount": 3, "area_unit": "working_days"}, True),
        ({"area_rule": "working-days", "area_amount": 2, "area_unit": "working_days"}, False),
        ({"amount": 30, "area_rule": "working-hours", "area_amount": 40, "area_unit": "working_hours"}, False),
    ],
)
def test_the_catalogue_knows_which_areas_have_longer_than_the_promise(
    world: World, fields: dict[str, object], outlasts: bool
) -> None:
    for name, value in fields.items():
        setattr(world.service, name, value)
    found = area_outlasts(world.service, calendar_for(world.agency.pk), MONDAY)
    assert bool(found) == outlasts, found
