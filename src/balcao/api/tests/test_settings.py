"""Another system keeps the catalogue, the areas, the matrix and the letters, by the console's own actions."""

import pytest

from balcao.catalog.models import Service
from balcao.catalog.templates import source
from balcao.organization.models import Area
from balcao.platform.models import Revision
from tests.world import make_world

pytestmark = pytest.mark.django_db
SQUARE = {"type": "Polygon", "coordinates": [[[-46, -23], [-45, -23], [-45, -22], [-46, -22], [-46, -23]]]}
HOURS = [[["08:00", "12:00"]]] * 5 + [[], []]
SERVICE = {"name": "Buraco na rua", "group": "verde", "rule": "lei-13460", "area_rule": "lei-13460-area"}
CASES = [  # path, a new one, a change, what it must be told as
    ("groups", {"name": "Vias"}, {"position": 7}),
    ("services", SERVICE, {"summary": "Tapamos buracos.", "kinds": ["reclamacao"]}),
    ("areas", {"name": "Iluminação", "parent": "servicos"}, {"email": "luz@example.org"}),
    ("places", {"name": "Norte", "kind": "district", "boundary": SQUARE}, {"address": "Rua A"}),
    ("calendars", {"name": "Plantão", "timezone": "America/Bahia", "country": "BR", "weekly": HOURS}, {"name": "Dois"}),
    ("rules", {"area": "vias", "service": "outros"}, {"note": "por decreto"}),
]


@pytest.mark.parametrize(("path", "new", "change"), CASES, ids=[case[0] for case in CASES])
def test_a_setting_is_added_read_changed_and_removed(world, key, path, new, change):
    call = key()
    status, made = call("POST", f"settings/{path}", new)
    assert status == 201 and {name: made[name] for name in new} == new
    one = f"settings/{path}/{made.get('slug') or made['id']}"
    assert call("GET", one)[1] == made
    status, changed = call("PATCH", one, {**change, "version": made["version"]})
    assert status == 200 and changed == {**made, **change, "version": changed["version"]}
    assert changed["version"] > made["version"]
    assert call("PATCH", one, {**change, "version": made["version"]})[0] == 409
    name = made.get("slug") or made["id"]
    assert name in [thing.get("slug") or thing["id"] for thing in call("GET", f"settings/{path}")[1]]
    by = Revision.objects.filter(pk__in=[made["version"], changed["version"]]).values_list("actor_kind", "actor_id")
    assert set(by) == {("key", call.key.pk)}
    assert call("DELETE", one)[0] == 204 and call("GET", one)[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("areas", {"name": "x", "parent": "nada"}, "parent"),
        ("services", {**SERVICE, "is_published": True}, ""),
        ("services", {**SERVICE, "rule": "lei-nenhuma"}, ""),
        ("services", {**SERVICE, "amount": 9999}, "amount"),
        ("places", {"name": "x", "kind": "district", "boundary": {"type": "Point"}}, "boundary"),
        ("calendars", {"name": "x", "timezone": "Mars", "country": "BR", "weekly": HOURS}, "subdivision"),
        ("rules", {"area": "vias", "kind": "outra"}, "kind"),
        ("areas", {"name": "x", "nome": "y"}, "nome"),
    ],
)
def test_what_the_console_would_refuse_is_refused(world, key, path, body, field):
    call, before = key(), Revision.objects.count()
    status, problem = call("POST", f"settings/{path}", body)
    assert status in (400, 409, 422) and problem["detail"] and problem.get("field", "").split(".")[-1] == field
    assert Revision.objects.count() == before


def test_a_busy_area_is_not_switched_off_and_a_used_service_not_removed(world, key):
    call = key()
    world.open()
    status, problem = call("PATCH", "settings/areas/arborizacao", {"is_active": False})
    assert status == 409 and "Arborização" in problem["detail"] and Area.objects.get(slug="arborizacao").is_active
    assert call("DELETE", "settings/services/poda")[0] == 409 and Service.objects.get(slug="poda").current_id


def test_the_matrix_is_tried_before_it_is_changed(world, key):
    call = key()
    case = world.open()
    second = call("POST", "settings/rules", {"area": "vias"})[1]
    rules = [rule["id"] for rule in call("GET", "settings/rules")[1]]
    status, trial = call("POST", "settings/rules/try", {"rules": rules[::-1]})
    assert status == 200 and trial["looked_at"] == 1
    assert [(m["case"], m["now"]["slug"], m["then"]["slug"]) for m in trial["moved"]] == [
        (case.protocol, "arborizacao", "vias")
    ]
    assert call("POST", "settings/rules/try", {"rules": [second["id"]]})[0] == 409
    assert call("POST", "settings/rules/try", {"add": {"area": "vias", "service": "poda"}})[1]["moved"] == []
    assert call("POST", "settings/rules/decide", {"service": "poda"})[1]["area"]["slug"] == "arborizacao"
    assert call("PUT", "settings/rules/order", {"rules": rules[::-1]})[0] == 204
    decided = call("POST", "settings/rules/decide", {"service": "poda"})[1]
    assert decided["area"]["slug"] == "vias" and [s["rule"] for s in decided["steps"]] == [second["id"]]
    assert call("GET", "settings/rules/uncaught")[1] == []


