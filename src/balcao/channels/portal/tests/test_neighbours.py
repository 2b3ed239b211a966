"""What neighbours see of a demand: a block and a day, until somebody has reviewed more."""

from html import unescape

import pytest
from django.test import Client

from balcao.cases.actions import Location, classify_case, publish_case, unpublish_case
from balcao.cases.actions.publishing import HIDDEN, suggested
from balcao.cases.public import nearby, on_the_street, published_photo
from balcao.citizens.actions import know_person
from balcao.inbox.uploads import keep
from balcao.platform.errors import Invalid, NotAllowed, Refusal, Stale
from balcao.platform.geography import coarsened
from balcao.platform.models import Event
from tests.world import make_world

from .driver import PIN, Walker, draw_city, photo

pytestmark = pytest.mark.django_db
HERE = (-23.55, -46.63)


def with_photo(world, **changes):
    stored, _problem = keep([photo("maria-em-casa.jpg")], actor=world.citizen)
    return world.open(location=Location("Rua X, 42", *HERE), files=stored, **changes)


def publish(world, case, **changes):
    photos = [one.pk for one in case.attachments.all()]
    demand = {"actor": world.actor("supervisor"), "case": case, "text": "Árvore seca na esquina", "photos": photos}
    return publish_case(**(demand | changes))


def url_of(case):
    return f"/perto/foto/{case.attachments.get().file.uuid}/"


def test_unreviewed_only_its_block_and_day_are_known(world):
    case = with_photo(world)
    [one] = nearby(world.service, *HERE)
    assert (one.text, list(one.photos), one.area, one.people, one.metres) == ("", [], "", 1, None)
    assert Client().get(url_of(case)).status_code == 404
    middle = coarsened(*HERE)
    other = world.open(location=Location("Rua Y", *middle))
    assert {n.case_id for n in nearby(world.service, *middle)} == {case.pk, other.pk}


def test_reviewed_its_text_and_photo_stand_there_until_they_are_taken_back(world):
    draw_city(world)
    case = with_photo(world)
    publish(world, case, exact_place=True)
    walker = Walker(world.service)
    walker.what(), walker.where(**PIN)
    text = unescape(walker.client.get(walker.url("perto")).content.decode())
    assert "Árvore seca na esquina" in text and url_of(case) in text and "10 metres from your pin" in text
    assert case.protocol not in text and "maria-em-casa" not in text
    for small in ("", "?p=1"):
        shown = Client().get(url_of(case) + small)
        assert shown.status_code == 200 and "maria" not in shown["Content-Disposition"]
        assert shown["Cache-Control"].startswith("public, max-age=60")
    unpublish_case(actor=world.actor("supervisor"), case=case)
    assert Client().get(url_of(case)).status_code == 404
    assert nearby(world.service, *HERE)[0].text == ""
    kinds = list(
        Event.objects.filter(kind__startswith="Case", kind__endswith="ublished").values_list("kind", flat=True)
    )
    assert kinds == ["CasePublished", "CaseUnpublished"]
    with pytest.raises(Refusal):
        unpublish_case(actor=world.actor("supervisor"), case=case)


def test_photos_are_chosen_one_by_one_and_a_second_review_takes_the_firsts_place(world):
    case = with_photo(world)
    publish(world, case)
    assert Client().get(url_of(case)).status_code == 200
    publish(world, case, text="Só a árvore", photos=[])
    assert Client().get(url_of(case)).status_code == 404
    [one] = on_the_street(world.service, "Rua X, 40")
    assert one.text == "Só a árvore" and not one.photos and one.metres is None
    others = with_photo(make_world("outra", default=False, hostname="outra.example"))
    publish(world, case, photos=[others.attachments.get().pk])
    assert not others.attachments.filter(published=True).exists()


def test_never_a_report_of_wrongdoing_a_sealed_author_or_a_private_service(world):
    person, contact = world.person()
    sealed = with_photo(world, kind="denuncia", reporter=person, contact=contact)
    private = with_photo(world, service=world.unrouted)
    for case in (sealed, with_photo(world, kind="denuncia"), private):
        with pytest.raises(Refusal):
            publish(world, case)
        assert Client().get(url_of(case)).status_code == 404


def test_what_becomes_private_disappears_though_it_was_reviewed(world):
    case = with_photo(world)
    publish(world, case)
    uuid = case.attachments.get().file.uuid
    assert published_photo(agency_id=world.agency.pk, uuid=uuid)
    assert published_photo(agency_id=world.agency.pk + 1, uuid=uuid) is None
    classify_case(actor=world.actor("supervisor"), case=case, service=world.service, kind="denuncia")
    assert published_photo(agency_id=world.agency.pk, uuid=uuid) is None and not nearby(world.service, *HERE)


def test_only_who_may_review_does_and_not_over_a_newer_version(world):
    case = with_photo(world)
    for role in ("attendant", "area_manager", "field_agent"):
        with pytest.raises(NotAllowed):
            publish(world, case, actor=world.actor(role))
    for wrong, error in (({"text": " "}, Invalid), ({"text": "x" * 1001}, Invalid), ({"version": 99}, Stale)):
        with pytest.raises(error):
            publish(world, case, **wrong)


def test_the_suggestion_leaves_out_what_tells_who_asked(world):
    person, _contacts = know_person(actor=world.citizen, agency_id=world.agency.pk, name="Maria das Dores")
    text = "Sou a Maria, maria@example.org, (11) 98765-4321, CPF 529.982.247-25. O galho de 3 m caiu em 2025."
    said = suggested(world.open(description=text, reporter=person))
    assert not any(word in said for word in ("Maria", "maria@", "98765", "529")) and HIDDEN in said
    assert "O galho de 3 m caiu em 2025." in said


def test_trying_house_numbers_finds_no_house(world):
    world.open(location=Location("Rua das Flores, 142"))
    seen = [bool(on_the_street(world.service, f"Rua das Flores, {n}")) for n in range(0, 400, 10)]
    assert seen == [True] * 30 + [False] * 10, "whole hundreds, whatever the number"


def test_where_the_service_shows_places_roughly_no_review_says_more(world):
    world.service.coarse_location = True
    world.service.save()
    case = with_photo(world)
    assert publish(world, case, exact_place=True).exact_place is False
    assert nearby(world.service, *HERE)[0].metres is None
