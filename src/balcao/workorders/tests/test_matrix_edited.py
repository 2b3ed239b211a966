"""The matrix, whatever its rules: the first that fits decides, an order is kept whole, and a trial writes nothing."""

from types import SimpleNamespace as Thing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balcao.organization.models import Place
from balcao.platform.errors import Invalid, NotAllowed, Stale
from balcao.platform.models import Revision
from balcao.workorders.actions import change_rule, move_rule, order_rules, remove_rule
from balcao.workorders.matrix import route
from balcao.workorders.models import ResponsibilityRule
from balcao.workorders.trial import compare, rules_of, uncaught
from tests.world import make_world

AREAS = [Thing(pk=n, name=f"area {n}", is_active=n != 3) for n in range(4)]
NAMED = [Thing(pk=n, name=str(n)) for n in range(3)]
CITY = Thing(pk=10, name="city", parent=None)
DISTRICT = Thing(pk=11, name="district", parent=CITY)

maybe = st.none() | st.integers(0, 2)


@st.composite
def rules(draw):
    service, group = draw(maybe), draw(maybe)
    place = draw(st.sampled_from([None, CITY, DISTRICT]))
    return Thing(
        service_id=service, service=None if service is None else NAMED[service],
        group_id=group, group=None if group is None else NAMED[group],
        place_id=place.pk if place else None, place=place,
        kind=draw(st.sampled_from(["", "reclamacao", "elogio"])), area=draw(st.sampled_from(AREAS)),
    )  # fmt: skip


def fits(rule, service, place, kind):
    within = {None} | ({place.pk} if place else set()) | ({place.parent.pk} if place and place.parent else set())
    return (
        rule.area.is_active
        and (not rule.service_id or rule.service_id == service.pk)
        and (not rule.group_id or rule.group_id == service.group_id)
        and (not rule.kind or rule.kind == kind)
        and rule.place_id in within
    )


demands = st.tuples(
    st.builds(lambda pk, group: Thing(pk=pk, group_id=group, agency_id=1), st.integers(1, 2), st.integers(1, 2)),
    st.sampled_from([None, CITY, DISTRICT]),
    st.sampled_from(["reclamacao", "elogio"]),
)


@given(st.lists(rules(), max_size=8), demands)
def test_the_first_rule_that_fits_decides_and_every_rule_before_it_says_why_not(listed, demand):
    service, place, kind = demand
    found = route(service=service, place=place, kind=kind, rules=listed)
    first = next((n for n, rule in enumerate(listed) if fits(rule, service, place, kind)), None)
    if first is None:
        assert found.area is None and len(found.steps) == len(listed)
    else:
        assert found.rule is listed[first] and found.area is listed[first].area and len(found.steps) == first + 1
    assert all(step.why for step in found.steps)
    assert [step.matches for step in found.steps] == [n == first for n in range(len(found.steps))]


@given(st.lists(rules(), min_size=2, max_size=6), demands, st.data())
def test_rules_that_fit_no_demand_may_stand_anywhere(listed, demand, data):
    service, place, kind = demand
    idle = [rule for rule in listed if not fits(rule, service, place, kind)]
    fitting = [rule for rule in listed if fits(rule, service, place, kind)]
    mixed = data.draw(st.permutations(idle)) + fitting
    before = route(service=service, place=place, kind=kind, rules=listed).rule
    assert route(service=service, place=place, kind=kind, rules=mixed).rule is before


@pytest.fixture
def world(db):
    made = make_world()
    for n in range(2, 6):
        ResponsibilityRule.objects.create(agency=made.agency, position=n, area=made.roads, note=str(n))
    return made


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_moves_and_orders_keep_every_rule_once_in_unbroken_positions(world, data):
    actor = world.actor("administrator")
    ids = list(ResponsibilityRule.objects.values_list("pk", flat=True))
    if data.draw(st.booleans()):
        ids = data.draw(st.permutations(ids))
        order_rules(actor=actor, agency=world.agency, ids=ids)
    else:
        at, up = data.draw(st.integers(0, len(ids) - 1)), data.draw(st.booleans())
        move_rule(actor=actor, rule=ResponsibilityRule.objects.get(pk=ids[at]), up=up)
        to = max(0, at - 1) if up else min(len(ids) - 1, at + 1)
        ids[at], ids[to] = ids[to], ids[at]
    assert list(ResponsibilityRule.objects.values_list("pk", "position")) == [(pk, n) for n, pk in enumerate(ids, 1)]


def test_an_order_over_rules_that_have_changed_is_stale(world):
    actor = world.actor("administrator")
    ids = list(ResponsibilityRule.objects.values_list("pk", flat=True))
    remove_rule(actor=actor, rule=ResponsibilityRule.objects.get(pk=ids[-1]))
    for wrong in (ids, ids[:-2], [*ids[:-2], ids[0]]):
        with pytest.raises(Stale):
            order_rules(actor=actor, agency=world.agency, ids=wrong)


def test_a_rule_names_only_what_can_work(world):
    actor, other = world.actor("administrator"), make_world("outra", default=False)
    for fields in (
        {"area": other.trees},
        {"area": world.trees, "service": other.service},
        {"area": world.trees, "kind": "pedido"},
        {"area": world.trees, "service": world.service, "group": other.service.group},
    ):
        with pytest.raises(Invalid):
            change_rule(actor=actor, rule=ResponsibilityRule(agency=world.agency, **fields))
    with pytest.raises(NotAllowed):
        change_rule(actor=actor, rule=ResponsibilityRule(agency=other.agency, area=other.trees))
    with pytest.raises(NotAllowed):
        change_rule(actor=world.actor("supervisor"), rule=ResponsibilityRule(agency=world.agency, area=world.trees))


def test_a_trial_counts_what_would_go_elsewhere_and_writes_nothing(world):
    case = world.open()
    world.open(service=world.unrouted)
    saved = rules_of(world.agency.pk)
    before = Revision.objects.count()
    trial = compare(actor=world.actor("administrator"), now=saved, then=list(reversed(saved)))
    assert trial.looked_at == 2 and [c.case.pk for c in trial.changes] == [case.pk]
    assert (trial.changes[0].now, trial.changes[0].then) == (world.trees, world.roads)
    assert Revision.objects.count() == before and rules_of(world.agency.pk) == saved


def test_a_service_caught_only_in_some_places_is_told_apart(world):
    ResponsibilityRule.objects.filter(service=None).delete()
    assert [(u.service, u.somewhere) for u in uncaught(world.agency.pk)] == [(world.unrouted, False)]
    place = Place.objects.get(pk=world.district.pk)
    change_rule(
        actor=world.actor("administrator"),
        rule=ResponsibilityRule(agency=world.agency, service=world.unrouted, place=place, area=world.roads),
    )
    assert [(u.service, u.somewhere) for u in uncaught(world.agency.pk)] == [(world.unrouted, True)]
