"""What a page must not tell, and what a form must not do, whatever is posted."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from balcao.cases.actions import (
    add_information,
    dispatch_case,
    draft_answer,
    follow_case,
    refuse_case,
    send_answer,
)
from balcao.cases.models import Answer, Case
from balcao.console.cases.reading import answers_in_words, person_panel
from balcao.organization.models import Area
from balcao.platform.errors import IllegalMove, Invalid, Refusal
from balcao.platform.models import StoredFile
from balcao.workorders.actions import accept_report, file_report
from balcao.workorders.models import WorkOrder

from .conftest import signed_in


def reported(world):
    case = world.open()
    order = WorkOrder.objects.get(case=case)
    report = file_report(actor=world.actor("area_manager"), order=order, outcome="solved", text="Podada.")
    case.refresh_from_db()
    return case, order, report


def test_an_answer_beside_a_report_under_review_is_refused_and_the_order_is_not_left_behind(world):
    case, order, report = reported(world)
    page = signed_in(world, "attendant").post(
        f"/console/cases/{case.pk}/answer/", {"outcome": "solved", "body": "Já foi feito por nós."}
    )
    assert page.status_code == 422
    with pytest.raises(IllegalMove):
        draft_answer(actor=world.actor("attendant"), case=case, outcome="solved", body="Já foi feito por nós.")
    assert not Answer.objects.filter(case=case).exists()
    accept_report(actor=world.actor("supervisor"), report=report)
    send_answer(actor=world.actor("supervisor"), case=case)
    order.refresh_from_db()
    assert order.state == "done"


def test_words_added_while_the_answer_leaves_are_refused_not_lost(world):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    refuse_case(actor=world.actor("attendant"), case=case, reason="Não é da cidade.")
    with pytest.raises(Refusal) as refused:
        add_information(actor=world.citizen, case=case, text="Ainda está lá")
    assert "on its way" in str(refused.value)
    assert not case.remarks.exists()


def test_nothing_is_sent_to_an_area_that_is_switched_off(world):
    case = world.open(service=world.unrouted)
    Area.objects.filter(pk=world.roads.pk).update(is_active=False)
    world.roads.refresh_from_db()
    with pytest.raises(Invalid):
        dispatch_case(actor=world.actor("attendant"), case=case, area=world.roads)


def test_me_too_does_not_join_what_has_become_a_report_of_wrongdoing(world):
    secret, mine = world.open(kind="denuncia"), world.open()
    with pytest.raises(Refusal):
        follow_case(actor=world.citizen, case=mine, primary=secret)


def test_how_often_somebody_asked_does_not_betray_a_sealed_demand(world):
    person, contact = world.person()
    known = world.open(reporter=person, contact=contact)
    world.open(reporter=person, contact=contact, kind="denuncia")
    assert person_panel(known, world.actor("attendant"), revealed=False)["others"] == 0
    assert person_panel(known, world.actor("supervisor"), revealed=False)["others"] == 1


def test_a_sensitive_answer_is_for_who_may_know_who_asked(world):
    question = {"code": "doenca", "type": "string", "prompt": "Qual doença?", "sensitive": True}
    version = world.unrouted.current
    version.script = {"questions": [question]}
    version.save()
    case = world.open(service=world.unrouted, answers={"doenca": "asma"})
    case = Case.objects.select_related("service_version").get(pk=case.pk)
    assert answers_in_words(case, world.actor("attendant")) == [("Qual doença?", "asma")]
    assert answers_in_words(case, world.actor("area_manager")) == []


def test_the_last_day_of_the_calendar_is_no_error(world):
    page = signed_in(world, "attendant").get("/console/cases/?to=9999-12-31&from=0001-01-01")
    assert page.status_code == 200


def test_the_names_of_a_sealed_authors_files_tell_nothing(world, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    stored = StoredFile.objects.create(
        agency_id=world.agency.pk,
        kind="pdf",
        mime="application/pdf",
        name="rg-joana-prado.pdf",
        size=4,
        file=SimpleUploadedFile("x.pdf", b"%PDF"),
    )
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact, kind="denuncia", files=[stored])
    order = WorkOrder.objects.get(case=case)
    for role, knows in (("attendant", False), ("area_manager", False), ("supervisor", True)):
        client = signed_in(world, role)
        pages = [f"/console/cases/{case.pk}/", f"/console/orders/{order.pk}/"]
        files = [f"/console/cases/{case.pk}/files/{stored.uuid}/", f"/console/orders/{order.pk}/files/{stored.uuid}/"]
        if role == "attendant":
            pages, files = pages[:1], files[:1]
        for address in pages:
            assert ("joana-prado" in client.get(address).content.decode()) is knows, (role, address)
        for address in files:
            found = client.get(address)
            assert found.status_code == 200, address
            assert ("joana-prado" in found["Content-Disposition"]) is knows, (role, address)
