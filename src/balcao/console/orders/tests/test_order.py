"""What may be done with an order, by whom, and that nothing typed is lost when it is refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.actions import Location
from balcao.platform.files.actions import store_file
from balcao.platform.models import Event, ReadLog
from balcao.workorders.actions import accept_order
from balcao.workorders.models import WorkOrder
from tests.world import add_staff

from .conftest import order_of, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(world, sign_in):
    return sign_in(world.staff["area_manager"])


def do(client, order, verb, **data):
    fresh = WorkOrder.objects.get(pk=order.pk)
    return client.post(f"/console/orders/{order.pk}/{verb}/", {"version": fresh.version, **data}, follow=True)


def test_the_page_says_what_where_and_by_when(world, manager):
    held = store_file(actor=world.citizen, agency_id=world.agency.pk, upload=photo("galho.jpg"))
    order = order_of(
        world.open(
            description="Galho caído",
            files=[held],
            location=Location(address="Rua das Flores, 10", lat=-23.5, lon=-46.6, place=world.district),
        )
    )
    page = manager.get(f"/console/orders/{order.pk}/").content.decode()
    for words in ("Galho caído", "Rua das Flores, 10", "Centro", "geo:-23.5,-46.6", "How it was counted", "Lei 13.460"):
        assert words in page, words
    small = manager.get(f"/console/orders/{order.pk}/files/{held.uuid}/?small=1")
    assert small["Content-Type"] == "image/webp" and b"".join(small.streaming_content)
    known = manager.get(small.request["PATH_INFO"] + "?small=1", headers={"If-None-Match": small["ETag"]})
    assert known.status_code == 304, "a board of photos is not loaded twice"
    part = manager.get(small.request["PATH_INFO"], headers={"Range": "bytes=0-9"})
    assert part.status_code == 206 and len(b"".join(part.streaming_content)) == 10
    assert ReadLog.objects.filter(subject="case", subject_id=order.case_id, purpose="order").count() == 1


def test_a_photo_of_another_case_is_not_served_under_this_order(world, manager, order):
    foreign = store_file(actor=world.citizen, agency_id=world.agency.pk, upload=photo())
    world.open(files=[foreign])
    assert manager.get(f"/console/orders/{order.pk}/files/{foreign.uuid}/").status_code == 404


def test_accept_take_plan_and_assign(world, manager, order):
    day = timezone.localdate() + timedelta(days=1)
    assert do(manager, order, "accept").status_code == 200
    do(manager, order, "take")
    do(manager, order, "plan", planned_for=day.isoformat())
    order.refresh_from_db()
    assert (order.state, order.assignee, order.planned_for) == ("planned", world.staff["area_manager"], day)
    do(manager, order, "assign", staff=world.staff["field_agent"].pk)
    order.refresh_from_db()
    assert order.assignee == world.staff["field_agent"]
    history = manager.get(f"/console/orders/{order.pk}/").content.decode()
    assert "Given to Field_Agent" in history and "Accepted by the area" in history


def test_given_back_with_a_reason_that_triage_reads(world, manager, order):
    empty = do(manager, order, "give-back", reason="  ")
    assert empty.status_code == 422
    do(manager, order, "give-back", reason="A árvore fica em terreno particular.")
    order.case.refresh_from_db()
    assert order.case.state == "triage" and order.case.area is None
    assert order.case.remarks.get(kind="reason").text.startswith("A árvore")


def test_the_clock_pauses_runs_on_and_is_extended_as_the_rule_allows(world, manager, order):
    before = order.deadline.due_at
    refused = do(manager, order, "hold", reason="")
    assert refused.status_code == 422 and 'id="do-hold" open' in refused.content.decode()
    do(manager, order, "hold", reason="Esperamos o caminhão")
    order.deadline.refresh_from_db()
    assert order.deadline.state == "paused"
    assert "Esperamos o caminhão" in manager.get(f"/console/orders/{order.pk}/").content.decode()
    do(manager, order, "go-on")
    do(manager, order, "extend", reason="Chuva", amount=10)
    order.deadline.refresh_from_db()
    assert order.deadline.state == "running" and order.deadline.due_at >= before + timedelta(days=7)
    again = do(manager, order, "extend", reason="Mais chuva", amount=5)
    assert again.status_code == 422 and "as far as the rule allows" in again.content.decode()
    assert "Mais chuva" in again.content.decode()


def test_a_stale_form_comes_back_with_its_words_and_may_be_sent_again(world, manager, order):
    accept_order(actor=world.actor("field_agent"), order=order)
    stale = manager.post(f"/console/orders/{order.pk}/give-back/", {"version": 1, "reason": "É da concessionária"})
    page = stale.content.decode()
    assert stale.status_code == 422 and "É da concessionária" in page and "Someone changed this" in page
    assert do(manager, order, "give-back", reason="É da concessionária").status_code == 200
    order.refresh_from_db()
    assert order.state == "given_back"


def test_an_agent_neither_assigns_nor_gives_back_nor_moves_dates(world, sign_in, order):
    agent = sign_in(world.staff["field_agent"])
    page = agent.get(f"/console/orders/{order.pk}/").content.decode()
    assert "do-assign" not in page and "do-give-back" not in page and "do-hold" not in page
    for verb, data in {
        "assign": {"staff": world.staff["area_manager"].pk},
        "give-back": {"reason": "não é nosso"},
        "hold": {"reason": "porque sim"},
        "extend": {"reason": "porque sim"},
    }.items():
        assert do(agent, order, verb, **data).status_code == 403, verb
    order.refresh_from_db()
    assert order.version == 1


def test_an_order_is_not_given_to_somebody_of_another_area(world, manager, order):
    stranger = add_staff(world.agency, world.roles["field_agent"], world.roads, tag="-vias")
    assert do(manager, order, "assign", staff=stranger.pk).status_code == 422
    order.refresh_from_db()
    assert order.assignee is None


def test_the_area_never_learns_who_asked_and_a_sealed_author_only_whoever_may(world, sign_in, manager):
    person, contact = world.person()
    order = order_of(world.open(kind="denuncia", reporter=person, contact=contact))
    supervisor, attendant = sign_in(world.staff["supervisor"]), world.roles["attendant"]
    assert "Maria das Dores" in supervisor.get(f"/console/orders/{order.pk}/").content.decode()
    assert ReadLog.objects.filter(subject="person", subject_id=person.pk).count() == 1
    attendant.permissions = [*attendant.permissions, "order.read", "report.review"]
    attendant.save()
    for client in (manager, sign_in(world.staff["attendant"])):
        page = client.get(f"/console/orders/{order.pk}/").content.decode()
        assert "Maria" not in page and "maria@example.org" not in page and "The author is sealed" in page


def test_notes_stay_among_colleagues(world, manager, order):
    do(manager, order, "note", text="Levar a escada, @field_agent")
    note = order.case.remarks.get(kind="note")
    assert not note.public and list(note.mentions.all()) == [world.staff["field_agent"]]
    assert "Levar a escada" in manager.get(f"/console/orders/{order.pk}/").content.decode()


def test_what_cannot_be_done_any_more_is_said(world, manager, order):
    do(manager, order, "accept")
    again = do(manager, order, "accept")
    assert again.status_code == 422 and "already moved it on" in again.content.decode()
    assert manager.post(f"/console/orders/{order.pk}/explode/").status_code == 404
    assert manager.get(f"/console/orders/{order.pk}/accept/").status_code == 405
    assert Event.objects.filter(kind="OrderAccepted").count() == 1
