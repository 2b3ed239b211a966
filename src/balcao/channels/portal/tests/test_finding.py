"""Finding a service: by words, by shelf; its charter; and the small pages."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from balcao.catalog.models import ServiceGroup
from balcao.channels.portal.charter import numbered
from balcao.citizens.models import PriorityGroup
from tests.world import add_service

from .driver import draw_city

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize(
    "words", ["poda", "PODAS", "arvores", "árvore", "galhos", "remocão de arvore", "pода da arvre"]
)
def test_a_service_is_found_in_one_s_own_words(world, words):
    page = text_of(Client().get("/servicos/", {"q": words}))
    assert '<a href="/servicos/poda/">Poda ou remoção de árvore</a>' in page


def test_what_is_not_found_leads_to_asking_anyway(world):
    response = Client().get("/servicos/", {"q": "xyzzy <b>"})
    page = text_of(response)
    assert "We did not find it" in page and 'href="/pedir/outros/"' in page and "<b>" not in response.content.decode()
    assert "Poda ou remoção" in page  # the whole list stands below


def test_htmx_gets_the_results_alone(world):
    headers = {"HX-Request": "true", "HX-Target": "results"}
    page = text_of(Client().get("/servicos/", {"q": "poda"}, headers=headers))
    assert "<html" not in page and "/servicos/poda/" in page


def test_the_home_page_shows_what_is_asked_most_in_few_queries(world, django_assert_max_num_queries):
    for n in range(12):
        add_service(
            world.agency, ServiceGroup.objects.create(agency=world.agency, slug=f"g{n}", name=f"G{n}"), f"s{n}", f"S{n}"
        )
    world.open(), world.open()
    client = Client()
    with django_assert_max_num_queries(8):
        page = client.get("/")
    assert [s.slug for s in page.context["popular"]] == ["poda"] and len(page.context["shelves"]) == 13


def test_what_takes_everything_else_is_never_what_people_ask_most(world):
    for _ in range(3):
        world.open(service=world.unrouted)
    world.open()
    assert [s.slug for s in Client().get("/").context["popular"]] == ["poda"]


def test_an_office_may_call_its_catch_all_what_it_likes(world):
    world.unrouted.is_catch_all = False
    world.unrouted.save()
    assert "/pedir/outros/" not in text_of(Client().get("/servicos/", {"q": "xyzzy"}))
    world.service.is_catch_all = True
    world.service.save()
    assert "/pedir/poda/" in text_of(Client().get("/servicos/", {"q": "xyzzy"}))


def test_the_charter_says_how_long_and_by_what_law(world):
    world.service.who_may_ask, world.service.amount = "Qualquer pessoa", 10
    world.service.save()
    page = text_of(Client().get("/servicos/poda/"))
    assert "Qualquer pessoa" in page and "within 10 calendar days; the law allows 30" in page
    assert "Lei 13.460/2017, art. 16" in page and 'href="/pedir/poda/"' in page


def test_the_charter_says_who_is_served_first_how_long_one_waits_and_where_to_complain(world):
    """Lei 13.460/2017, art. 7, § 2, VI and § 3."""
    world.service.waiting_time = "Cerca de 20 minutos"
    world.service.save()
    page = text_of(Client().get("/servicos/poda/"))
    assert "Cerca de 20 minutos" in page and 'href="/acompanhar/"' in page
    first, then = page.index("80 anos ou mais (Lei 10.741/2003"), page.index("60 anos ou mais, ")
    assert first < then < page.index("Doador de sangue")
    assert 'href="/servicos/outros/"' in page and "To complain, to praise or to suggest" in page
    assert "Who is served first" in page and "appointment" not in page


def test_the_charter_tells_the_law_of_today_and_where_it_does_not_hold(world):
    """Decreto-Lei 58/2016, art. 2.º, n.º 3."""
    groups, today = PriorityGroup.objects, timezone.localdate()
    groups.filter(jurisdiction="BR", slug="autismo").update(until=today - timedelta(days=1))
    groups.filter(jurisdiction="BR", slug="lactante").update(since=today + timedelta(days=1))
    page = text_of(Client().get("/servicos/poda/"))
    assert "Gestante" in page and "autista" not in page and "Lactante" not in page
    type(world.agency).objects.update(jurisdiction="PT")
    page = text_of(Client().get("/servicos/poda/"))
    assert "Where you have an appointment, this does not hold: Pessoa acompanhada de criança de colo" in page


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("1. Você conta. 2. A gente lê.", ["Você conta.", "A gente lê."]),
        ("1) Você conta.\r\n2) A gente lê.\r\n3) Pronto", ["Você conta.", "A gente lê.", "Pronto"]),
        ("1. Pague em 2 vias. 2. Leve até 10. 3. Fim", ["Pague em 2 vias.", "Leve até 10.", "Fim"]),
        ("Pela Lei 1. 2. Nada.", []),
        ("1. Só um passo", []),
        ("Você conta e a gente lê.", []),
    ],
)
def test_steps_with_numbers_are_a_list(text, steps):
    assert numbered(text) == steps


def test_the_page_shows_the_steps_as_a_list(world):
    world.service.steps = "1. Você <conta>. 2. A gente lê."
    world.service.save()
    page = Client().get("/servicos/poda/").content.decode()
    assert "<ol><li>Você &lt;conta&gt;.</li><li>A gente lê.</li></ol>" in re.sub(r"</?p>|\n", "", page)


def test_private_services_and_empty_shelves_are_not_shown(world):
    world.service.is_published = False
    world.service.save()
    assert "Poda" not in text_of(Client().get("/servicos/")) + text_of(Client().get("/servicos/?q=poda"))


def test_the_districts_are_kept_by_the_browser(world):
    from balcao.organization import places

    draw_city(world)
    places._geojson.cache_clear()
    first = Client().get("/districts.geojson")
    names = [f["properties"]["name"] for f in first.json()["features"]]
    assert names == ["Centro", "Oeste"] and first["Cache-Control"] == "public, max-age=300"
    assert Client().get("/districts.geojson", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_the_small_pages_and_the_languages(world):
    client = Client()
    for path in ("/privacidade/", "/acessibilidade/", "/acompanhar/"):
        assert client.get(path).status_code == 200
    assert 'lang="en"' in text_of(client.get("/", headers={"Accept-Language": "pt-BR"}))  # the agency's, until chosen
    client.post("/i18n/setlang/", {"language": "pt-pt", "next": "/"})
    assert 'lang="pt-PT"' in text_of(client.get("/"))


def test_an_installation_without_an_agency_says_so(db):
    assert Client().get("/").status_code == 503


def test_a_charter_is_written_in_light_markdown(world):
    service = world.service
    service.what_is_needed = "Leve **RG**.\n\n- [endereço](https://vila.example/)\n- <script>alert(1)</script>"
    service.steps = "1. Você **conta**. 2. A gente vai."
    service.save()
    page = Client().get(f"/servicos/{service.slug}/").content.decode()
    assert "<strong>RG</strong>" in page and '<a href="https://vila.example/" rel="noopener nofollow">' in page
    assert "<li><p>Você <strong>conta</strong>.</p>" in page
    assert "<script>alert" not in page
