"""Colleagues by another system: never more than its key holds itself."""

import pytest

from balcao.inbox.models import Message
from balcao.organization.keys import SCOPES
from balcao.organization.models import Membership, Staff
from balcao.platform.models import ReadLog, Revision
from tests.world import make_world

pytestmark = pytest.mark.django_db
ANA = {"name": "Ana Lima", "email": "Ana@example.org", "role": "field_agent", "area": "arborizacao"}


def test_a_colleague_is_invited_changed_given_another_role_and_switched_off(world, key):
    call = key()
    status, ana = call("POST", "staff", ANA)
    assert status == 201 and ana["invited"] and ana["email"] == "ana@example.org"
    assert [(r["role"]["slug"], r["area"]["slug"]) for r in ana["roles"]] == [("field_agent", "arborizacao")]
    assert Message.objects.filter(staff_id=ana["id"], purpose="invitation").count() == 1
    one = f"staff/{ana['id']}"
    given = call("POST", f"{one}/roles", {"role": "attendant", "everywhere": True})[1]["roles"]
    assert [r["area"] for r in given if r["role"]["slug"] == "attendant"] == [None]
    taken = call("POST", f"{one}/take-role", {"id": ana["roles"][0]["id"]})[1]["roles"]
    assert [r["role"]["slug"] for r in taken] == ["attendant"]
    status, off = call("PATCH", one, {"is_active": False, "version": ana["version"]})
    assert status == 200 and not off["is_active"] and off["name"] == "Ana Lima"
    assert call("PATCH", one, {"name": "Outra", "version": ana["version"]})[0] == 409
    assert call("POST", f"{one}/invite")[0] == 200 and call("POST", f"{one}/reset-second-factor")[0] == 200
    assert [p["id"] for p in call("GET", "staff?active=false")[1]["staff"]] == [ana["id"]]
    assert call("GET", "staff?q=ana%20l")[1]["staff"][0]["id"] == ana["id"]
    assert set(Revision.objects.filter(model="organization.staff").values_list("actor_kind", flat=True)) == {"key"}
    assert ReadLog.objects.filter(subject="staff", subject_id=ana["id"], actor_kind="key").exists()


def test_no_key_gives_more_than_it_has(world, key):
    weak = key("staff.edit", "order.read", "order.work", "case.note")
    assert weak("POST", "staff", ANA)[0] == 201
    for role in ("attendant", "supervisor", "administrator"):
        body = {**ANA, "email": f"{role}@example.net", "role": role, "area": "", "everywhere": True}
        assert weak("POST", "staff", body)[0] == 403, role
    assert not Staff.objects.filter(email__endswith="@example.net").exists()
    agent = Staff.objects.get(email="ana@example.org").pk
    assert weak("POST", f"staff/{agent}/roles", {"role": "supervisor", "everywhere": True})[0] == 403
    assert weak("POST", "roles", {"name": "Tudo", "permissions": ["case.read"]})[0] == 403
    assert weak("PATCH", "roles/field_agent", {"permissions": ["order.read", "person.sealed"]})[0] == 403
    assert Membership.objects.filter(staff_id=agent).count() == 1


def test_a_key_does_not_touch_who_may_do_more(world, key):
    """Whoever changes a colleague's address gets their next invitation."""
    weak, boss = key("staff.edit", "order.read"), world.staff["administrator"]
    for path, body in (
        ("", {"email": "mine@example.org"}),
        ("/reset-second-factor", None),
        ("/invite", None),
        ("/take-role", {"id": boss.memberships.get().pk}),
    ):
        method = "POST" if path else "PATCH"
        assert weak(method, f"staff/{boss.pk}{path}", body)[0] == 403, path
    almost = key(*(scope for scope in SCOPES if scope != "audit.read"))  # which an administrator has
    assert almost("PATCH", f"staff/{boss.pk}", {"is_active": False})[0] == 403
    boss.refresh_from_db()
    assert boss.is_active and boss.email.startswith("administrator")


def test_a_key_of_one_area_or_of_another_agency_sees_no_colleague(world, key):
    other = make_world("vale-do-sado", default=False)
    assert key(area_ids=[world.trees.pk])("GET", "staff")[0] == 403
    call, theirs = key(), other.staff["field_agent"].pk
    assert call("GET", f"staff/{theirs}")[0] == 404 and call("POST", f"staff/{theirs}/invite")[0] == 404
    body = {"role": "field_agent", "area": "nada"}
    assert call("POST", f"staff/{world.staff['attendant'].pk}/roles", body)[1]["field"] == "area"
    assert call("POST", "staff", {**ANA, "area": ""})[1]["field"] == "area"
    assert call("POST", "staff", {**ANA, "email": other.staff["attendant"].email})[1]["field"] == "email"


def test_roles_are_kept(world, key):
    call = key()
    status, made = call("POST", "roles", {"name": "Ouvidor", "permissions": ["case.read", "case.note"]})
    assert status == 201 and sorted(made["permissions"]) == ["case.note", "case.read"]
    assert call("PATCH", f"roles/{made['slug']}", {"mfa_required": True})[1]["mfa_required"]
    assert call("PATCH", f"roles/{made['slug']}", {"permissions": ["nada"]})[1]["field"] == "permissions"
    assert call("DELETE", "roles/field_agent")[0] == 409
    weak = key("staff.edit", "case.read", "case.note")
    assert weak("PATCH", f"roles/{made['slug']}", {"mfa_required": False})[0] == 403
    assert weak("PATCH", f"roles/{made['slug']}", {"name": "Ouvidora"})[1]["mfa_required"]
    assert not call("PATCH", f"roles/{made['slug']}", {"mfa_required": False})[1]["mfa_required"]
    assert call("DELETE", f"roles/{made['slug']}")[0] == 204
