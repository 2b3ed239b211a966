"""Whatever a person types or sends gets an explanation, and loses nothing that was typed."""

import io
import zipfile
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from balcao.cases.models import Case
from balcao.channels.portal.drafts import forget_expired
from balcao.channels.portal.models import Draft, DraftFile

from .driver import PIN, Walker, draw_city, photo

pytestmark = pytest.mark.django_db
GOOD = "Buraco grande na esquina"


@pytest.fixture
def walker(world):
    return Walker(world.service)


def text_of(response) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize(
    ("description", "said"),
    [("🌳🌳🌳", "Please describe it with letters"), ("a" * 4001, "4001 characters"), (" ", "We need this answer")],
)
def test_a_description_that_says_nothing_or_too_much_is_explained_and_shown_again(walker, description, said):
    response = walker.what(description=description)
    assert response.status_code == 422 and said in text_of(response)
    assert description.strip() in text_of(response) and 'aria-invalid="true"' in text_of(response)
    assert 'href="#id_description"' in text_of(response)


HOSTILE = "<script>alert(1)</script> '; DROP TABLE cases_case; -- {{ 7|add:7 }} \x00\x07\u202e fim"


def test_html_sql_and_control_characters_in_every_field_are_only_words(world, walker):
    walker.what(description=HOSTILE)
    walker.where(**{"location.address": HOSTILE, "location.number": HOSTILE})
    walker.files(photo(name="<img src=x>';--.jpg"))
    walker.who(who_name=HOSTILE)
    review = walker.client.get(walker.url("revisar"))
    assert "<script>alert" not in review.content.decode() and "<script>alert(1)" in text_of(review)
    walker.send()
    case = Case.objects.get()
    assert case.description.startswith("<script>alert(1)</script> '; DROP TABLE") and case.description.endswith("fim")
    assert not set(case.description + case.address + case.reporter.name) & set("\x00\x07\u202e")
    page = walker.client.get(f"/acompanhar/{case.protocol}/").content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("who_document", "111.111.111-11", "CPF is not valid"),
        ("who_document", "529.982.247-24", "CPF is not valid"),
        ("who_document", "12", "document number is not valid"),
        ("who_phone", "(11) 8765-4321", "ninth digit"),
        ("who_email", "maria@", "e-mail address is not complete"),
        ("who_name", "", "We need this answer"),
    ],
)
def test_a_person_is_told_what_is_wrong_with_their_data_and_types_only_that_again(walker, field, value, said):
    walker.what(), walker.where(), walker.files()
    response = walker.who(**{field: value, "who_name": value if field == "who_name" else "Zulmira"})
    assert response.status_code == 422 and said in text_of(response)
    assert value in text_of(response) and (field == "who_name" or "Zulmira" in text_of(response))
    assert walker.who()["Location"].endswith("/revisar/")


def test_without_consent_we_do_not_go_on(walker):
    walker.what(), walker.where(), walker.files()
    response = walker.who(consent="")
    assert response.status_code == 422 and "if you agree" in text_of(response)


def test_a_pin_in_the_sea_is_explained_and_the_address_stays(world, walker):
    draw_city(world)
    walker.what()
    response = walker.where(**{**PIN, "location.lon": "-46.100000", "location.address": "Rua A"})
    assert response.status_code == 422 and "outside the area that we serve" in text_of(response)
    assert "Rua A" in text_of(response) and "-46.100000" in text_of(response)
    assert walker.where(**{"location.place": "no-such-place"}).status_code == 422
    assert walker.where(**{"location.lat": "abc", "location.lon": "1"}).status_code == 422
    assert walker.where(**PIN)["Location"].endswith("/arquivos/")


def test_where_it_is_required_nothing_is_not_enough(world, walker):
    world.service.location = "required"
    world.service.save()
    walker.what()
    response = walker.where(**{"location.number": "10"})
    assert response.status_code == 422 and "We need to know where" in text_of(response)


def bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 60_000_000)
        archive.writestr("[Content_Types].xml", "<Types/>")
    return held.getvalue()


def huge_picture() -> bytes:
    held = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(held, "PNG")
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gordo.jpg", lambda: b"\xff\xd8\xff" + b"0" * (26 * 1024 * 1024)),
        ("virus.jpg", lambda: b"MZ" + b"\0" * 2000),
        ("bomba.docx", bomb),
        ("bomba.zip", bomb),
        ("enorme.png", huge_picture),
        ("pagina.svg", lambda: b"<svg onload='x()'></svg>"),
        ("vazio.jpg", lambda: b""),
    ],
)
def test_a_bad_file_is_named_and_explained_and_the_good_one_is_kept(walker, name, content):
    walker.what(), walker.where()
    response = walker.files(photo("boa.jpg"), SimpleUploadedFile(name, content()))
    assert response.status_code == 422 and f"{name}: " in text_of(response)
    assert "boa.jpg" in text_of(response) and DraftFile.objects.count() == 1
    assert walker.files()["Location"].endswith("/voce/")
    walker.who(), walker.send()
    assert [a.file.name for a in Case.objects.get().attachments.all()] == ["boa.jpg"]


def test_eleven_files_are_ten_and_a_sentence(walker):
    walker.what(), walker.where()
    walker.files(*[photo(f"{n}.jpg", (8, 8)) for n in range(9)])
    response = walker.files(photo("9.jpg", (8, 8)), photo("10.jpg", (8, 8)))
    assert response.status_code == 422 and "10 files are the most" in text_of(response)
    assert DraftFile.objects.count() == 10


