"""Pages that no view has made speak the agency's language too."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client, RequestFactory

from balcao.catalog.templates import WORDS
from balcao.config.middleware import refusals
from balcao.platform.errors import Refusal
from balcao.web import errors
from tests.world import make_world

pytestmark = pytest.mark.django_db
FOREIGN = {"Accept-Language": "en"}


@pytest.fixture
def world():
    caches["process"].clear()
    return make_world()  # a Brazilian one


def lang(response):
    return response.content.decode().partition('<html lang="')[2].partition('"')[0]


def test_an_address_that_does_not_exist(world):
    assert lang(Client().get("/nenhures/", headers=FOREIGN)) == "pt-BR"
    world.agency.locale = "pt-pt"
    world.agency.save()
    assert lang(Client().get("/nenhures/", headers=FOREIGN)) == "pt-PT"


def test_a_form_that_was_open_for_too_long(world):
    response = Client(enforce_csrf_checks=True).post("/pedir/poda/o-que/", {}, headers=FOREIGN)
    assert response.status_code == 403 and lang(response) == "pt-BR"
    assert "This form was open" not in response.content.decode()


def test_too_many_requests_and_refusals(world):
    request = RequestFactory().get("/", headers=FOREIGN)
    assert lang(errors.refused(request, 429)) == "pt-BR"
    assert lang(refusals(lambda r: None).process_exception(request, Refusal("Não."))) == "pt-BR"


def test_a_language_that_somebody_chose_wins(world):
    client = Client(headers={"Accept-Language": "pt-BR"})
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert lang(client.get("/nenhures/")) == "en"


def test_staff_are_spoken_to_in_their_own(world):
    person = world.staff["attendant"]
    person.locale = "en"
    person.save()
    client = Client()
    client.force_login(person)
    assert lang(client.get("/console/nenhures/")) == "en"


def test_in_portugal_a_demand_has_no_processo_and_no_protocolo():
    """docs/adr/0011: the person has a *pedido* with its *número*; a *processo* is what runs on a machine."""
    catalogue = (Path(settings.LOCALE_PATHS[0]) / "pt_PT/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    said = [line for line in catalogue.splitlines() if line.startswith(("msgstr", '"'))]
    said += (WORDS / "pt-pt.yaml").read_text(encoding="utf-8").replace("{{ protocol }}", "").splitlines()
    wrong = [
        line for line in said if re.search(r"\b(protocolo|processo)\b(?! de (envio|trabalho))", line, re.IGNORECASE)
    ]
    assert not wrong, "\n".join(wrong)
