"""From "what do you need?" to the answer, without JavaScript."""

import pytest
from django.test import Client

from balcao.cases.models import Case
from balcao.channels.portal.models import Draft, DraftFile
from balcao.inbox.models import Delivery

from .driver import PIN, Walker, draw_city, photo

pytestmark = pytest.mark.django_db


def test_a_person_asks_gets_a_number_and_follows_it(world):
    walker = Walker(world.service)
    assert walker.what()["Location"].endswith("/onde/")
    assert walker.where()["Location"].endswith("/arquivos/")
    assert walker.files(photo())["Location"].endswith("/voce/")
    assert walker.who(who_document="529.982.247-25")["Location"].endswith("/revisar/")
    review = walker.client.get(walker.url("revisar")).content.decode()
    assert "Rua das Flores, 10" in review and "foto.jpg" in review and "Maria das Dores" in review
    protocol, code = walker.confirmation()

    case = Case.objects.get()
    assert case.channel == "portal" and case.kind == "reclamacao" and case.reporter.name == "Maria das Dores"
    assert case.contact.value == "maria@example.org" and case.area == world.trees
    assert case.attachments.get().file.name == "foto.jpg" and case.address == "Rua das Flores, 10"
    assert Delivery.objects.get().message.purpose == "receipt"
    draft = Draft.objects.get()
    assert draft.interview == "" and not DraftFile.objects.exists()

    later = Client()
    asked = later.get(f"/acompanhar/{case.protocol}/")
    assert asked.status_code == 200 and "Rua das Flores" not in asked.content.decode()
    entered = later.post("/acompanhar/", {"protocol": protocol, "code": code.lower().replace("-", " ")})
    page = later.get(entered["Location"])
    assert page.status_code == 200 and "Rua das Flores, 10" in page.content.decode()
    assert "Arborização" in page.content.decode()
    file = case.attachments.get().file
    assert later.get(f"/acompanhar/{case.protocol}/arquivo/{file.uuid}/").status_code == 200
    assert later.get(f"/acompanhar/{case.protocol}/comprovante.pdf").content[:4] == b"%PDF"