def test_more_files_than_a_form_may_carry_get_the_page_of_too_much_and_the_rest_stays(walker):
    walker.what(), walker.where()
    response = walker.files(*[photo(f"{n}.jpg", (8, 8)) for n in range(101)])
    assert response.status_code == 413
    assert walker.files()["Location"].endswith("/voce/")


def test_a_file_is_taken_away_again(walker):
    walker.what(), walker.where()
    walker.post("arquivos", files=[photo("a.jpg")], stay="1")
    uuid = DraftFile.objects.get().file.uuid
    assert walker.post("arquivos", remove=str(uuid))["Location"].endswith("/arquivos/")
    assert not DraftFile.objects.exists()


def test_a_hundred_posts_from_one_address_are_stopped_with_everything_typed_still_there(walker):
    answers = [walker.what(description=GOOD) for _ in range(121)]
    assert {a.status_code for a in answers[:120]} == {302}
    stopped = answers[-1]
    assert stopped.status_code == 429 and GOOD in text_of(stopped) and int(stopped["Retry-After"]) <= 60
    assert "Please wait a moment" in text_of(stopped)


def test_sending_too_often_keeps_the_review(world):
    client = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(31):
        walker = Walker(world.service, Client(REMOTE_ADDR=f"198.51.100.{_}"))
        walker.fill()
        walker.client.defaults["REMOTE_ADDR"] = client.defaults["REMOTE_ADDR"]
        response = walker.send()
    assert response.status_code == 429 and "Maria das Dores" in text_of(response)
    assert Case.objects.count() == 30


def test_a_draft_that_has_expired_keeps_the_page_just_written(walker):
    walker.what()
    Draft.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    response = walker.where(**{"location.address": "Rua Nova"})
    assert response["Location"].endswith("/o-que/")
    assert "open for a long time" in text_of(walker.client.get(response["Location"]))
    assert walker.what()["Location"].endswith("/arquivos/")
    assert "Rua Nova" in text_of(walker.client.get(walker.url("onde")))
    assert walker.client.post(walker.url("enviar")).status_code == 302 and not Case.objects.exists()
    assert forget_expired(now=timezone.now()) == 1 and Draft.objects.count() == 1


def test_a_browser_that_lost_its_cookies_at_the_review_still_sends_all_that_was_typed(walker):
    walker.what(description="A árvore da escola secou")
    walker.where()
    page = {"draft": walker.draft()}
    walker.client.cookies.clear()
    assert walker.client.post(walker.url("arquivos"), page)["Location"].endswith("/voce/")
    walker.who()
    page = {"draft": walker.draft()}
    walker.client.cookies.clear()
    sent = walker.client.post(walker.url("enviar"), page)
    assert "/recebido/" in sent["Location"] and Case.objects.get().description == "A árvore da escola secou"
    walker.client.cookies.clear()
    assert "/recebido/" not in walker.client.post(walker.url("enviar"), page)["Location"]  # what was sent stays shut


def test_a_form_without_its_token_is_explained(walker):
    strict = Walker(walker.service, Client(enforce_csrf_checks=True, HTTP_ACCEPT_LANGUAGE="en"))
    response = strict.what()
    assert response.status_code == 403 and "open for too long" in text_of(response)


def test_nothing_is_kept_for_who_only_looks(walker):
    assert walker.client.get(walker.url("o-que")).status_code == 200
    assert walker.client.get(walker.url("voce"))["Location"].endswith("/o-que/")
    assert walker.client.get(walker.url("revisar")).status_code == 302
    assert not Draft.objects.exists()


def test_another_agency_s_draft_cookie_and_service_open_nothing(world, walker, settings):
    settings.ALLOWED_HOSTS = ["*"]
    from tests.world import make_world

    other = make_world("outra", default=False, hostname="outra.example.org")
    assert walker.client.get(f"/servicos/{other.service.slug}/").status_code == 200  # the same slug, our own
    walker.what(description="Segredo da primeira")
    walker.client.cookies[f"pedido-{other.service.pk}"] = walker.client.cookies[f"pedido-{world.service.pk}"].value
    page = walker.client.get(walker.url("o-que"), headers={"host": "outra.example.org"})
    assert "Segredo da primeira" not in text_of(page)


def test_a_service_that_is_not_published_cannot_be_asked_for(world, walker):
    world.service.is_published = False
    world.service.save()
    assert walker.what().status_code == 404 and walker.client.get("/servicos/poda/").status_code == 404


def test_a_form_that_names_what_was_sent_long_ago_hides_no_count(world):
    """Its cookie names another draft, which is what would be sent."""
    old = Walker(world.service)
    old.fill()
    sent = old.draft()
    old.send()
    answers = []
    for n in range(31):
        walker = Walker(world.service, Client(REMOTE_ADDR=f"198.51.100.{n}"))
        walker.fill()
        walker.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
        answers.append(walker.post("enviar", draft=sent).status_code)
    assert answers == [302] * 30 + [429]


def test_who_presses_again_because_the_answer_was_lost_comes_to_the_confirmation_and_asks_once(world):
    walker = Walker(world.service)
    walker.fill()
    lost = Walker(world.service, Client())
    lost.client.cookies.load(walker.client.cookies.output(header="", sep=";"))  # the browser before the answer
    sent = walker.draft()
    walker.send()
    stranger = Client().post(walker.url("enviar"), {"draft": sent})
    assert "/recebido/" not in stranger["Location"]  # the form's name of it alone proves nothing
    assert "data-protocol" in lost.client.get(lost.send()["Location"]).content.decode()
    assert Case.objects.count() == 1 and not lost.client.cookies[f"pedido-{world.service.pk}"].value
