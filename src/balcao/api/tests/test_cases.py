"""Another system lives a case's whole life with us, and sees what its key may see."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from balcao.cases.actions import delivery_attempted
from balcao.cases.models import Case
from balcao.platform.actors import Actor
from balcao.platform.models import Event, ReadLog
from balcao.workorders.models import WorkOrder
from tests.world import make_world

pytestmark = pytest.mark.django_db
TREE = {
    "service": "poda",
    "kind": "solicitacao",
    "description": "Árvore seca na calçada",
    "location": {"address": "Rua A"},
}
MARIA = {"name": "Maria das Dores", "email": "maria@example.org", "answer_by": "email", "consent": True}


def test_a_case_lives_through_the_api_from_the_opening_to_the_answer(world, key):
    call = key()
    status, opened = call("POST", "cases", {**TREE, "reporter": MARIA})
    assert status == 201 and opened["access_code"] and not opened["repeat"]
    protocol = opened["protocol"]
    status, case = call("GET", f"cases/{protocol}")
    assert (case["state"], case["area"]["slug"], case["author"]["name"]) == ("working", "arborizacao", MARIA["name"])
    _, orders = call("GET", "orders?open=true")
    order = orders["orders"][0]
    assert order["case"] == protocol and opened["orders"] == [order["id"]]
    assert call("POST", f"orders/{order['id']}/accept", {"version": order["version"]})[0] == 200
    agent = world.staff["field_agent"].email
    assert call("POST", f"orders/{order['id']}/assign", {"staff": agent})[1]["assignee"] == "Field_Agent"
    assert call("POST", f"orders/{order['id']}/plan", {"planned_for": "2099-01-05"})[1]["state"] == "planned"
    assert call("POST", f"orders/{order['id']}/report", {"outcome": "solved", "text": "Removida."})[0] == 201
    assert call("POST", f"orders/{order['id']}/review", {"verdict": "accept"})[1]["state"] == "done"
    _, case = call("GET", f"cases/{protocol}")
    assert case["state"] == "drafting" and case["answers_given"][0]["sent_at"] is None
    assert call("POST", f"cases/{protocol}/draft", {"outcome": "solved", "body": "A árvore foi removida."})[0] == 200
    assert call("POST", f"cases/{protocol}/send", {})[1]["state"] == "answering"
    answer = Case.objects.get(protocol=protocol).answers_given.get()
    delivery_attempted(actor=Actor.system(world.agency.pk), answer=answer)
    assert call("GET", f"cases/{protocol}")[1]["state"] == "closed"
    _, facts = call("GET", f"cases/{protocol}/events")
    assert {"CaseOpened", "OrderAccepted", "AnswerSent"} <= {f["kind"] for f in facts}
    assert {f["by"] for f in facts} == {"key", "system"}


def test_only_a_key_that_reads_orders_is_told_which_ones_an_opening_issued(key):
    assert key("case.open")("POST", "cases", TREE)[1]["orders"] == []
    assert len(key("case.open", "order.read")("POST", "cases", TREE)[1]["orders"]) == 1


def test_the_same_idempotency_key_opens_once_and_shows_the_same_code(key):
    call, other = key(), key()
    first = call("POST", "cases", TREE, **{"Idempotency-Key": "os-77"})
    again = call("POST", "cases", TREE, **{"Idempotency-Key": "os-77"})
    assert (first[0], again[0]) == (201, 200) and again[1]["repeat"]
    assert {k: first[1][k] for k in ("protocol", "access_code")} == {
        k: again[1][k] for k in ("protocol", "access_code")
    }
    assert other("POST", "cases", TREE, **{"Idempotency-Key": "os-77"})[1]["protocol"] != first[1]["protocol"]
    assert call("POST", "cases", TREE)[0] == 201 and Case.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"service": "nada"}, "service"),
        ({"kind": "outra"}, "kind"),
        ({"answers": {"cor": "azul"}}, "cor"),
        ({"reporter": {**MARIA, "email": "nenhum"}}, "who_email"),
        ({"reporter": {**MARIA, "document": "111.111.111-11"}}, "who_document"),
        ({"files": ["5f1b2c3d-0000-4000-8000-000000000000"]}, "files"),
        ({"descricao": "x"}, "descricao"),
    ],
)
def test_what_is_wrong_is_told_with_its_field_and_opens_nothing(key, change, field):
    status, problem = key()("POST", "cases", {**TREE, **change})
    assert status == 422 and problem["field"].split(".")[-1] == field and problem["detail"]
    assert not Case.objects.exists()


def test_the_services_own_questions_are_asked(world, key):
    question = {"code": "danger", "type": "boolean", "prompt": {"en": "Is there danger?"}, "required": True}
    world.service.current.script = {"questions": [question]}
    world.service.current.save()
    call = key()
    assert call("GET", "services/poda")[1]["questions"][0]["code"] == "danger"
    assert call("POST", "cases", TREE)[1]["field"] == "danger"
    _, opened = call("POST", "cases", {**TREE, "answers": {"danger": True}})
    assert call("GET", f"cases/{opened['protocol']}")[1]["answers"] == {"danger": True}


def test_a_file_is_brought_first_and_belongs_to_the_key_that_brought_it(key, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    call, other = key(), key()
    pdf = SimpleUploadedFile("laudo.pdf", _pdf(), "application/pdf")
    headers = {"Authorization": f"Bearer {call.raw}"}
    brought = call.client.post("/api/files", {"file": pdf}, headers=headers)
    assert brought.status_code == 201
    name = brought.json()["id"]
    assert other("POST", "cases", {**TREE, "files": [name]})[0] == 422
    _, opened = call("POST", "cases", {**TREE, "files": [name]})
    _, case = call("GET", f"cases/{opened['protocol']}")
    assert [f["id"] for f in case["files"]] == [name]
    got = call.client.get(f"/api/cases/{opened['protocol']}/files/{name}", headers=headers)
    assert got.status_code == 200 and b"".join(got.streaming_content).startswith(b"%PDF")
    assert ReadLog.objects.filter(subject="file", actor_kind="key").count() == 1


def _pdf() -> bytes:
    import io

    import pikepdf

    out, pdf = io.BytesIO(), pikepdf.new()
    pdf.add_blank_page()
    pdf.save(out)
    return out.getvalue()


def test_lists_page_by_key_and_filter(world, key):
    call = key()
    made = [world.open() for _ in range(27)]
    world.open(service=world.unrouted)
    _, first = call("GET", "cases?service=poda&order=queue")
    _, second = call("GET", f"cases?service=poda&order=queue&after={first['next']}")
    assert [c["protocol"] for c in first["cases"] + second["cases"]] == [c.protocol for c in made]
    assert second["next"] == ""
    assert len(call("GET", "cases?state=triage")[1]["cases"]) == 1
    assert call("GET", "cases?area=arborizacao&open=false")[1]["cases"] == []
    assert call("GET", f"cases?q={made[3].protocol}")[1]["cases"][0]["protocol"] == made[3].protocol
    assert call("GET", "cases?after=nonsense")[0] == 422


def test_who_asked_is_for_keys_that_may_know_and_their_reading_is_logged(world, key):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    blind = key("case.read")
    _, told = blind("GET", f"cases/{case.protocol}")
    assert told["author"] is None and not told["anonymous"] and "maria" not in str(told).lower()
    _, told = key("case.read", "person.read")("GET", f"cases/{case.protocol}")
    assert told["author"]["document"] == "52998224725" and told["author"]["emails"] == ["maria@example.org"]
    read = list(ReadLog.objects.order_by("id").values_list("actor_kind", "subject", "subject_id"))
    assert read[0] == ("key", "case", case.pk) and ("key", "person", person.pk) in read


def test_a_sealed_author_is_told_only_to_a_key_that_may_break_the_seal(world, key):
    person, contact = world.person()
    case = world.open(kind="denuncia", reporter=person, contact=contact)
    assert case.sealed
    assert key("case.read", "person.read")("GET", f"cases/{case.protocol}")[1]["author"] is None
    assert key("case.read", "person.sealed")("GET", f"cases/{case.protocol}")[1]["author"]["name"]


def test_another_agencys_case_is_not_there(world, key):
    other = make_world("vale-do-sado", default=False)
    case, order = other.open(), None
    order = WorkOrder.objects.get(case=case)
    call = key()
    for path in (f"cases/{case.protocol}", f"cases/{case.protocol}/events", f"orders/{order.pk}"):
        assert call("GET", path)[0] == 404
    assert call("POST", f"cases/{case.protocol}/notes", {"text": "x"})[0] == 404
    assert call("GET", "cases")[1]["cases"] == []
    mine = world.open()
    assert call("POST", f"cases/{mine.protocol}/merge", {"primary": case.protocol})[0] == 404
    assert call("POST", f"cases/{mine.protocol}/transfer", {"area": "nada", "reason": "x"})[0] == 422


def test_each_act_asks_for_its_scope(world, key):
    case, call = world.open(), key("case.read")
    for verb, body in (
        ("classify", {"service": "poda", "kind": "elogio"}),
        ("transfer", {"area": "vias", "reason": "x"}),
        ("ask", {"question": "Onde?"}),
        ("notes", {"text": "x"}),
        ("refuse", {"reason": "x"}),
        ("pause", {"text": "x"}),
        ("publish", {"text": "x"}),
    ):
        status, problem = call("POST", f"cases/{case.protocol}/{verb}", body)
        assert status == 403 and "permission" in problem["detail"], verb
    assert call("POST", "cases", TREE)[0] == 403
    assert call("GET", "orders")[0] == 403
    assert not Event.objects.filter(actor_kind="key").exists()


def test_triage_by_another_system(world, key):
    call, case = key(), world.open(service=world.unrouted)
    path = f"cases/{case.protocol}"
    assert call("POST", f"{path}/dispatch", {"area": "vias"})[1]["area"]["slug"] == "vias"
    assert call("POST", f"{path}/transfer", {"area": "arborizacao", "reason": "Fica na praça."})[0] == 200
    assert call("POST", f"{path}/ask", {"question": "De que lado?"})[1]["state"] == "waiting"
    assert call("POST", f"{path}/heard", {"text": "Do lado par."})[1]["state"] == "working"
    assert call("POST", f"{path}/notes", {"text": "Ligar antes."})[0] == 200
    kinds = [r["kind"] for r in call("GET", path)[1]["remarks"]]
    assert {"reason", "question", "addition", "note"} <= set(kinds)
    assert call("POST", f"{path}/classify", {"service": "poda", "kind": "reclamacao"})[1]["kind"] == "reclamacao"
    twin = world.open()
    assert call("POST", f"cases/{twin.protocol}/merge", {"primary": case.protocol})[1]["primary"] == case.protocol
    assert call("POST", f"cases/{twin.protocol}/part", {})[1]["primary"] == ""
    assert call("POST", f"cases/{twin.protocol}/refuse", {"reason": "Não é da cidade."})[1]["outcome"] == "refused"
    assert call("POST", f"{path}/publish", {"text": "Árvore seca."})[0] == 200
    assert call("POST", f"{path}/unpublish", {})[0] == 200


def test_an_old_version_and_an_impossible_move_are_refused_in_words(world, key):
    call, case = key(), world.open()
    path = f"cases/{case.protocol}"
    status, problem = call("POST", f"{path}/ask", {"question": "Onde?", "version": case.version + 5})
    assert status == 409 and "Someone changed this" in problem["detail"]
    status, problem = call("POST", f"{path}/send", {})
    assert status == 409 and "no longer" in problem["detail"]
    assert call.last["Content-Type"] == "application/problem+json"
    _, problem = call("POST", f"{path}/send", {}, **{"Accept-Language": "pt-br"})
    assert "já" in problem["detail"].lower() or "não" in problem["detail"].lower()
