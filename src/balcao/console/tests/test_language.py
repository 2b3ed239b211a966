"""The console speaks to each colleague in their language, before that in the agency's, and by the agency's clock."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.utils import translation

from balcao.cases.models import Case
from balcao.organization.models import Agency, Staff
from tests.world import make_world

pytestmark = pytest.mark.django_db
LOGIN = "/console/account/login/"


@pytest.fixture
def world(db):
    cache.clear()
    world = make_world()
    Agency.objects.update(locale="pt-pt", timezone="Europe/Lisbon")
    world.agency.refresh_from_db()
    yield world
    translation.activate("en")


def test_before_signing_in_it_speaks_the_agencys_language_whatever_the_browser_was_sold_with(client, world):
    html = client.get(LOGIN, headers={"Accept-Language": "en-US"}).content.decode()
    assert '<html lang="pt-PT"' in html
    assert "Palavra-passe" in html


def test_a_language_that_somebody_chose_wins(client, world):
    client.cookies["django_language"] = "en"
    assert '<html lang="en"' in client.get(LOGIN).content.decode()


def test_who_has_signed_in_reads_their_own_language_at_the_agencys_time(client, world):
    Staff.objects.update(locale="pt-br")
    case = world.open()
    Case.objects.filter(pk=case.pk).update(opened_at=datetime(2026, 7, 1, 11, 30, tzinfo=UTC))
    client.force_login(Staff.objects.get(pk=world.staff["attendant"].pk))
    html = client.get("/console/cases/?show=open").content.decode()
    assert '<html lang="pt-BR"' in html
    assert 'datetime="2026-07-01T12:30+01:00"' in html  # summer in Lisbon
