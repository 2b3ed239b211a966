"""Another system tells of a known problem, gathers demands under it, and reports once for everybody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.models import Case, Incident
from balcao.clocks.sweep import sweep
from balcao.platform.models import ReadLog
from tests.world import make_world

pytestmark = pytest.mark.django_db


def problem(**changes):
    began = (timezone.now() - timedelta(hours=2)).isoformat()
    told = {"title": "Adutora rompida", "text": "A equipe está no local.", "services": ["poda"], "area": "arborizacao"}
    return {**told, "began_at": began, **changes}


def test_a_known_problem_lives_through_the_api(world, key):
    call = key()
    one, two = world.open(), world.open()
    status, made = call("POST", "incidents", problem())
    assert (status, made["state"], made["suggested"]) == (201, "open", 2) and made["area"]["slug"] == "arborizacao"
    path = f"incidents/{made['id']}"
    status, changed = call("PATCH", path, {"address": "Rua das Flores", "version": made["version"]})
    assert status == 200 and changed["address"] == "Rua das Flores" and changed["title"] == "Adutora rompida"
    assert [s["slug"] for s in changed["services"]] == ["poda"]
    assert call("PATCH", path, {"title": "x", "version": made["version"]})[0] == 409
    assert call("POST", f"{path}/gather", {"cases": [one.protocol]})[1] == {"gathered": 1, "refused": 0}
    assert call("POST", f"{path}/gather", {"suggested": True})[1] == {"gathered": 1, "refused": 0}
    assert [c["protocol"] for c in call("GET", f"{path}/cases")[1]["cases"]] == [one.protocol, two.protocol]
    assert call("POST", f"cases/{two.protocol}/release", {})[1]["state"] in ("triage", "working")
    assert call("POST", f"cases/{two.protocol}/gather", {"incident": made["id"]})[1]["state"] == "gathered"
    status, ended = call("POST", f"{path}/report", {"outcome": "solved", "report": "A água voltou."})
    assert (status, ended["state"], ended["progress"]["people"]) == (200, "solved", 2)
    assert call("GET", "incidents")[1] == [] and len(call("GET", "incidents?ended=true")[1]) == 1
    assert call("POST", f"{path}/withdraw", {})[0] == 409
    assert call("PATCH", path, {"title": "Outra"})[0] == 409
    assert ReadLog.objects.filter(actor_kind="key", subject="list").exists()


def test_a_mistake_is_told_with_its_field_and_tells_nobody(world, key):
    call = key()
    for change, field in (
        ({"services": ["nada"]}, "services"),
        ({"area": "nada"}, "area"),
        ({"lat": -23.5, "lon": -46.6}, "radius_m"),
        ({"expected_by": "2001-01-01T00:00:00Z"}, "expected_by"),
        ({"titulo": "x"}, "titulo"),
    ):
        status, told = call("POST", "incidents", problem(**change))
        assert status == 422 and told["field"].split(".")[-1] == field, change
    assert not Incident.objects.exists()


def test_each_act_asks_for_its_scope_and_its_agency(world, key):
    reader, other = key("case.read"), make_world("vale-do-sado", default=False)
    assert reader("POST", "incidents", problem())[0] == 403
    foreign = key(of=other)("POST", "incidents", problem())[1]["id"]
    call, mine = key(), world.open()
    for method, path in (("GET", ""), ("PATCH", ""), ("GET", "/cases"), ("POST", "/report"), ("POST", "/withdraw")):
        body = {"outcome": "solved", "report": "x"} if path == "/report" else {}
        assert call(method, f"incidents/{foreign}{path}", None if method == "GET" else body)[0] == 404
    assert call("POST", f"cases/{mine.protocol}/gather", {"incident": foreign})[0] == 404
    made = call("POST", "incidents", problem())[1]["id"]
    strange = other.open()
    assert call("POST", f"incidents/{made}/gather", {"cases": [strange.protocol]})[1]["gathered"] == 0
    assert Case.objects.get(pk=strange.pk).state != "gathered"


def test_alarms_are_listed_as_the_console_lists_them(world, key):
    call = key()
    late = world.open(now=timezone.now() - timedelta(days=200))
    sweep(timezone.now())
    alarms = call("GET", "alarms")[1]["alarms"]
    assert alarms and {a["case"] for a in alarms} == {late.protocol}
    assert "breach" in {a["level"] for a in alarms}
    assert call("GET", "alarms?area=vias")[1]["alarms"] == []
    assert call("GET", f"alarms?after={alarms[-1]['id']}")[1]["alarms"] == []
    assert call("GET", "alarms?show=past")[1]["alarms"] == []
    assert key("case.note")("GET", "alarms")[0] == 403