def test_sending_twice_opens_one_case_and_shows_the_same_confirmation(world):
    walker = Walker(world.service)
    walker.fill()
    draft = walker.draft()
    first = walker.send()
    again = walker.client.post(walker.url("enviar"), {"draft": draft})
    assert again["Location"] == first["Location"] and Case.objects.count() == 1
    one, two = (walker.client.get(first["Location"]).content for _ in range(2))
    assert Case.objects.get().protocol[-2:].encode() in one and b"data-access-code" in two
    stranger = Client().get(first["Location"])
    assert stranger.status_code == 302 and "acompanhar" in stranger["Location"]
    pdf = walker.client.get(first["Location"] + "comprovante.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content[:4] == b"%PDF"


def test_two_presses_at_once_on_one_draft_open_one_case(world):
    from django.utils import timezone

    from balcao.channels.portal import drafts

    walker = Walker(world.service)
    walker.fill()
    draft = drafts.find(walker.draft(), agency=world.agency, now=timezone.now())
    asking = drafts.open_draft(draft, locale="en")
    sent = [drafts.send(asking, actor=world.citizen, now=timezone.now()).case_id for _ in range(2)]
    assert sent[0] == sent[1] and Case.objects.count() == 1


def test_an_answer_is_corrected_from_the_review(world):
    walker = Walker(world.service)
    walker.fill()
    assert walker.what(description="Na verdade são duas árvores")["Location"].endswith("/revisar/")
    walker.send()
    assert Case.objects.get().description == "Na verdade são duas árvores"


def test_the_questions_of_the_service_are_asked_and_a_later_version_changes_nothing_for_who_has_begun(world):
    version = world.service.current
    version.script = {
        "questions": [
            {"code": "danger", "type": "boolean", "prompt": "Perigo?", "required": True},
            {"code": "wires", "type": "string", "prompt": "Que fios?", "when": {"eq": ["danger", True]}},
        ]
    }
    version.save()
    walker = Walker(world.service)
    revealed = walker.what(danger="yes")
    assert revealed["Location"].endswith("/o-que/")
    assert "Que fios?" in walker.client.get(revealed["Location"]).content.decode()
    world.service.current = world.service.versions.create(number=2, script={"questions": []})
    world.service.save()
    assert walker.what(danger="yes", wires="telefone")["Location"].endswith("/onde/")
    walker.where(), walker.files(), walker.who()
    walker.send()
    case = Case.objects.get()
    assert case.answers == {"danger": True, "wires": "telefone"} and case.service_version == version


def test_an_anonymous_report_of_wrongdoing_and_a_sealed_one(world):
    walker = Walker(world.service)
    walker.what(kind="denuncia")
    walker.where(), walker.files()
    assert "sealed" in walker.client.get(walker.url("voce")).content.decode()
    assert walker.post("voce", who="anonymous")["Location"].endswith("/revisar/")
    walker.send()
    assert Case.objects.get().reporter is None
    named = Walker(world.service)
    named.what(kind="denuncia")
    named.where(), named.files(), named.who()
    named.send()
    assert Case.objects.latest("pk").sealed


def test_who_has_seen_the_same_thing_joins_it_with_a_number_of_their_own(world):
    draw_city(world)
    from balcao.cases.actions import Location

    first = world.open(location=Location("Rua X", -23.5501, -46.6301))
    secret = world.open(location=Location("Rua X", -23.5501, -46.6301), kind="denuncia", description="Segredo")
    walker = Walker(world.service)
    walker.what()
    response = walker.where(**PIN)
    assert response["Location"].endswith("/perto/")
    page = walker.client.get(response["Location"])
    text = page.content.decode()
    assert (
        "Close to your pin" in text
        and "metres" not in text
        and first.protocol not in text
        and "Árvore seca" not in text
    )
    assert [one.case_id for one, _token in page.context["neighbours"]] == [first.pk] and secret.pk != first.pk
    token = page.context["neighbours"][0][1]
    assert walker.post("perto", join=token)["Location"].endswith("/arquivos/")
    walker.files(), walker.who()
    assert "Me too" in walker.client.get(walker.url("revisar")).content.decode()
    walker.send()
    mine = Case.objects.latest("pk")
    assert mine.primary == first and mine.state == "following" and mine.protocol != first.protocol


def test_a_neighbour_that_was_answered_meanwhile_leaves_the_new_one_by_itself(world):
    draw_city(world)
    from balcao.cases.actions import Location, refuse_case

    first = world.open(location=Location("Rua X", -23.5501, -46.6301))
    walker = Walker(world.service)
    walker.what(), walker.where(**PIN)
    token = walker.client.get(walker.url("perto")).context["neighbours"][0][1]
    walker.post("perto", join=token)
    walker.files(), walker.who()
    refuse_case(actor=world.actor("supervisor"), case=first, reason="Repetida")
    walker.send()
    assert Case.objects.latest("pk").primary is None


def test_an_address_without_a_pin_finds_its_neighbours_too(world):
    from balcao.cases.actions import Location

    first = world.open(location=Location("R. das Flores, 42"))
    walker = Walker(world.service)
    walker.what()
    response = walker.where(**{"location.address": "Rua das Flores", "location.number": "10"})
    assert response["Location"].endswith("/perto/")
    page = walker.client.get(response["Location"])
    text = page.content.decode()
    assert "On the same street" in text and "metres" not in text and "your pin" not in text
    [(one, token)] = page.context["neighbours"]
    assert one.case_id == first.pk and walker.post("perto", join=token)["Location"].endswith("/arquivos/")
    assert walker.where()["Location"].endswith("/arquivos/")  # the same place is not asked about twice
    walker.files(), walker.who(), walker.send()
    assert Case.objects.latest("pk").primary == first


def test_back_to_the_form_after_sending_says_that_it_was_sent(world):
    walker = Walker(world.service)
    assert "already sent" not in walker.client.get(walker.url("o-que")).content.decode()
    walker.fill()
    walker.send()
    case = Case.objects.get()
    page = walker.client.get(walker.url("revisar"), follow=True).content.decode()
    assert "You have already sent this" in page and f"/acompanhar/{case.protocol}/" in page and "<form" in page
    assert "already sent" not in walker.client.get("/pedir/outros/o-que/").content.decode()
    assert "already sent" not in Client().get(walker.url("o-que")).content.decode()
    assert len(walker.client.session["received"]) == 1
    walker.what()  # another one is begun
    assert "already sent" not in walker.client.get(walker.url("o-que")).content.decode()


def test_a_private_service_shows_no_neighbours(world):
    from balcao.cases.actions import Location

    draw_city(world)
    world.open(service=world.unrouted, location=Location("Rua X", -23.5501, -46.6301))
    walker = Walker(world.unrouted)
    walker.what()
    assert walker.where(**PIN)["Location"].endswith("/arquivos/")
    assert Case.objects.get().place is None
    walker.files(), walker.who(), walker.send()
    assert Case.objects.latest("pk").place == world.district
