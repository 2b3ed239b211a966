"""From the area's report to the answer that goes out."""

import pytest

from balcao.inbox.models import Delivery
from balcao.platform.models import StoredFile
from balcao.workorders.actions import accept_order, accept_report, file_report
from balcao.workorders.models import AreaReport, WorkOrder

from .conftest import order_of, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def clients(world, sign_in):
    return sign_in(world.staff["area_manager"]), sign_in(world.staff["supervisor"])


def post(client, order, page, **data):
    fresh = WorkOrder.objects.select_related("case").get(pk=order.pk)
    version = fresh.case.version if page == "answer" else fresh.version
    return client.post(f"/console/orders/{order.pk}/{page}/", {"version": version, **data})


def test_the_report_with_photos_is_reviewed_answered_and_sent(world, clients):
    manager, supervisor = clients
    person, contact = world.person()
    order = order_of(world.open(reporter=person, contact=contact))
    assert "What was done" in manager.get(f"/console/orders/{order.pk}/report/").content.decode()
    filed = post(
        manager,
        order,
        "report",
        outcome="solved",
        text="Galho removido.",
        before=[photo()],
        after=[photo("d.jpg", "red")],
    )
    assert filed.status_code == 302
    report = AreaReport.objects.get(order=order)
    assert sorted(report.photos.values_list("moment", flat=True)) == ["after", "before"]

    queue = supervisor.get("/console/orders/review/")
    assert [r.pk for r in queue.context["reports"]] == [report.pk]
    page = supervisor.get(f"/console/orders/{order.pk}/review/").content.decode()
    assert "Galho removido." in page and "Photo before, 1" in page and "Árvore seca" in page
    accepted = post(supervisor, order, "review", verdict="accept")
    assert accepted["Location"] == f"/console/orders/{order.pk}/answer/"

    draft = supervisor.get(accepted["Location"])
    assert "Maria" in draft.content.decode() and "Galho removido." in draft.context["letter"].body
    body = draft.context["form"]["body"].value() + "\n\nObrigado pela paciência."
    assert post(supervisor, order, "answer", body=body, do="keep").status_code == 302
    assert "paciência" in supervisor.get(accepted["Location"]).context["letter"].body
    assert [o.pk for o in supervisor.get("/console/orders/review/").context["drafts"]] == [order.pk]
    assert post(supervisor, order, "answer", body=body, do="send").status_code == 302
    order.case.refresh_from_db()
    assert order.case.state == "answering"
    assert "paciência" in Delivery.objects.get(message__purpose="answer").message.body
    assert supervisor.get(accepted["Location"]).status_code == 302


def test_without_a_contact_point_the_answer_stands_on_its_page_and_the_case_closes(world, clients, order):
    _, supervisor = clients
    manager = world.actor("area_manager")
    accept_report(
        actor=world.actor("supervisor"),
        report=file_report(actor=manager, order=order, outcome="solved", text="Feito na terça."),
    )
    assert "left no address" in supervisor.get(f"/console/orders/{order.pk}/answer/").content.decode()
    post(supervisor, order, "answer", body="Feito na terça, obrigado!", do="send")
    order.case.refresh_from_db()
    assert order.case.state == "closed" and order.case.outcome == "solved"


def test_not_possible_needs_its_because_and_keeps_the_photos_that_came(world, clients, order):
    manager, _ = clients
    data = {"outcome": "impossible", "text": "Fomos lá.", "before": [photo()]}
    refused = post(manager, order, "report", **data)
    assert refused.status_code == 422
    kept = StoredFile.objects.get()
    assert f'name="kept_before" value="{kept.uuid}"' in refused.content.decode()
    data |= {"impossible_because": "A árvore é tombada.", "kept_before": str(kept.uuid), "before": []}
    assert post(manager, order, "report", **data).status_code == 302
    report = AreaReport.objects.get()
    assert report.impossible_because == "A árvore é tombada." and report.photos.get().file == kept


def test_a_bad_photo_is_named_and_the_words_stay(world, clients, order):
    manager, _ = clients
    bad = photo("virus.jpg")
    bad.truncate(0), bad.write(b"MZ" + b"\0" * 400), bad.seek(0)
    page = post(manager, order, "report", outcome="solved", text="Galho removido.", after=[bad])
    assert page.status_code == 422
    assert "virus.jpg" in page.content.decode() and "Galho removido." in page.content.decode()
    assert not AreaReport.objects.exists()


def test_nobody_attaches_the_photos_that_another_sent(world, clients, order, sign_in):
    manager, _ = clients
    post(sign_in(world.staff["field_agent"]), order, "report", outcome="", text="", before=[photo()])
    kept = StoredFile.objects.get()
    post(manager, order, "report", outcome="solved", text="Feito.", kept_before=[str(kept.uuid), "no-uuid"])
    assert AreaReport.objects.get().photos.count() == 0


def test_sent_back_with_a_note_the_area_has_it_again_with_a_new_date(world, clients, order):
    manager, supervisor = clients
    accept_order(actor=world.actor("area_manager"), order=order)
    post(manager, order, "report", outcome="solved", text="Pronto.")
    first = order.deadline_id
    empty = post(supervisor, order, "review", verdict="send_back", note="")
    assert empty.status_code == 422 and 'id="send-back" open' in empty.content.decode()
    assert post(supervisor, order, "review", verdict="send_back", note="Falta a foto de depois.").status_code == 302
    order.refresh_from_db()
    assert order.state == "accepted" and order.deadline_id != first
    assert "Falta a foto de depois." in manager.get(f"/console/orders/{order.pk}/").content.decode()
    assert "Falta a foto de depois." in manager.get(f"/console/orders/{order.pk}/report/").content.decode()
    post(manager, order, "report", outcome="solved", text="Pronto, com foto.", after=[photo()])
    assert "Pronto, com foto." in supervisor.get(f"/console/orders/{order.pk}/review/").content.decode()


def test_who_may_not_review_sees_neither_queue_nor_answer(world, clients, order):
    manager, _ = clients
    post(manager, order, "report", outcome="solved", text="Pronto.")
    for page in ("review", "answer"):
        assert manager.get(f"/console/orders/{order.pk}/{page}/").status_code == 403
        assert post(manager, order, page, verdict="accept", body="x", do="send").status_code == 403
    assert manager.get("/console/orders/review/").status_code == 403
    order.refresh_from_db()
    assert order.state == "reported"


def test_two_reviewers_at_once_the_second_is_told(world, clients, order):
    manager, supervisor = clients
    post(manager, order, "report", outcome="solved", text="Pronto.")
    version = WorkOrder.objects.get(pk=order.pk).version
    post(supervisor, order, "review", verdict="accept")
    late = supervisor.post(
        f"/console/orders/{order.pk}/review/", {"version": version, "verdict": "send_back", "note": "Falta a foto"}
    )
    assert late.status_code == 422 and "Someone changed this" in late.content.decode()
    assert "Falta a foto" in late.content.decode() or "has been reviewed" in late.content.decode()


def test_a_sealed_draft_greets_nobody_by_name(world, clients):
    _, supervisor = clients
    person, contact = world.person()
    order = order_of(world.open(kind="denuncia", reporter=person, contact=contact))
    file_report(actor=world.actor("area_manager"), order=order, outcome="informed", text="Apuramos.")
    post(supervisor, order, "review", verdict="accept")
    order.case.refresh_from_db()
    assert "Maria" not in order.case.answers_given.get().body
    assert "Maria" not in supervisor.get(f"/console/orders/{order.pk}/answer/").context["letter"].body
