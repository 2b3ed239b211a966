"""A case for somebody at the counter or on the phone: the service's own questions, and one case whatever happens."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from balcao.cases.models import Attachment, Case
from balcao.catalog.actions import change_questions
from balcao.citizens.models import Person, PriorityGroup
from balcao.platform.access_codes import code_matches
from balcao.platform.models import StoredFile

from .conftest import signed_in

pytestmark = pytest.mark.django_db
URL = "/console/cases/new/"
TREE = [
    {"code": "fell", "type": "boolean", "prompt": "Has it fallen?", "required": True},
    {"code": "on", "type": "string", "prompt": "On what?", "required": True, "when": {"eq": ["fell", True]}},
]


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the form as the browser would send them."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def form(client, service):
    """The page over one service, as it is sent when nothing was typed."""
    page = client.get(URL, {"service": service.pk}).content.decode()
    return {**hidden(page), "service": service.pk, "channel": "phone", "kind": "solicitacao", "answer_by": "email"}


def filled(client, world, **data):
    demand = form(client, world.service) | {"description": "Galho caído", "who": "anonymous"}
    sent = demand | data
    return client.post(URL, sent), sent


def jpeg(name="foto.jpg"):
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "brown").save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def somebody(**data):
    return {"who": "identified", "who_name": "João", "who_document": "529.982.247-25", **data}


def test_the_number_and_the_code_are_shown_to_be_read_out_and_go_by_mail(world, attendant):
    response, _ = filled(attendant, world, **somebody(who_email="joao@example.org"))
    case = Case.objects.get()
    assert (case.channel, case.reporter.name, case.contact.kind) == ("phone", "João", "email")
    assert code_matches(response.context["code"], case.access_hash)
    assert case.messages.get(purpose="receipt")
    assert "j•••@example.org" in response.content.decode()
    assert case.attendant == world.staff["attendant"]


def test_the_receipt_is_printed_with_its_code_by_whoever_opened_it(world, attendant):
    _, sent = filled(attendant, world)
    pdf = attendant.post(f"{URL}receipt/", {"token": sent["token"]})
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    assert attendant.post(f"{URL}receipt/", {"token": "forged"}).status_code == 404
    unused = form(attendant, world.service)["token"]
    assert attendant.post(f"{URL}receipt/", {"token": unused}).status_code == 404


def test_a_second_press_opens_nothing_also_by_another_channel(world, attendant):
    first, sent = filled(attendant, world)
    again = attendant.post(URL, sent | {"channel": "counter", "description": "Outra coisa"})
    assert Case.objects.count() == 1 and again.context["code"] == first.context["code"]


def test_without_an_address_to_write_to_they_look_it_up(world, attendant):
    response, _ = filled(attendant, world, **somebody(who_phone="11 98765-4321"))
    case = Case.objects.get()
    assert case.contact is None and case.reporter.contacts.get().kind == "phone"
    assert "look the answer up" in response.content.decode()


def test_what_was_typed_stays_when_something_is_wrong_and_nobody_becomes_known(world, attendant):
    wrong = somebody(who_document="111.111.111-11", description="Um galho enorme")
    response, sent = filled(attendant, world, **wrong, files=[jpeg(), SimpleUploadedFile("x.jpg", b"MZ\x90 program")])
    text = response.content.decode()
    assert response.status_code == 422 and "Um galho enorme" in text and "CPF" in text
    assert not Case.objects.exists() and not Person.objects.exists()
    assert "x.jpg:" in text, "the bad file is named"
    kept = hidden(text)
    assert StoredFile.objects.count() == 1 and "kept.files" in kept, "the good one is kept"
    attendant.post(URL, sent | kept | {"who_document": "529.982.247-25", "files": []})
    assert Attachment.objects.get().case.description == "Um galho enorme"


def test_a_kept_file_can_be_taken_away_and_nobody_elses_can_be_named(world, attendant):
    response, sent = filled(attendant, world, files=[jpeg()], stay="1")
    kept = hidden(response.content.decode())
    assert response.status_code == 200 and not Case.objects.exists()
    uuid = str(StoredFile.objects.get().uuid)
    page = attendant.post(URL, sent | kept | {"remove": uuid, "files": [], "stay": ""}).content.decode()
    assert "kept.files" not in hidden(page) and "Galho caído" in page
    other = form(attendant, world.service)  # another form, with the files of the first one
    sent = sent | other | {"kept.files": kept["kept.files"], "files": []}
    sent.pop("stay")
    attendant.post(URL, sent)
    assert Case.objects.count() == 1 and not Attachment.objects.exists()


@pytest.mark.parametrize("wrong", [{"description": "🙃"}, {"description": "x" * 4001}, {"service": ""}, {"kind": "?"}])
def test_bad_input_is_explained(world, attendant, wrong):
    response, _ = filled(attendant, world, **wrong)
    assert response.status_code == 422 and not Case.objects.exists()
    assert response.context["errors"]


def test_the_services_own_questions_are_asked_and_their_conditions_hold(world, attendant):
    change_questions(actor=world.actor("administrator"), service=world.service, questions=TREE)
    page = attendant.get(URL, {"service": world.service.pk}).content.decode()
    assert "Has it fallen?" in page and re.search(
        r"<div data-when=\"[^\"]+\" hidden>\s*<div[^>]*>\s*<label[^>]*>On", page
    )
    asked, sent = filled(attendant, world, fell="yes")
    text = asked.content.decode()
    assert asked.status_code == 422 and not Case.objects.exists()
    assert not re.search(r"<div data-when=\"[^\"]+\" hidden>\s*<div[^>]*>\s*<label[^>]*>On", text), "now it is shown"
    attendant.post(URL, sent | {"on": "o muro"})
    assert Case.objects.get().answers == {"fell": True, "on": "o muro"}


def test_what_does_not_apply_is_passed_over(world, attendant):
    change_questions(actor=world.actor("administrator"), service=world.service, questions=TREE)
    filled(attendant, world, fell="no", on="o muro")
    assert Case.objects.get().answers == {"fell": False}


def test_the_questions_of_a_form_that_is_open_do_not_change_under_it(world, attendant):
    before = form(attendant, world.service)
    change_questions(actor=world.actor("administrator"), service=world.service, questions=TREE)
    attendant.post(URL, before | {"description": "Galho", "who": "anonymous"})
    assert Case.objects.get().service_version.number == 1


def test_a_place_and_a_priority_go_with_it(world, attendant):
    group = PriorityGroup.objects.filter(jurisdiction="BR").first() or PriorityGroup.objects.create(
        jurisdiction="BR", slug="80", name="80 anos ou mais", law="Lei 13.466/2017", rank=1
    )
    place = {"location.address": "Rua das Flores", "location.number": "10", "location.place": "centro"}
    filled(attendant, world, **somebody(priority=group.slug), **place)
    case = Case.objects.get()
    assert (case.address, case.place, case.priority) == ("Rua das Flores, 10", world.district, group.rank)


def test_what_is_open_close_by_is_shown_first_and_can_be_joined(world, attendant):
    from balcao.cases.actions import Location

    first = world.open(location=Location("Rua das Flores, 12", lat=-22.148, lon=-48.610))
    there = {"location.lat": "-22.1481", "location.lon": "-48.6101"}
    shown, sent = filled(attendant, world, **there)
    assert shown.status_code == 422 and Case.objects.count() == 1
    assert [case.pk for case in shown.context["near"]] == [first.pk] and "Galho caído" in shown.content.decode()
    looked = hidden(shown.content.decode())
    attendant.post(URL, sent | looked | {"join": str(first.pk)})
    joined = Case.objects.latest("pk")
    assert (joined.primary_id, joined.state) == (first.pk, "following")
    again = form(attendant, world.service) | {k: v for k, v in sent.items() if k not in ("token", "version")}
    panel = attendant.post(f"{URL}near/", again)
    assert panel.context["near"][0].metres < 50
    attendant.post(URL, again | {"looked": panel.context["looked"], "join": ""})  # seen with a script: sent at once
    assert Case.objects.latest("pk").primary_id is None and Case.objects.count() == 3


def test_the_same_person_and_street_are_hints_and_a_sealed_author_is_none(world, attendant):
    from balcao.cases.actions import Location
    from balcao.cases.before import open_before

    reporter, _ = world.person()
    theirs = world.open(reporter=reporter)
    street = world.open(location=Location("R. das Flores, 14"))
    world.open(reporter=reporter, kind="denuncia", service=world.service) if "denuncia" in world.service.kinds else None
    actor = world.actor("attendant")
    found = open_before(actor, world.service, address="Rua das Flores, 10", document="52998224725")
    assert {(c.pk, c.same_person, c.same_street) for c in found} == {
        (theirs.pk, True, False),
        (street.pk, False, True),
    }
    assert open_before(actor, world.service, document="529") == []
    assert open_before(world.actor("area_manager"), world.service, document="52998224725") == []


def test_a_known_document_with_another_name_shows_both_to_staff_and_greets_by_the_new_one(world, attendant):
    world.person(name="Maria das Dores")
    filled(attendant, world, **somebody(who_name="João Batista", who_email="joao@example.org"))
    case = Case.objects.get()
    assert (case.said_name, case.reporter.name) == ("João Batista", "Maria das Dores")
    page = attendant.get(f"/console/cases/{case.pk}/").content.decode()
    assert "João Batista" in page and "We know this document as Maria das Dores" in page
    letter = case.messages.get(purpose="receipt").body
    assert "João" in letter and "Maria" not in letter
    for typed in ("joao batista", "João Batizta", "batista", "maria das dores"):
        found = attendant.get("/console/cases/", {"q": typed}).context["page"].cases
        assert [one.pk for one in found] == [case.pk], typed
    filled(attendant, world, service=world.unrouted.pk, version="", **somebody(who_name="maria das dores"))
    assert Case.objects.latest("pk").said_name == "", "the same name, only written otherwise"


def test_an_old_or_forged_token_keeps_what_was_typed(world, attendant):
    response, _ = filled(attendant, world, token="forged")
    assert response.status_code == 422 and "Galho caído" in response.content.decode()
    assert hidden(response.content.decode())["token"] != "forged"


def test_a_service_is_found_by_their_words_or_pressed_at_once(world, attendant):
    world.open()
    page = attendant.get(URL, {"q": "galhos"}).content.decode()
    assert f"?service={world.service.pk}&amp;channel=phone" in page
    assert "No service fits these words" in attendant.get(URL, {"q": "xilofone"}).content.decode()


def test_only_who_may_open_does(world):
    manager = signed_in(world, "area_manager")
    assert manager.get(URL).status_code == 403
    assert manager.post(f"{URL}near/").status_code == manager.post(f"{URL}receipt/").status_code == 403


def test_a_session_that_ended_gives_back_what_was_typed_after_the_sign_in(world, attendant):
    sent = form(attendant, world.service) | {"description": "Galho caído", "location.address": "Rua das Flores"}
    attendant.logout()
    assert attendant.post(URL, sent).status_code == 302 and not Case.objects.exists()
    attendant.force_login(world.staff["attendant"])
    page = attendant.get(URL).content.decode()
    assert "Galho caído" in page and "Rua das Flores" in page and "Your session had ended" in page
    attendant.post(URL, sent | hidden(page) | {"who": "anonymous"})
    assert Case.objects.get().description == "Galho caído"


def test_choosing_the_service_on_the_page_brings_its_questions_with_what_is_usual(world, attendant):
    sent = {"service": world.service.pk, "channel": "counter", "stay": "service"}
    page = attendant.post(URL, sent)
    text = page.content.decode()
    assert page.status_code == 200 and re.search(r'name="who" value="identified" checked', text)
    assert re.search(r'name="channel" value="counter" checked', text)
