"""A problem that we know of, as a citizen meets it: told before they ask, and "me too" with one touch."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.actions import keep_incident, report_incident
from balcao.cases.models import Case, Gathering, Incident
from balcao.inbox.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(world):
    now = timezone.now()
    made = Incident(
        agency=world.agency,
        title="A water main has burst",
        text="The team is digging.",
        address="Rua das Flores",
        area=world.roads,
        began_at=now - timedelta(hours=2),
        expected_by=now + timedelta(hours=6),
    )
    return keep_incident(actor=world.actor("supervisor"), incident=made, services=[world.service])


def touch(client, page: str) -> dict[str, str]:
    """What the first "me too" form of a page would send."""
    form = re.search(r'<form method="post" action="(/problemas/[^"]+)"(.*?)</form>', page, re.S)
    assert form, "no notice"
    fields = dict(re.findall(r'name="(once|service|asked)" value="([^"]*)"', form[2]))
    return {"": form[1], **fields}


def press(client, page: str, **typed: str):
    fields = touch(client, page)
    return client.post(fields.pop(""), {**fields, **typed})


@pytest.mark.parametrize("path", ["/", "/servicos/poda/", "/pedir/poda/o-que/"])
def test_it_is_told_at_the_start_at_the_service_and_before_asking(client, incident, path):
    page = client.get(path).content.decode()
    assert "A water main has burst" in page and "We know, and expect it to be solved by" in page
    assert "burst" not in client.get("/servicos/outros/").content.decode(), "another service"


def test_one_touch_opens_ones_own_demand_with_its_number_under_the_problem(client, world, incident):
    page = client.get("/").content.decode()
    answer = press(client, page)
    case = Case.objects.get()
    assert answer.status_code == 302 and "/pedir/recebido/" in answer["Location"]
    assert (case.state, case.area, case.service, case.reporter) == ("gathered", world.roads, world.service, None)
    assert case.description == "Me too: A water main has burst" and case.address == "Rua das Flores"
    shown = client.get(answer["Location"]).content.decode()
    assert re.sub(r"\D", "", case.protocol) in re.sub(r"\D", "", shown) and "data-access-code" in shown
    assert "Where do we write to you?" in shown
    assert press(client, page)["Location"] == answer["Location"], "a second press opens nothing"
    again = press(client, client.get("/").content.decode())
    assert again["Location"] == f"/acompanhar/{case.protocol}/" and Case.objects.count() == 1


def test_an_address_may_follow_and_brings_the_receipt_and_the_answer(client, world, incident):
    press(client, client.get("/").content.decode())
    case = Case.objects.get()
    wrong = client.post(f"/acompanhar/{case.protocol}/contato/", {"email": "no address"})
    assert wrong.status_code == 422
    client.post(f"/acompanhar/{case.protocol}/contato/", {"email": "ana@example.org"})
    case.refresh_from_db()
    assert case.contact.value == "ana@example.org" and case.reporter.name == ""
    assert Delivery.objects.get().message.key == f"receipt:{case.pk}"
    assert client.get(f"/acompanhar/{case.protocol}/").status_code == 200


def test_what_the_form_held_goes_with_it(client, world, incident):
    client.post("/pedir/poda/o-que/", {"kind": "reclamacao", "description": "Sem água desde ontem"})
    assert client.cookies
    page = client.get("/pedir/poda/o-que/").content.decode()
    answer = press(client, page)
    assert answer.status_code == 302 and Case.objects.get().description == "Sem água desde ontem"


def test_a_service_that_must_know_who_asks_asks_for_that_alone(client, world, incident):
    world.service.allows_anonymous = False
    world.service.save()
    answer = press(client, client.get("/").content.decode())
    page = answer.content.decode()
    assert answer.status_code == 200 and 'name="name"' in page and not Case.objects.exists()
    assert press(client, page).status_code == 422
    assert press(client, page, name="Ana Prado", email="x").status_code == 422
    assert press(client, page, name="Ana Prado", email="ana@example.org").status_code == 302
    case = Case.objects.get()
    assert (case.reporter.name, case.contact.value, case.state) == ("Ana Prado", "ana@example.org", "gathered")


def test_it_is_told_again_where_the_pin_falls_into_it(client, world, incident):
    incident.lat, incident.lon, incident.radius_m = -23.55, -46.63, 500
    keep_incident(actor=world.actor("supervisor"), incident=incident, services=[world.service])
    for lat, there in (("-23.551000", True), ("-23.700000", False)):
        client.cookies.clear()
        client.post("/pedir/poda/o-que/", {"kind": "solicitacao", "description": "Sem água"})
        answer = client.post("/pedir/poda/onde/", {"location.lat": lat, "location.lon": "-46.630000"})
        assert answer.status_code == 302 and answer["Location"].endswith("/perto/") == there
        if there:
            assert "burst" in client.get(answer["Location"]).content.decode()
            onward = client.post(answer["Location"], {"join": ""})
            assert onward.status_code == 302 and not onward["Location"].endswith("/perto/")


def test_nothing_is_told_once_it_is_over_and_an_old_page_says_so(client, world, incident):
    page = client.get("/").content.decode()
    report_incident(actor=world.actor("supervisor"), incident=incident, outcome="solved", report="Done.")
    assert "burst" not in client.get("/").content.decode()
    assert press(client, page)["Location"] == "/" and not Gathering.objects.exists()
    assert client.get(f"/problemas/{incident.pk}/")["Location"] == "/"


def test_a_day_that_has_passed_is_admitted(client, world, incident):
    Incident.objects.update(expected_by=timezone.now() - timedelta(minutes=5))
    assert "it takes longer" in client.get(f"/problemas/{incident.pk}/").content.decode()


def test_another_agencys_problem_is_not_told_here(client, world, incident, settings):
    from tests.world import make_world

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "outra.example"]
    other = make_world("outra", default=False, hostname="outra.example")
    page = client.get("/", headers={"host": "outra.example"})
    assert "burst" not in page.content.decode()
    assert client.get(f"/problemas/{incident.pk}/", headers={"host": "outra.example"}).status_code == 302
    assert not Case.objects.filter(agency=other.agency).exists()
