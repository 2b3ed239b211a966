"""The page of a case, and what may be done on it."""

from __future__ import annotations

import pytest

from balcao.cases.actions import classify_case, open_case
from balcao.cases.models import Case
from balcao.platform.models import ReadLog
from balcao.workorders.actions import accept_order, file_report
from tests.world import make_world

from .conftest import signed_in

pytestmark = pytest.mark.django_db


def post(client, case, code, **data):
    case.refresh_from_db()
    return client.post(f"/console/cases/{case.pk}/{code}/", {"version": case.version, **data})


def page(client, case) -> str:
    response = client.get(f"/console/cases/{case.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_the_case_masked_and_logs_who_read_it(world, attendant):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    text = page(attendant, case)
    assert "Árvore seca" in text and "Maria das Dores" in text and world.trees.name in text
    assert "529.982.247-25" not in text and "maria@example.org" not in text
    full = attendant.post(f"/console/cases/{case.pk}/reveal/").content.decode()
    assert "529.982.247-25" in full and "maria@example.org" in full
    logged = set(ReadLog.objects.values_list("subject", "purpose"))
    assert {("case", "case page"), ("person", "document revealed")} <= logged


def test_the_author_of_a_denuncia_is_sealed_and_opening_the_seal_is_logged(world, attendant, supervisor):
    person, contact = world.person()
    case = world.open(kind="denuncia", reporter=person, contact=contact, service=world.unrouted)
    assert "Maria" not in page(attendant, case)
    assert attendant.post(f"/console/cases/{case.pk}/reveal/").status_code == 403
    assert "Maria das Dores" not in page(supervisor, case)
    assert "Maria das Dores" in supervisor.post(f"/console/cases/{case.pk}/reveal/").content.decode()
    assert ReadLog.objects.get(subject="person").purpose == "sealed author revealed"
    draft = attendant.get(f"/console/cases/{case.pk}/answer/?outcome=solved").content.decode()
    assert "Maria" not in draft


def test_an_area_manager_does_not_see_who_asked(world):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    assert "Maria" not in page(signed_in(world, "area_manager"), case)


def test_who_has_read_it_is_shown_to_who_audits(world, attendant, supervisor):
    case = world.open()
    page(attendant, case)
    assert "Who has read this" in page(supervisor, case)
    assert "Who has read this" not in page(attendant, case)


def test_only_moves_that_are_possible_are_offered(world, attendant):
    case = world.open(service=world.unrouted)
    codes = lambda: {a.code for a in attendant.get(f"/console/cases/{case.pk}/").context["acts"]}  # noqa: E731
    assert codes() == {"answer", "dispatch", "classify", "ask", "merge", "refuse", "hear", "note"}
    post(attendant, case, "ask", question="Em qual rua?")
    assert codes() == {"refuse", "hear", "note"}
    field = signed_in(world, "field_agent")
    routed = world.open()
    assert {a.code for a in field.get(f"/console/cases/{routed.pk}/").context["acts"]} == {"note"}
    assert field.post(f"/console/cases/{routed.pk}/refuse/", {"reason": "não"}).status_code == 403


def test_classify_routes_again(world, attendant):
    case = world.open(service=world.unrouted)
    post(attendant, case, "classify", service=world.service.pk, kind="reclamacao", priority=9)
    case.refresh_from_db()
    assert (case.service, case.kind, case.area) == (world.service, "reclamacao", world.trees)
    other = make_world("outra", default=False)
    refused = post(attendant, case, "classify", service=other.service.pk, kind="reclamacao")
    assert refused.status_code == 422


def test_send_to_an_area_and_transfer_with_a_reason(world, attendant):
    case = world.open(service=world.unrouted)
    assert post(attendant, case, "dispatch", area=world.roads.pk).status_code == 302
    case.refresh_from_db()
    assert case.area == world.roads and case.state == "working"
    refused = post(attendant, case, "dispatch", area=world.trees.pk, reason="")
    assert refused.status_code == 422 and "few words" in refused.content.decode()
    post(attendant, case, "dispatch", area=world.trees.pk, reason="É galho, não buraco")
    case.refresh_from_db()
    assert case.area == world.trees
    assert "É galho, não buraco" in page(attendant, case)


def test_ask_pauses_and_what_they_reply_by_phone_goes_on(world, attendant):
    case = world.open()
    post(attendant, case, "ask", question="Em qual rua?")
    case.refresh_from_db()
    assert case.state == "waiting" and "clock paused" in page(attendant, case)
    post(attendant, case, "hear", text="Rua das Flores")
    case.refresh_from_db()
    assert case.state == "working" and "Rua das Flores" in page(attendant, case)


def test_refuse_needs_words_and_they_reach_the_citizen(world, attendant):
    case = world.open()
    assert post(attendant, case, "refuse", reason=" … ").status_code == 422
    post(attendant, case, "refuse", reason="A árvore é do estado: ligue 0800.")
    case.refresh_from_db()
    assert case.outcome == "refused" and case.answers_given.get().body.startswith("A árvore é do estado")


def test_a_likely_duplicate_is_suggested_and_joined_and_taken_apart(world, attendant):
    from balcao.cases.actions import Location

    first = world.open(location=Location(lat=-23.55, lon=-46.63))
    case = world.open(location=Location(lat=-23.5505, lon=-46.6301))
    far = world.open(location=Location(lat=-23.60, lon=-46.63))
    text = attendant.get(f"/console/cases/{case.pk}/merge/").content.decode()
    assert f'value="{first.pk}"' in text and f'value="{far.pk}"' not in text
    post(attendant, case, "merge", primary=first.pk)
    case.refresh_from_db()
    assert case.state == "following" and case.primary == first
    post(attendant, case, "part")
    case.refresh_from_db()
    assert case.state == "working" and case.primary is None
    assert post(attendant, case, "merge", protocol="123").status_code == 422
    post(attendant, case, "merge", protocol=far.protocol)
    case.refresh_from_db()
    assert case.primary == far


def test_a_number_of_another_service_is_not_joined_by_a_slip_of_the_hand(world, attendant):
    case, other = world.open(), world.open(service=world.unrouted)
    refused = post(attendant, case, "merge", protocol=other.protocol)
    assert refused.status_code == 422 and "is about something else: “Outros assuntos”" in refused.content.decode()
    case.refresh_from_db()
    assert case.primary is None
    post(attendant, case, "merge", protocol=other.protocol, same="on")
    case.refresh_from_db()
    assert case.primary == other


def test_a_direct_answer_is_drafted_edited_and_sent(world, attendant):
    case = world.open(service=world.unrouted)
    form = attendant.get(f"/console/cases/{case.pk}/answer/?outcome=informed").content.decode()
    assert "Outros assuntos" in form
    assert post(attendant, case, "answer", outcome="informed", body="Olá! … ").status_code == 422
    post(attendant, case, "answer", outcome="informed", body="A feira é às quintas.", do="draft")
    case.refresh_from_db()
    assert case.state == "drafting"
    assert "A feira é às quintas." in attendant.get(f"/console/cases/{case.pk}/answer/").content.decode()
    post(attendant, case, "answer", outcome="informed", body="A feira é às quartas.")
    case.refresh_from_db()
    assert case.state == "closed" and case.answers_given.get().body == "A feira é às quartas."


def test_a_note_stays_inside_and_calls_a_colleague(world, attendant):
    case = world.open()
    boss = world.staff["supervisor"]
    post(attendant, case, "note", text="Olhe isto", mention=f"{boss.name} {boss.email}")
    note = case.remarks.get(kind="note")
    assert list(note.mentions.all()) == [boss] and not note.public
    assert "Internal" in page(attendant, case)
    assert "Olhe isto" in signed_in(world, "supervisor").get("/console/").content.decode()


def test_a_note_is_written_where_one_works_not_beside(world):
    from balcao.cases.actions import write_note
    from balcao.platform.errors import NotAllowed

    manager, case = world.actor("area_manager"), world.open()
    case.refresh_from_db()
    assert write_note(actor=manager, case=case, text="Vamos na terça").kind == "note"
    case.area = world.roads
    case.save()
    with pytest.raises(NotAllowed):
        write_note(actor=manager, case=case, text="E agora?")


def test_the_clock_is_changed_by_who_may(world, attendant, supervisor):
    case = world.open()
    assert post(attendant, case, "extend", amount=5, reason="Chuva").status_code == 403
    before = case.deadline.due_at
    assert post(supervisor, case, "extend", amount=30, reason="").status_code == 422
    post(supervisor, case, "extend", amount=30, reason="Chuva forte")
    case = Case.objects.get(pk=case.pk)
    assert case.deadline.due_at > before and "Chuva forte" in page(attendant, case)
    post(supervisor, case, "pause", reason="Falta laudo")
    assert "clock paused" in page(supervisor, case)
    post(supervisor, case, "resume")
    assert Case.objects.get(pk=case.pk).deadline.state == "running"


def test_a_stale_form_keeps_what_was_typed(world, attendant):
    case = world.open(service=world.unrouted)
    stale = case.version
    classify_case(actor=world.actor("supervisor"), case=case, service=world.unrouted, kind="elogio")
    response = attendant.post(
        f"/console/cases/{case.pk}/refuse/", {"version": stale, "reason": "Um texto longo que ninguém quer perder"}
    )
    text = response.content.decode()
    assert response.status_code == 422 and "Um texto longo que ninguém quer perder" in text
    case.refresh_from_db()
    assert case.state == "triage" and f'name="version" value="{case.version}"' in text


def test_after_an_act_the_next_case_of_the_same_list_opens(world, attendant):
    first, second, third = (world.open(service=world.unrouted) for _ in range(3))
    world.open()
    came = {"from": f"show=triage&service={world.unrouted.pk}"}
    assert (
        f"/console/cases/{second.pk}/?from="
        in post(attendant, first, "refuse", reason="Não", **came).headers["Location"]
    )
    assert f"/console/cases/{third.pk}/" in post(attendant, second, "refuse", reason="Não", **came).headers["Location"]
    assert (
        post(attendant, third, "refuse", reason="Não", **came)
        .headers["Location"]
        .startswith("/console/cases/?show=triage")
    )


def test_hostile_words_are_shown_as_words(world, attendant):
    case = world.open(description="<script>alert(1)</script>'; DROP TABLE cases_case; --")
    post(attendant, case, "note", text="<img src=x onerror=alert(1)>")
    text = page(attendant, case)
    assert "<script>alert(1)" not in text and "<img src=x" not in text
    for typed in ("'; DROP TABLE x; --", "<b>", "%", "\\", "(((", "a" * 5000, "\x00", '"'):
        assert attendant.get("/console/cases/", {"q": typed}).status_code == 200


def test_the_page_costs_the_same_however_much_has_happened(world, supervisor, django_assert_max_num_queries):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    for n in range(8):
        post(supervisor, case, "note", text=f"nota {n}")
    page(supervisor, case)
    with django_assert_max_num_queries(31):
        page(supervisor, case)


def test_whoever_reviews_finds_the_report_on_the_page_of_the_case(world, supervisor):
    manager = world.actor("area_manager")
    case = open_case(
        actor=world.citizen, service=world.service, kind="reclamacao", channel="portal", description="Galho caído"
    ).case
    order = case.orders.get()
    accept_order(actor=manager, order=order)
    file_report(actor=manager, order=order, outcome="solved", text="Galho removido na terça.")
    review = f"/console/orders/{order.pk}/review/"
    assert review in page(supervisor, case)
    assert review not in page(signed_in(world, "area_manager"), case)
