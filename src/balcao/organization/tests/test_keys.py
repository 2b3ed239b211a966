"""A key opens what it was given, for its own agency, as often as it may; nobody can read it out of the database."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from balcao.cases.actions import assume_case
from balcao.cases.models import Case
from balcao.organization.actions import change_key, make_key, revoke_key
from balcao.organization.keys import authenticate
from balcao.organization.models import ApiKey
from balcao.platform import limits
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.limits import TooMany
from balcao.platform.models import Revision
from balcao.workorders.actions import accept_order, accept_report, assign_order, file_report
from balcao.workorders.models import WorkOrder
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 10, 35, tzinfo=ZoneInfo("America/Sao_Paulo"))


@pytest.fixture
def world() -> World:
    return make_world()


def key_for(world: World, *scopes: str, by: str = "administrator", **fields) -> tuple[ApiKey, str]:
    key = ApiKey(agency=world.agency, name="Zeladoria", scopes=list(scopes) or ["case.read"], **fields)
    return make_key(actor=world.actor(by), key=key)


def actor_with(raw: str, **options) -> Actor:
    actor = authenticate(raw, **options)
    assert actor is not None
    return actor


def test_a_key_is_an_actor_of_its_agency_with_its_scopes_only(world):
    other = make_world("vale-do-sado", default=False)
    case, foreign = world.open(), other.open()
    key, raw = key_for(world, "case.read", "case.note")
    actor = actor_with(raw)
    assert (actor.kind, actor.id, actor.agency_id) == ("key", key.pk, world.agency.pk)
    assert actor.permissions == {"case.read", "case.note"}
    seen = Case.objects.visible_to(actor)
    assert case in seen and foreign not in seen


def test_a_key_of_one_area_sees_that_areas_cases_and_orders(world):
    world.open()
    _key, raw = key_for(world, "case.read", "order.read", area_ids=[world.roads.pk])
    assert not Case.objects.visible_to(actor_with(raw)).exists()
    assert not WorkOrder.objects.visible_to(actor_with(raw)).exists()
    _key, raw = key_for(world, "case.read", "order.read", area_ids=[world.trees.pk])
    assert Case.objects.visible_to(actor_with(raw)).count() == 1
    assert WorkOrder.objects.visible_to(actor_with(raw)).count() == 1


def test_the_secret_is_kept_nowhere(world):
    key, raw = key_for(world)
    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert raw not in str(row) and raw.startswith(row["prefix"])
    assert raw not in str(list(Revision.objects.values())) and "secret_hash" not in str(list(Revision.objects.values()))


@pytest.mark.parametrize("wrong", ["", "balcao_", "balcao_" + "x" * 43, "Bearer x", "balcao_" + "é" * 43])
def test_anything_else_is_nobody(world, wrong):
    assert authenticate(wrong) is None


def test_a_key_that_was_revoked_or_is_past_its_date_opens_nothing(world):
    key, raw = key_for(world, expires_at=NOW + timedelta(days=1))
    assert authenticate(raw, now=NOW) is not None
    assert authenticate(raw, now=NOW + timedelta(days=1)) is None
    revoke_key(actor=world.actor("administrator"), key=key)
    assert authenticate(raw, now=NOW) is None


def test_a_key_outlives_a_change_of_the_secret(world, settings):
    _key, raw = key_for(world)
    settings.OLD_SECRET_KEYS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret, long enough for everybody"
    assert authenticate(raw) is not None
    settings.OLD_SECRET_KEYS = []
    assert authenticate(raw) is None


def test_the_last_use_is_known_to_the_hour_and_written_once_in_it(world, django_assert_num_queries):
    key, raw = key_for(world)
    authenticate(raw, now=NOW)
    key.refresh_from_db()
    assert key.last_used_at == NOW.replace(minute=0)
    with django_assert_num_queries(3):  # the quota with what is settled, and the test's own savepoint around it
        authenticate(raw, now=NOW + timedelta(minutes=20))


def test_past_its_quota_a_key_is_asked_to_wait_and_another_one_is_not(world):
    _key, raw = key_for(world, per_minute=3)
    _other, second = key_for(world)
    for _ in range(3):
        authenticate(raw)
    with pytest.raises(TooMany) as refused:
        authenticate(raw)
    assert 0 < refused.value.retry_after <= 60
    assert authenticate(second) is not None


def test_a_quota_that_is_changed_holds_from_the_next_call(world):
    key, raw = key_for(world, per_minute=1)
    authenticate(raw)
    with pytest.raises(TooMany):
        authenticate(raw)
    ApiKey.objects.filter(pk=key.pk).update(per_minute=9)
    assert authenticate(raw) is not None
    ApiKey.objects.filter(pk=key.pk).update(scopes=[])
    assert not authenticate(raw).permissions


def test_the_day_has_its_own_quota(world):
    _key, raw = key_for(world, per_minute=100, per_day=2)
    authenticate(raw)
    authenticate(raw)
    with pytest.raises(TooMany) as refused:
        authenticate(raw)
    assert refused.value.retry_after > 3600


def test_nobody_hands_out_more_than_they_hold(world):
    role = world.roles["administrator"]
    role.permissions = ["staff.edit", "settings.edit", "case.read"]
    role.save()
    with pytest.raises(NotAllowed):
        key_for(world, "case.read", "person.read")
    key, _raw = key_for(world, "case.read")
    key.scopes = ["case.read", "report.review"]
    with pytest.raises(NotAllowed):
        change_key(actor=world.actor("administrator"), key=key)


def test_only_who_gives_roles_makes_keys(world):
    with pytest.raises(NotAllowed):
        key_for(world, by="supervisor")
    with pytest.raises(Invalid):
        key_for(world, "case.read", area_ids=[make_world("vale-do-sado", default=False).trees.pk])


def made_by(raw: str, world: World, *scopes: str, **fields) -> tuple[ApiKey, str]:
    return make_key(actor=actor_with(raw), key=ApiKey(agency=world.agency, name="Part", scopes=list(scopes), **fields))


@pytest.mark.parametrize(
    ("scopes", "fields"),
    [
        (["case.read", "person.read"], {}),
        (["open311.write"], {}),
        (["case.read"], {"per_minute": 61}),
        (["case.read"], {"per_day": 501}),
    ],
)
def test_a_key_gives_no_more_than_it_has(world, scopes, fields):
    """Neither to another one nor to itself."""
    few = {"per_minute": 60, "per_day": 500}
    key, raw = key_for(world, "staff.edit", "case.read", **few)
    with pytest.raises(NotAllowed):
        made_by(raw, world, *scopes, **{**few, **fields})
    for name, value in {"scopes": ["staff.edit", *scopes], **fields}.items():
        setattr(key, name, value)
    with pytest.raises(NotAllowed):
        change_key(actor=actor_with(raw), key=key)
    assert ApiKey.objects.get().scopes == ["case.read", "staff.edit"]


def test_a_key_lives_no_longer_than_it_was_given_and_touches_none_that_may_do_more(world):
    day = timedelta(days=1)
    ends = timezone.now() + day
    key, raw = key_for(world, "staff.edit", "case.read", expires_at=ends)
    strong, _raw = key_for(world, "staff.edit", "case.read", "person.read")
    key.expires_at = None
    for one, act in ((key, change_key), (strong, change_key), (strong, revoke_key)):
        with pytest.raises(NotAllowed):
            act(actor=actor_with(raw), key=one)
    twin, _raw = key_for(world, "case.read", expires_at=ends)
    twin.expires_at = ends + day
    with pytest.raises(NotAllowed):
        change_key(actor=actor_with(raw), key=twin)
    twin.expires_at, twin.per_minute = ends, 3
    assert change_key(actor=actor_with(raw), key=twin).per_minute == 3


def test_what_a_key_made_is_a_part_of_it(world):
    """It ends with its maker, narrows with it, counts against its quotas, and makes none itself."""
    key, raw = key_for(world, "staff.edit", "case.read", "case.note", per_minute=5)
    child, second = made_by(raw, world, "staff.edit", "case.read", "case.note", per_minute=4)
    assert child.made_by_id == key.pk and actor_with(second).permissions == actor_with(raw).permissions
    with pytest.raises(NotAllowed):
        made_by(second, world, "case.read", per_minute=1)
    with pytest.raises(TooMany):
        for _ in range(3):
            authenticate(second)
    for one in (key, child):
        limits.forgive("api-minute", str(one.pk))
    key.scopes = ["staff.edit", "case.read"]
    change_key(actor=world.actor("administrator"), key=key)
    assert actor_with(second).permissions == {"staff.edit", "case.read"}
    child.refresh_from_db()
    with pytest.raises(Invalid):  # nor does a colleague make a part more than the whole
        change_key(actor=world.actor("administrator"), key=child)
    key.area_ids = [world.trees.pk]
    change_key(actor=world.actor("administrator"), key=key)
    assert actor_with(second).local == {("case.read", world.trees.pk)}
    ApiKey.objects.filter(pk=child.pk).update(area_ids=[world.roads.pk])
    assert not actor_with(second).permissions, "no area in common is none at all"
    revoke_key(actor=world.actor("administrator"), key=key)
    assert authenticate(second) is None


def test_a_part_that_calls_too_often_does_not_shut_out_its_maker(world):
    _key, raw = key_for(world, "staff.edit", "case.read", per_minute=5)
    _child, second = made_by(raw, world, "case.read", per_minute=1)
    assert authenticate(second)
    for _ in range(9):
        with pytest.raises(TooMany):
            authenticate(second)
    assert authenticate(raw)


def test_what_changes_of_a_key_is_in_its_history(world):
    key, _raw = key_for(world)
    key.per_minute = 5
    change_key(actor=world.actor("administrator"), key=key)
    revoke_key(actor=world.actor("administrator"), key=key)
    verbs = [set(r.changes) for r in Revision.objects.filter(model="organization.apikey").order_by("id")]
    assert verbs[1:] == [{"per_minute"}, {"revoked_at"}]


def test_a_key_is_never_taken_for_the_colleague_of_its_number(world):
    """Its id may be the id of somebody on the staff: nothing that names a person takes it."""
    agent = world.staff["field_agent"]
    _key, raw = key_for(world, "order.read", "order.work", "case.triage", "report.review")
    actor = replace(actor_with(raw), id=agent.pk)
    case = world.open()
    order = WorkOrder.objects.get(case=case)
    with pytest.raises(NotAllowed):  # giving an order to somebody is more than taking one
        assign_order(actor=actor, order=order, staff=agent)
    with pytest.raises(Refusal):
        assume_case(actor=actor, case=case)
    accept_order(actor=actor, order=order)
    report = file_report(actor=actor, order=order, outcome="solved", text="Feito")
    accept_report(actor=actor, report=report)
    report.refresh_from_db()
    assert (report.author_id, report.reviewer_id) == (None, None)