def test_what_no_rule_caught_is_asked_again(world, key):
    call, case = key(), world.open(service=world.unrouted)
    assert call("GET", "settings/rules/uncaught")[1][0]["service"]["slug"] == "outros"
    call("POST", "settings/rules", {"area": "vias", "service": "outros"})
    assert call("POST", "settings/rules/again")[1] == {"routed": 1, "still": 0}
    assert call("GET", f"cases/{case.protocol}")[1]["area"]["slug"] == "vias"


def test_questions_are_pinned_and_versioned(world, key):
    call, case = key(), world.open()
    path = "settings/services/poda/questions"
    number = call("GET", path)[1]["number"]
    asked = [{"code": "danger", "type": "boolean", "prompt": {"en": "Is there danger?"}, "required": True}]
    status, told = call("PUT", path, {"questions": asked, "number": number})
    assert status == 200 and told["number"] == number + 1 and told["questions"] == asked
    assert call("PUT", path, {"questions": [], "number": number})[0] == 409
    assert call("PUT", path, {"questions": [{"code": "x"}]})[0] == 422
    case.refresh_from_db()
    assert case.service_version.number == number


def test_the_agencys_own_settings_and_its_calendars_days(world, key):
    call = key()
    status, house = call("GET", "settings/agency")
    status, changed = call("PATCH", "settings/agency", {"warn_fractions": [0.25], "version": house["version"]})
    assert status == 200, changed
    assert (changed["warn_fractions"], changed["triage_days"]) == ([0.25], house["triage_days"])
    assert house["version"] < changed["version"]
    assert call("PATCH", "settings/agency", {"triage_days": 9, "version": house["version"]})[0] == 409
    assert "lei-13460" in {law["slug"] for law in call("GET", "settings/deadline-rules")[1]}
    days = "settings/calendars/padrao/days"
    status, day = call("POST", days, {"date": "2026-01-25", "name": "Aniversário", "yearly": True})
    assert status == 201 and [d["name"] for d in call("GET", days)[1]] == ["Aniversário"]
    assert call("POST", days, {"date": "2026-01-25", "name": "Outra"})[1]["field"] == "date"
    assert call("DELETE", f"{days}/{day['id']}")[0] == 204 and call("GET", days)[1] == []
    collection = {"type": "FeatureCollection", "features": [{"properties": {"nome": "Sul"}, "geometry": SQUARE}]}
    done = call("POST", "settings/places/import", {"collection": collection})[1]
    assert done == {"added": 1, "changed": 0, "same": 0} and call("GET", "places/sul")[1]["boundary"] == SQUARE


def test_a_letter_gets_ones_own_words_and_its_former_ones_back(world, key):
    call, which = key(), "locale=pt-br&outcome=solved"
    letters = call("GET", "settings/letters?locale=pt-br")[1]
    before = next(one for one in letters if (one["purpose"], one["outcome"]) == ("answer", "solved"))
    words = {"locale": "pt-br", "outcome": "solved", "subject": "Pronto", "body": "Pronto: {{ report }}"}
    assert call("PUT", "settings/letters/answer", words)[1]["own"]
    found = source(agency_id=world.agency.pk, service_id=None, purpose="answer", outcome="solved", locale="pt-br")
    assert found.subject == "Pronto"
    assert call("PUT", "settings/letters/answer", {**words, "body": "{{ nada }}"})[1]["field"] == "body"
    assert call("PUT", "settings/letters/nada", words)[0] == 404
    assert call("DELETE", f"settings/letters/answer?{which}")[0] == 204
    assert call("DELETE", f"settings/letters/answer?{which}")[0] == 404
    again = call("GET", "settings/letters?locale=pt-br")[1]
    assert next(one for one in again if (one["purpose"], one["outcome"]) == ("answer", "solved")) == before


def test_settings_need_their_scope_and_are_the_agencys_own(world, key):
    other, call = make_world("vale-do-sado", default=False), key()
    reader, local = key("case.read", "case.triage"), key(area_ids=[world.trees.pk])
    for path in ("areas", "agency", "rules", "letters?locale=en", "services/poda/questions"):
        assert reader("GET", f"settings/{path}")[0] == 403
        assert local("GET", f"settings/{path}")[0] == 403, "a key of one area changes nothing of the whole agency"
    rule = other.agency.rules.get().pk
    assert call("PATCH", f"settings/rules/{rule}", {"note": "x"})[0] == 404
    assert call("DELETE", f"settings/rules/{rule}")[0] == 404
    assert call("PATCH", "settings/services/poda", {"name": "Poda nova"})[0] == 200
    assert Service.objects.get(agency=other.agency, slug="poda").name != "Poda nova"
