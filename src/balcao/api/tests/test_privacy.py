"""A person's copy and erasure asked for by another system: the dry run, the deed, the log. And the figures."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.actions import refuse_case
from balcao.cases.models import Case
from balcao.citizens.models import Person
from balcao.insights import tables
from balcao.insights.following import rebuild
from balcao.insights.showing import csv_text
from balcao.platform.models import Event, ReadLog
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(world):
    person, _contact = world.person()
    case = world.open(reporter=person)
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade.")
    return person, case


def test_a_person_is_found_looked_at_copied_and_erased(world, key, maria):
    (person, case), call = maria, key("privacy.manage", "person.read")
    assert call("POST", "privacy/find", {"text": "maria@example.org"})[1] == [{"id": person.pk, "name": person.name}]
    path = f"privacy/people/{person.pk}"
    status, plan = call("GET", f"{path}/erasure")
    assert status == 200 and plan["person_goes"] and plan["cases"][0]["case"] == case.protocol
    assert plan["cases"][0]["verdict"] == "clear" and Person.objects.filter(pk=person.pk).exists()
    headers = {"Authorization": f"Bearer {call.raw}"}
    copied = call.client.post(f"/api/{path}/export", headers=headers)
    with zipfile.ZipFile(io.BytesIO(b"".join(copied.streaming_content))) as archive:
        assert json.loads(archive.read("dados.json"))["demands"][0]["protocol"] == case.protocol
    assert call("POST", f"{path}/erasure", {})[0] == 422 and call("POST", f"{path}/erasure", {"sure": False})[0] == 422
    assert call("POST", f"{path}/erasure", {"sure": True})[1]["person_goes"]
    assert not Person.objects.filter(pk=person.pk).exists() and Case.objects.get(pk=case.pk).reporter_id is None
    kinds = set(Event.objects.filter(actor_kind="key").values_list("kind", flat=True))
    assert {"PersonExported", "PersonErased"} <= kinds
    read = ReadLog.objects.filter(actor_kind="key", subject="person", subject_id=person.pk)
    assert {"api: privacy search", "api: privacy", "privacy export"} <= set(read.values_list("purpose", flat=True))


def test_a_hold_keeps_what_an_erasure_would_take(world, key, maria):
    (person, case), call = maria, key()
    status, hold = call("POST", "privacy/holds", {"person": person.pk, "reason": "Processo 12/2026"})
    assert status == 201 and [h["id"] for h in call("GET", "privacy/holds")[1]["holds"]] == [hold["id"]]
    plan = call("GET", f"privacy/people/{person.pk}/erasure")[1]
    assert not plan["person_goes"] and plan["cases"][0]["verdict"] == "held"
    assert call("POST", f"privacy/holds/{hold['id']}/lift")[0] == 204
    assert call("POST", f"privacy/holds/{hold['id']}/lift")[0] == 409
    assert call("POST", "privacy/holds", {"case": case.protocol, "reason": "x"})[1]["case"] == case.protocol
    assert call("POST", "privacy/holds", {"reason": "x"})[0] == 404


def test_the_retention_table_is_kept_tried_and_applied(world, key, maria):
    (person, case), call = maria, key()
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now() - timedelta(days=40))
    line = {"stage": "refused", "days": 30, "law": "Tabela, 3"}
    status, rule = call("POST", "privacy/retention-rules", line)
    assert status == 201 and rule["then"] == "pseudonymise"
    assert call("POST", "privacy/retention-rules", line)[0] == 422, "there is a line for this already"
    assert call("GET", "privacy/retention")[1] == {"pseudonymise": 1}
    assert call("PATCH", f"privacy/retention-rules/{rule['id']}", {"days": 90})[1]["days"] == 90
    assert call("GET", "privacy/retention")[1] == {}
    call("PATCH", f"privacy/retention-rules/{rule['id']}", {"days": 30})
    assert call("POST", "privacy/retention", {"sure": True})[1]["pseudonymise"] == 1
    assert not Person.objects.filter(pk=person.pk).exists()
    assert call("DELETE", f"privacy/retention-rules/{rule['id']}")[0] == 204


def test_peoples_data_need_their_scope_and_are_the_agencys_own(world, key, maria):
    person, case = maria
    other = make_world("vale-do-sado", default=False)
    almost, foreign = key("person.read", "case.read", "settings.edit"), key(of=other)
    for method, path in (("GET", f"people/{person.pk}/erasure"), ("GET", "holds"), ("GET", "retention-rules")):
        assert almost(method, f"privacy/{path}")[0] == 403
    assert key("privacy.manage")("POST", "privacy/find", {"text": case.protocol})[0] == 403
    assert foreign("GET", f"privacy/people/{person.pk}/erasure")[0] == 404
    assert foreign("POST", f"privacy/people/{person.pk}/erasure", {"sure": True})[0] == 404
    assert foreign("POST", "privacy/find", {"text": "maria@example.org"})[1] == []
    assert foreign("POST", "privacy/holds", {"case": case.protocol, "reason": "x"})[0] == 404
    assert Person.objects.filter(pk=person.pk).exists()


def test_the_figures_are_those_of_the_published_tables(world, key):
    for _ in range(6):
        world.open()
    world.open(service=world.unrouted)
    rebuild()
    call, year = key("case.read"), timezone.localdate().year
    published = call("GET", "figures")[1]
    assert published["years"] == [year] and {t["code"] for t in published["tables"]} == set(tables.TABLES)
    assert call("GET", "figures/now")[1] == {"opened": 6, "answered": 0, "open": 6}, "one service is shown to nobody"
    for code in ("city-month", "city-service"):
        status, told = call("GET", f"figures/{code}?year={year}")
        page = tables.table(world.agency, code, year)
        assert status == 200 and len(told["rows"]) == len(page.rows) > 0
        lines = csv_text(page).splitlines()[1:]
        for row, line in zip([*told["rows"], told["total"]], lines, strict=True):
            key_, _name, opened = line.split(",")[2:5]
            assert row["key"] == key_ and (row["opened"] is None, str(row["opened"])) in (
                (False, opened),
                (opened == "*" and "opened" in row["hidden"], "None"),
            )
    assert call("GET", "figures/nada")[0] == 404 and call("GET", "figures/service-month")[0] == 404
    assert call("GET", f"figures/service-month?of={world.service.slug}")[0] == 200
