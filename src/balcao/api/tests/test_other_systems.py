"""Another system lets others in by its own key, has them told what happens, and joins an area to its system."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.api.models import Attempt, Outgoing, Subscription
from balcao.organization.keys import authenticate
from balcao.organization.models import ApiKey
from balcao.platform.models import ReadLog, Revision
from balcao.workorders.models import RemoteOrder, RemoteSystem, WorkOrder
from tests.world import make_world

pytestmark = pytest.mark.django_db
KEY = {"name": "Sensores", "scopes": ["case.open"], "per_minute": 30, "per_day": 100}
HOOK = {"name": "Painel", "url": "https://203.0.114.9/x", "kinds": ["CaseOpened"]}
SYSTEM = {"connector": "open311", "url": "https://203.0.114.9/open311/v2", "secret": "muito-secreto"}


def test_a_key_makes_another_changes_and_revokes_it(world, key):
    call = key()
    status, made = call("POST", "keys", {**KEY, "areas": ["arborizacao"], "expires_at": "2099-01-01T00:00:00Z"})
    assert status == 201 and made["works"] and made["made_by"] == call.key.pk and made["areas"] == ["arborizacao"]
    actor = authenticate(made["secret"])
    assert actor.permissions == {"case.open"} and actor.area_ids == {world.trees.pk}
    one = f"keys/{made['id']}"
    told = call("GET", one)[1]
    assert told == {name: value for name, value in {**made, "last_used_at": told["last_used_at"]}.items()
                    if name != "secret"}  # fmt: skip
    status, changed = call("PATCH", one, {"scopes": ["case.read"], "areas": [], "version": made["version"]})
    assert status == 200 and (changed["scopes"], changed["areas"], changed["per_day"]) == (["case.read"], [], 100)
    assert call("PATCH", one, {"name": "Outra", "version": made["version"]})[0] == 409
    assert call("POST", f"{one}/revoke")[1]["works"] is False and authenticate(made["secret"]) is None
    listed = call("GET", "keys")
    assert {k["id"] for k in listed[1]} == {made["id"], call.key.pk} and made["secret"] not in call.last.text
    by = Revision.objects.filter(model="organization.apikey", object_id=made["id"])
    assert set(by.values_list("actor_kind", "actor_id")) == {("key", call.key.pk)} and by.count() == 3


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"scopes": ["person.sealed"]}, 403),
        ({"scopes": ["open311.write"]}, 403),
        ({"per_minute": 61}, 403),
        ({"scopes": ["nada"]}, 422),
        ({"scopes": []}, 422),
        ({"areas": ["nada"]}, 422),
    ],
)
def test_no_key_gives_itself_or_another_more_than_it_has(world, key, more, status):
    call = key("staff.edit", "case.open", per_minute=60)
    other, boss = key("case.open", "person.read"), key()
    assert call("POST", "keys", {**KEY, **more})[0] == status
    assert call("PATCH", f"keys/{call.key.pk}", more)[0] == status
    assert call("PATCH", f"keys/{other.key.pk}", {"name": "Minha"})[0] == 403
    assert call("POST", f"keys/{boss.key.pk}/revoke")[0] == 403 and boss("GET", "keys")[0] == 200
    assert call("GET", "keys")[0] == 200 and ApiKey.objects.count() == 3
    assert call("POST", f"keys/{call.key.pk}/revoke")[0] == 200, "one that leaked may end itself"
    assert call("GET", "keys")[0] == 401


def test_keys_need_their_scope_and_are_the_agencys_own(world, key):
    other = make_world("vale-do-sado", default=False)
    theirs = key(of=other)
    for caller in (key("settings.edit"), key("staff.edit", "case.read", area_ids=[world.trees.pk])):
        assert caller("GET", "keys")[0] == 403 and caller("POST", "keys", KEY)[0] == 403
    for path, method in ((f"keys/{theirs.key.pk}", "GET"), (f"keys/{theirs.key.pk}/revoke", "POST")):
        assert key()(method, path)[0] == 404


def test_a_webhook_tells_its_secret_once(world, key):
    call = key()
    assert call("GET", "webhooks/kinds")[1]["CaseOpened"] == "A case was opened"
    status, made = call("POST", "webhooks", HOOK)
    assert status == 201 and made["secret"] == Subscription.objects.get().secret
    one = f"webhooks/{made['id']}"
    assert call("GET", one)[1] == {name: value for name, value in made.items() if name != "secret"}
    status, changed = call("PATCH", one, {"is_active": False, "version": made["version"]})
    assert status == 200 and not changed["is_active"] and "secret" not in changed and changed["url"] == HOOK["url"]
    assert call("PATCH", one, {"is_active": True, "version": made["version"]})[0] == 409
    renewed = call("POST", f"{one}/renew-secret")[1]
    assert renewed["secret"] != made["secret"] and renewed["old_until"]
    call("GET", "webhooks")
    assert renewed["secret"] not in call.last.text
    assert call("DELETE", one)[0] == 204 and not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://127.0.0.1/x"}, "url"),
        ({"url": "ftp://203.0.114.9"}, "url"),
        ({"kinds": ["NoteWritten"]}, "kinds"),
    ],
)
def test_a_webhook_that_the_console_would_refuse_is_refused(world, key, wrong, field):
    call = key()
    status, problem = call("POST", "webhooks", {**HOOK, **wrong})
    assert (status, problem["field"]) == (422, field) and not Subscription.objects.exists()
    made = call("POST", "webhooks", HOOK)[1]
    assert call("PATCH", f"webhooks/{made['id']}", wrong)[1]["field"] == field
    assert Subscription.objects.get().url == HOOK["url"]


def test_what_a_webhook_was_told_is_shown_and_told_again(world, key):
    call, case = key(), world.open()
    hook = Subscription.objects.create(agency=world.agency, secret="whsec_YQ==", **HOOK)
    dead, queued = (
        Outgoing.objects.create(
            subscription=hook, event_id=n, kind="CaseOpened", case_id=case.pk, body="{}", state=state, tries=8,
            next_try_at=timezone.now() - timedelta(days=1),
        )
        for n, state in enumerate(("dead", "queued"))
    )  # fmt: skip
    Attempt.objects.create(message=dead, at=timezone.now(), status=503, milliseconds=12)
    told = call("GET", f"webhooks/{hook.pk}/messages")[1]["messages"]
    assert [m["id"] for m in told] == [queued.pk, dead.pk]
    assert told[1]["attempts"][0]["status"] == 503 and told[1]["next_try_at"] is None
    assert [m["id"] for m in call("GET", f"webhooks/{hook.pk}/messages?state=dead")[1]["messages"]] == [dead.pk]
    older = call("GET", f"webhooks/{hook.pk}/messages?before={queued.pk}")[1]
    assert [m["id"] for m in older["messages"]] == [dead.pk] and older["next"] is None
    status, again = call("POST", f"webhooks/{hook.pk}/messages/{dead.pk}/replay")
    assert status == 200 and again["state"] == "queued" and again["webhook_id"] == told[1]["webhook_id"]
    second = Subscription.objects.create(agency=world.agency, secret="whsec_YQ==", **HOOK)
    assert call("POST", f"webhooks/{second.pk}/messages/{dead.pk}/replay")[0] == 404
    assert key("staff.edit")("GET", "webhooks")[0] == 403


def test_an_area_gets_another_system_whose_key_is_never_told(world, key):
    call, path = key(), "settings/areas/arborizacao/system"
    assert call("GET", path)[0] == 404
    for body, field in (
        ({**SYSTEM, "secret": ""}, "secret"),
        ({"connector": "open311", "url": SYSTEM["url"]}, "secret"),
        ({**SYSTEM, "codes": {"nada": "1"}}, "codes"),
        ({**SYSTEM, "url": "http://10.0.0.1/"}, "url"),
        ({"connector": "open311", "secret": "x"}, "url"),
    ):
        status, problem = call("PATCH", path, body)
        assert (status, problem["field"]) == (422, field) and not RemoteSystem.objects.exists()
    status, made = call("PATCH", path, {**SYSTEM, "codes": {"poda": "0042"}})
    assert status == 200 and made["codes"] == {"poda": "0042"} and made["is_active"] and "secret" not in made
    assert call("GET", path)[1] == made and SYSTEM["secret"] not in call.last.text
    changed = call("PATCH", path, {"is_active": False, "version": made["version"]})[1]
    assert not changed["is_active"] and RemoteSystem.objects.get().secret == SYSTEM["secret"]
    assert call("PATCH", path, {"is_active": True, "version": made["version"]})[0] == 409


def test_a_doubt_is_settled_by_whoever_has_looked(world, key):
    call, now = key(), timezone.now()
    world.open(), world.open()
    system = RemoteSystem.objects.create(agency=world.agency, area=world.trees, **SYSTEM)
    for order in WorkOrder.objects.order_by("pk"):
        RemoteOrder.objects.create(order=order, system=system, state="unknown", made_at=now, last_error="broke")
    path = "settings/areas/arborizacao/system/doubts"
    first, second = call("GET", path)[1]
    assert first["why"] == "broke" and first["case"] == WorkOrder.objects.get(pk=first["order"]).case.protocol
    assert call("POST", f"{path}/{first['id']}/settle", {})[1]["field"] == "reference"
    assert call("POST", f"{path}/{first['id']}/settle", {"reference": "77", "again": True})[0] == 422
    assert call("POST", f"{path}/{first['id']}/settle", {"reference": "77"})[0] == 204
    assert call("POST", f"{path}/{second['id']}/settle", {"again": True})[0] == 204
    assert list(RemoteOrder.objects.order_by("pk").values_list("state", "reference")) == [
        ("sent", "77"),
        ("queued", ""),
    ]
    assert call("GET", path)[1] == [] and call("POST", f"{path}/{first['id']}/settle", {"again": True})[0] == 404
    assert call("GET", "settings/areas/vias/system/doubts")[1] == []


def test_who_changed_a_setting_is_told_by_name(world, key):
    call = key()
    area = call("PATCH", "settings/areas/arborizacao", {"email": "verde@example.org"})[1]
    call("PATCH", f"staff/{world.staff['attendant'].pk}", {"name": "Outra Pessoa"})
    changes = call("GET", "changes")[1]["changes"]
    assert changes[0]["model"] == "organization.staff" and changes[0]["changes"]["name"][1] == "Outra Pessoa"
    assert changes[-1]["who"] == world.staff["administrator"].name  # who made the key
    some = call("GET", f"changes?model=organization.area&object={world.trees.pk}")[1]
    (one,) = some["changes"]
    assert (one["id"], one["by"], one["who"]) == (area["version"], "key", "“Zeladoria”, by its key")
    assert one["changes"]["email"] == ["", "verde@example.org"] and some["next"] is None
    assert call("GET", f"changes?before={area['version']}")[1]["changes"][0]["id"] < area["version"]
    keeper = key("settings.edit")
    assert "organization.staff" not in {c["model"] for c in keeper("GET", "changes")[1]["changes"]}
    assert key("case.read")("GET", "changes")[0] == 403
    assert Revision.objects.filter(agency_id=world.agency.pk).exists()
    assert (
        key(of=make_world("vale-do-sado", default=False))("GET", "changes")[1]["changes"][-1]["id"] > changes[0]["id"]
    )


def test_who_was_shown_a_case_is_told_to_an_auditors_key(world, key):
    call, case = key("case.read", "audit.read"), world.open()
    boss = key()
    boss("GET", f"cases/{case.protocol}")
    reads = call("GET", f"cases/{case.protocol}/reads")[1]["reads"]
    assert [(r["by"], r["who"], r["purpose"]) for r in reads] == [("key", "“Zeladoria”, by its key", "api: case")]
    assert ReadLog.objects.filter(purpose="api: reads", actor_id=call.key.pk).count() == 1
    assert key("case.read")("GET", f"cases/{case.protocol}/reads")[0] == 403
    there = key("case.read", "audit.read", area_ids=[world.roads.pk])
    assert there("GET", f"cases/{case.protocol}/reads")[0] == 404
    assert key(of=make_world("vale-do-sado", default=False))("GET", f"cases/{case.protocol}/reads")[0] == 404
