"""A role holds where it was given: a manager of one area is none of another, whatever else they are there."""

import pytest

from balcao.cases.actions import refuse_case
from balcao.cases.models import Case
from balcao.organization.models import Membership, Staff
from balcao.organization.queries import actor_of, managers_of, staff_with
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed
from balcao.workorders.actions import accept_order, accept_report, extend_order, file_report, give_back_order
from balcao.workorders.models import ResponsibilityRule, WorkOrder
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def both(world: World) -> Staff:
    """A field agent of the trees who manages the roads."""
    agent = world.staff["field_agent"]
    Membership.objects.create(staff=agent, role=world.roles["area_manager"], area=world.roads)
    return agent


def order_of(world: World, area_of: str) -> WorkOrder:
    ResponsibilityRule.objects.update(area=getattr(world, area_of))
    return WorkOrder.objects.get(case=world.open())


def test_an_agent_of_one_area_who_manages_another_manages_only_that_one(world: World, both: Staff) -> None:
    actor = actor_of(both)
    trees, roads = order_of(world, "trees"), order_of(world, "roads")
    accept_order(actor=actor, order=trees)
    for managing in (
        lambda: give_back_order(actor=actor, order=trees, reason="not ours"),
        lambda: extend_order(actor=actor, order=trees, reason="rain"),
    ):
        with pytest.raises(NotAllowed):
            managing()
    extend_order(actor=actor, order=roads, reason="rain")
    assert give_back_order(actor=actor, order=roads, reason="not ours").state == "given_back"


def test_alarms_go_to_who_manages_that_area(world: World, both: Staff) -> None:
    assert both not in managers_of(world.trees)
    assert both in managers_of(world.roads)
    # a reviewer of one area is nobody's supervisor past the top
    Membership.objects.create(staff=both, role=world.roles["supervisor"], area=world.trees)
    Membership.objects.create(staff=both, role=world.roles["field_agent"], area=None)
    assert both not in managers_of(world.trees, level=2)
    assert world.staff["supervisor"] in managers_of(world.trees, level=2)


def test_who_reads_cases_in_one_area_reads_no_others_by_a_role_elsewhere(world: World) -> None:
    person, contact = world.person()
    ResponsibilityRule.objects.update(area=world.roads)
    theirs = world.open(reporter=person, contact=contact)
    ResponsibilityRule.objects.update(area=world.trees)
    ours = world.open(reporter=person, contact=contact)
    reader = world.staff["attendant"]
    reader.memberships.update(area=world.trees)
    actor = actor_of(reader)
    assert set(Case.objects.visible_to(actor)) == {ours}
    Membership.objects.create(staff=reader, role=world.roles["field_agent"], area=world.roads)
    actor = actor_of(reader)
    assert set(Case.objects.visible_to(actor)) == {ours, theirs}  # the demand of an order, and no more:
    assert actor.at(world.trees.pk).can("person.read")
    assert not actor.at(world.roads.pk).can("person.read")
    with pytest.raises(NotAllowed):
        refuse_case(actor=actor, case=theirs, reason="not for us")


def test_the_page_names_the_author_only_where_the_reader_may_know(world: World, client: object) -> None:
    person, contact = world.person()
    ResponsibilityRule.objects.update(area=world.roads)
    theirs = world.open(reporter=person, contact=contact)
    ResponsibilityRule.objects.update(area=world.trees)
    ours = world.open(reporter=person, contact=contact)
    reader = world.staff["attendant"]
    reader.memberships.update(area=world.trees)
    Membership.objects.create(staff=reader, role=world.roles["area_manager"], area=world.roads)
    client.force_login(reader)  # type: ignore[attr-defined]

    def page(address: str) -> str:
        return client.get(address).content.decode()  # type: ignore[attr-defined]

    assert "Maria das Dores" in page(f"/console/cases/{ours.pk}/")
    assert "Maria das Dores" not in page(f"/console/cases/{theirs.pk}/")
    assert client.post(f"/console/cases/{theirs.pk}/reveal/").status_code == 403  # type: ignore[attr-defined]
    found = page("/console/cases/?show=all&q=Maria+das+Dores")
    assert f"/console/cases/{ours.pk}/" in found and f"/console/cases/{theirs.pk}/" not in found
    assert page("/console/cases/?show=all&q=árvore").count("Maria das Dores") <= 1


def test_reports_are_filed_and_reviewed_where_the_role_holds(world: World, both: Staff) -> None:
    Membership.objects.create(staff=both, role=world.roles["supervisor"], area=world.roads)
    order = order_of(world, "trees")
    accept_order(actor=actor_of(both), order=order)
    file_report(actor=actor_of(both), order=order, outcome="solved", text="Cut down")
    assert not WorkOrder.objects.where(actor_of(both), "report.review").filter(pk=order.pk).exists()
    report = order.reports.get()
    with pytest.raises(NotAllowed):
        accept_report(actor=actor_of(both), report=report)
    assert accept_report(actor=world.actor("supervisor"), report=report).outcome == "solved"


def test_what_concerns_the_whole_agency_is_not_carried_by_a_role_in_one_area(world: World) -> None:
    admin = world.staff["administrator"]
    admin.memberships.update(area=world.trees)
    actor = actor_of(admin)
    assert not {"settings.edit", "staff.edit", "faults.mend"} & actor.permissions
    assert admin not in staff_with(world.agency.pk, "settings.edit")


def test_an_actor_without_places_holds_everywhere() -> None:
    wide = Actor("staff", 1, 1, frozenset({"case.read"}))
    assert wide.at(5).can("case.read") and wide.areas_with("case.read") is None
    mixed = Actor("staff", 1, 1, frozenset({"case.read", "order.assign"}), local=frozenset({("order.assign", 5)}))
    assert [mixed.at(area).can("order.assign") for area in (5, 6, None)] == [True, False, False]
    assert mixed.at(6).can("case.read") and mixed.areas_with("order.assign") == {5}
    assert mixed.at(5).at(6).permissions == {"case.read"}
    assert mixed.areas_with("staff.edit") == frozenset()
