"""The demand's page: only for who has the code; then everything there is to read, add, grade and reopen."""

from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from balcao.cases.actions import ask_citizen, open_case, send_answer, write_note
from balcao.cases.models import Remark
from balcao.platform.models import ReadLog
from balcao.platform.numbering import build_protocol, format_protocol
from balcao.workorders.actions import accept_order, accept_report, file_report

from .driver import photo

pytestmark = pytest.mark.django_db
CODE = "7K3M9QXA2BC"


@pytest.fixture
def case(world):
    person, _contact = world.person()
    return open_case(
        actor=world.citizen,
        service=world.service,
        kind="reclamacao",
        channel="portal",
        description="Galho caído",
        reporter=person,
        contact=None,
        access_code=CODE,
        locale="en",
    ).case


@pytest.fixture
def browser(case):
    client = Client()
    client.post("/acompanhar/", {"protocol": case.protocol, "code": CODE})
    return client


def text_of(response) -> str:
    return unescape(response.content.decode())


def answered(world, case) -> None:
    manager, supervisor = world.actor("area_manager"), world.actor("supervisor")
    order = case.orders.get()
    accept_order(actor=manager, order=order)
    report = file_report(actor=manager, order=order, outcome="solved", text="Galho removido na terça.")
    accept_report(actor=supervisor, report=report)
    send_answer(actor=supervisor, case=case)


def test_numbers_guessed_in_sequence_reveal_nothing(world, case):
    client = Client()
    unknown = build_protocol(2026, 9_999_999)
    for wrong in ("7K3M9QXA2BD", "AAAAAAAAAAA"):
        real = client.post("/acompanhar/", {"protocol": case.protocol, "code": wrong})
        none = client.post("/acompanhar/", {"protocol": unknown, "code": wrong})
        strip = lambda r, p: text_of(r).replace(p, "#").split("csrfmiddlewaretoken")[-1][100:]  # noqa: E731
        assert real.status_code == none.status_code == 422
        assert strip(real, case.protocol) == strip(none, unknown)
    pages = [client.get(f"/acompanhar/{p}/") for p in (case.protocol, unknown)]
    assert {p.status_code for p in pages} == {200} and "Galho" not in text_of(pages[0])
    for path in ("comprovante.pdf", "acrescentar/", "avaliar/", "reabrir/"):
        assert "Galho" not in text_of(client.get(f"/acompanhar/{case.protocol}/{path}", follow=True))


def test_a_number_that_does_not_add_up_is_told_so_kindly(world, case):
    wrong = case.protocol[:-1] + str((int(case.protocol[-1]) + 1) % 10)
    response = Client().post("/acompanhar/", {"protocol": wrong, "code": CODE})
    assert response.status_code == 422 and "does not add up" in text_of(response) and wrong in text_of(response)
    assert Client().get("/acompanhar/abc/").status_code == 404


def test_guessing_codes_is_slowed_down(world, case):
    client = Client()
    statuses = [
        client.post("/acompanhar/", {"protocol": case.protocol, "code": "AAAAAAAAAAA"}).status_code for _ in range(31)
    ]
    assert statuses[:30] == [422] * 30 and statuses[30] == 429
    right = client.post("/acompanhar/", {"protocol": case.protocol, "code": CODE})
    assert right.status_code == 429 and case.protocol in text_of(right)


def test_the_session_changes_its_key_and_can_be_left(world, case):
    client = Client()
    client.get("/acompanhar/")
    client.session["x"] = 1
    client.post("/acompanhar/", {"protocol": format_protocol(case.protocol), "code": "7k3m-9qxa 2bc"})
    before = client.session.session_key
    assert "Galho caído" in text_of(client.get(f"/acompanhar/{case.protocol}/"))
    client.post("/acompanhar/", {"protocol": case.protocol, "code": CODE})
    assert client.session.session_key != before
    client.post("/acompanhar/sair/")
    assert "Galho caído" not in text_of(client.get(f"/acompanhar/{case.protocol}/"))


def test_the_code_of_one_case_opens_no_other(world, case, browser):
    other = world.open(description="Coisa de outra pessoa")
    assert "Coisa de outra" not in text_of(browser.get(f"/acompanhar/{other.protocol}/"))


def test_the_page_tells_where_it_is_why_the_date_and_logs_who_read(world, case, browser):
    write_note(actor=world.actor("supervisor"), case=case, text="Nota interna secreta")
    page = text_of(browser.get(f"/acompanhar/{case.protocol}/"))
    assert "It is with Arborização, who must act now." in page and "Lei 13.460/2017" in page
    assert "Nota interna" not in page and "It was sent to Arborização." in page
    assert ReadLog.objects.filter(subject="case", subject_id=case.pk, purpose="portal.follow").exists()


