"""What everybody sees: nothing that nobody has reviewed, and no exact place by a way round."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from balcao.cases.actions import Location, publish_case, unpublish_case
from balcao.cases.models import Attachment, Case
from balcao.platform.files.actions import store_file
from tests.architecture.rich_world import picture

from .conftest import filed

pytestmark = pytest.mark.django_db
V2 = "/open311/v2"
HERE = Location("Rua das Flores, 12", -23.550123, -46.633321)


def shown(case: Case) -> dict:
    return Client().get(f"{V2}/requests/{case.protocol}.json").json()[0]


def test_without_a_review_there_are_no_words_and_only_a_rough_place(world):
    case = world.open(location=HERE, description="Chamem a Maria, 11 98888-7777")
    said = shown(case)
    assert (said["description"], said["address"], said["media_url"]) == (None, None, None)
    assert (said["lat"], said["long"]) != (HERE.lat, HERE.lon)
    assert abs(said["lat"] - HERE.lat) < 0.005
    assert "Maria" not in json.dumps(said)


def test_a_review_shows_its_own_words_and_the_place_that_it_allows(world):
    case = world.open(location=HERE)
    photo = Attachment.objects.create(case=case, file=picture(world, "a.png"))
    supervisor = world.actor("supervisor")
    publish_case(actor=supervisor, case=case, text="A dry tree", photos=[photo.pk], exact_place=True)
    said = shown(case)
    assert (said["description"], said["address"]) == ("A dry tree", HERE.address)
    assert (said["lat"], said["long"]) == (HERE.lat, HERE.lon)
    assert Client().get(said["media_url"]).status_code == 200
    world.service.coarse_location = True
    world.service.save()
    assert shown(case)["lat"] != HERE.lat and shown(case)["address"] is None
    unpublish_case(actor=supervisor, case=case)
    assert shown(case)["description"] is None


def test_private_services_sealed_and_reported_wrongs_are_nowhere(world):
    person, contact = world.person()
    hidden = [
        world.open(service=world.unrouted),
        world.open(kind="denuncia"),
        world.open(kind="denuncia", reporter=person, contact=contact),
    ]
    ids = ",".join(case.protocol for case in hidden)
    assert Client().get(f"{V2}/requests.json").json() == []
    assert Client().get(f"{V2}/requests.json", {"service_request_id": ids}).status_code == 404
    assert Client().get(f"{V2}/servicerequestupdates.json").json() == []
    assert [s["service_code"] for s in Client().get(f"{V2}/services.json").json()] == ["poda"]


def test_a_small_box_finds_what_is_shown_and_not_where_it_is(world):
    case = world.open(location=HERE)

    def found(lat: float, lon: float) -> int:
        box = f"{lon - 0.0001},{lat - 0.0001},{lon + 0.0001},{lat + 0.0001}"
        return len(Client().get(f"{V2}/requests.json", {"bbox": box}).json())

    said = shown(case)
    assert found(said["lat"], said["long"]) == 1
    assert found(HERE.lat, HERE.lon) == 0


def test_the_number_of_queries_does_not_grow(world, key, django_assert_max_num_queries):
    for _n in range(3):
        world.open(location=HERE)
    with django_assert_max_num_queries(4):
        assert len(Client().get(f"{V2}/requests.json").json()) == 3
    with django_assert_max_num_queries(3):
        Client().get(f"{V2}/services.json")
    with django_assert_max_num_queries(4):
        Client().get(f"{V2}/servicerequestupdates.xml")


def test_a_picture_named_by_its_address_is_fetched_later_and_checked(world, key, monkeypatch):
    from balcao.channels.open311 import jobs
    from balcao.channels.open311.models import Media
    from balcao.platform import outside
    from balcao.platform.models import Fault

    content = picture(world, "b.png").file.read()
    answers = {
        "https://example.org/a.png": outside.Answer(200, {}, content, ""),
        "https://example.org/b.png": outside.Answer(200, {}, b"MZ not a picture", ""),
    }
    asked = []

    def fetch(method, url, **limits):
        asked.append((url, limits["most"], limits["seconds"]))
        return answers[url]

    monkeypatch.setattr(jobs.outside, "fetch", fetch)
    Client().post(f"{V2}/requests.json", filed(key, media_url=list(answers)))
    assert asked == []  # nobody waited for it
    for media in Media.objects.all():
        jobs.fetch(media.pk)
        jobs.fetch(media.pk)  # twice is once
    assert len(asked) == 2 and all(most <= 25 * 1024 * 1024 and seconds <= 20 for _u, most, seconds in asked)
    assert Attachment.objects.filter(case=Case.objects.get(), published=False).count() == 1
    assert sorted(Media.objects.values_list("state", flat=True)) == ["kept", "refused"]
    assert Fault.objects.get().kind == "media"


def test_our_own_network_is_never_asked_for_a_picture(world, key):
    from balcao.channels.open311 import jobs
    from balcao.channels.open311.models import Media

    Client().post(f"{V2}/requests.json", filed(key, media_url="http://127.0.0.1:1/metadata"))
    jobs.fetch(Media.objects.get().pk)
    assert Media.objects.get().state == "refused"


def test_a_picture_that_breaks_our_own_reading_is_given_up_in_the_end(world, key, monkeypatch):
    from balcao.channels.open311 import jobs
    from balcao.channels.open311.models import Media
    from balcao.platform.models import Fault

    def broken(*_how, **_limits):
        raise RuntimeError

    monkeypatch.setattr(jobs.outside, "fetch", broken)
    Client().post(f"{V2}/requests.json", filed(key, media_url="https://example.org/a.png"))
    for _try in range(4):
        Media.objects.update(next_try_at=timezone.now())
        jobs.fetch(Media.objects.get().pk)
    assert Media.objects.get().state == "refused" and "RuntimeError" in Fault.objects.get().reason


def test_store_file_is_what_uploads_pass(world):
    """The job keeps pictures by the very function that a form's uploads pass."""
    from balcao.channels.open311 import jobs

    assert jobs.store_file is store_file