def test_a_question_is_answered_with_words_and_a_photo(world, case, browser):
    ask_citizen(actor=world.actor("supervisor"), case=case, question="Em qual rua?")
    page = text_of(browser.get(f"/acompanhar/{case.protocol}/"))
    assert "Em qual rua?" in page and "a date that we set as soon as you reply" in page
    url = f"/acompanhar/{case.protocol}/acrescentar/"
    bad = browser.post(url, {"text": "", "files": [SimpleUploadedFile("x.jpg", b"MZ" + b"\0" * 99)]})
    assert bad.status_code == 422 and "x.jpg: " in text_of(bad)
    empty = browser.post(url, {"text": ""})
    assert empty.status_code == 422 and "a few words" in text_of(empty)
    done = browser.post(url, {"text": "Rua das Flores", "files": [photo()]})
    assert done.status_code == 302
    page = text_of(browser.get(done["Location"]))
    assert "Rua das Flores" in page and "foto.jpg" in page and "Em qual rua?" in page
    case.refresh_from_db()
    assert case.state == "working"


def test_an_ended_session_keeps_what_was_written(world, case):
    client = Client()
    response = client.post(f"/acompanhar/{case.protocol}/acrescentar/", {"text": "Escrevi muito aqui"})
    assert response.status_code == 403 and 'value="Escrevi muito aqui"' in text_of(response)
    fields = {"protocol": case.protocol, "code": "AAAAAAAAAAA", "pending_form": "add"}
    again = client.post("/acompanhar/", {**fields, "pending_text": "Escrevi muito aqui"})
    assert 'value="Escrevi muito aqui"' in text_of(again)
    right = {**fields, "code": CODE, "pending_text": "Escrevi muito aqui"}
    page = client.post("/acompanhar/", right, follow=True)
    assert "Escrevi muito aqui</textarea>" in text_of(page) and not Remark.objects.exists()


def test_the_answer_is_read_graded_and_the_case_reopened(world, case, browser):
    url = f"/acompanhar/{case.protocol}/"
    assert browser.post(url + "avaliar/", {"score": "9"}).status_code == 422
    answered(world, case)
    page = text_of(browser.get(url))
    assert "Galho removido na terça." in page and "Our answer" in page
    for score in ("", "11", "-1", "x", "²"):
        refused = browser.post(url + "avaliar/", {"score": score, "comment": "Meu comentário"})
        assert refused.status_code == 422 and "Meu comentário" in text_of(refused)
    assert browser.post(url + "avaliar/", {"score": "9", "comment": "Rápido"}).status_code == 302
    assert "You gave it 9 out of 10" in text_of(browser.get(url))
    silent = browser.post(url + "reabrir/", {"reason": "😡"})
    assert silent.status_code == 422 and "😡" in text_of(silent)
    assert browser.post(url + "reabrir/", {"reason": "Voltou a cair"}).status_code == 302
    page = text_of(browser.get(url))
    assert "Voltou a cair" in page and "Earlier answers" in page
    case.refresh_from_db()
    assert case.state == "working" and case.reopened == 1


def test_a_month_after_the_answer_it_cannot_be_reopened(world, case, browser):
    answered(world, case)
    case.refresh_from_db()
    case.closed_at = timezone.now() - timezone.timedelta(days=31)
    case.save(update_fields=["closed_at"])
    url = f"/acompanhar/{case.protocol}/"
    assert "Was it not solved?" not in text_of(browser.get(url))
    late = browser.post(url + "reabrir/", {"reason": "Ainda aqui"})
    assert late.status_code == 422 and "More than 30 days" in text_of(late)


def test_the_page_of_a_case_with_a_long_history_needs_few_queries(world, case, browser, django_assert_max_num_queries):
    for n in range(8):
        browser.post(f"/acompanhar/{case.protocol}/acrescentar/", {"text": f"Mais {n}", "files": [photo(f"{n}.jpg")]})
    with django_assert_max_num_queries(20):
        assert "Mais 7" in text_of(browser.get(f"/acompanhar/{case.protocol}/"))


def test_a_device_that_has_proven_a_code_lists_the_demand_until_it_is_told_to_forget(world, case, browser):
    shown = format_protocol(case.protocol)
    assert shown in text_of(browser.get("/acompanhar/"))
    assert shown not in text_of(Client().get("/acompanhar/"))
    browser.post("/acompanhar/sair/")
    assert shown not in text_of(browser.get("/acompanhar/"))
