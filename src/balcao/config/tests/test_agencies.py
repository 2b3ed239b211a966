"""`balcao agency`: from an empty installation to an administrator who signs in."""

import re

import pytest
from click.testing import CliRunner
from django.conf import settings

from balcao.config.cli.agency import agency
from balcao.inbox.models import Delivery
from balcao.organization.models import Agency, Staff
from balcao.organization.queries import actor_of, mfa_required
from balcao.platform.trouble import Trouble

pytestmark = pytest.mark.django_db


def balcao(*words):
    return CliRunner().invoke(agency, words, catch_exceptions=False).output


def refused(*words):
    with pytest.raises(Trouble) as trouble:
        balcao(*words)
    return str(trouble.value)


def test_an_administrator_sets_a_password_by_the_link_and_holds_every_permission(client):
    assert "is set up" in balcao("add", "dpes", "--name", "Defensoria Pública", "--state", "ES")
    said = balcao("administrator", "Ana@dpes.example", "--name", "Ana Prado")
    ana = Staff.objects.get(email="ana@dpes.example")
    assert [letter.address for letter in Delivery.objects.filter(state="queued")] == [ana.email]
    assert actor_of(ana).at(None).can("settings.edit") and mfa_required(ana)
    link = re.search(re.escape(settings.BASE_URL) + r"(\S+)", said)[1]
    form = client.get(link, follow=True)
    words = {"password1": "jabuticaba-no-pe-9", "password2": "jabuticaba-no-pe-9"}
    client.post(form.redirect_chain[-1][0], words)
    ana.refresh_from_db()
    assert ana.check_password("jabuticaba-no-pe-9")


def test_each_country_brings_its_language_its_hours_and_its_holidays():
    balcao("add", "dpes", "--name", "Defensoria Pública", "--state", "ES")
    balcao("add", "sado", "--name", "Câmara", "--country", "PT", "--hostname", "Sado.example.PT", "--locale", "pt-pt")
    dpes, sado = Agency.objects.order_by("slug")
    assert (dpes.is_default, sado.is_default) == (True, False) and sado.hostname == "sado.example.pt"
    assert (sado.timezone, sado.locale) == ("Europe/Lisbon", "pt-pt")
    assert [(c.name, c.subdivision, c.is_default) for c in dpes.calendars.all()] == [("Expediente", "ES", True)]
    assert dpes.roles.get(slug="attendant").name == "Atendente"
    assert "every other host name" in balcao("list") and "sado.example.pt" in balcao("list")
    balcao("change", "sado", "--default", "--short-name", "Sado")
    assert Agency.objects.get(is_default=True).short_name == "Sado"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "dpes", "--name", "Outra"), "already exists"),
        (("add", "outra", "--name", "Outra", "--state", "ZZ"), "country or state is not known"),
        (("add", "outra", "--name", "Outra", "--timezone", "Marte"), "time zone is not known"),
        (("add", "outra", "--name", "Outra", "--locale", "tlh"), "language is not known"),
        (("administrator", "ana@dpes.example", "--name", "Ana", "--agency", "nenhuma"), "There is no agency"),
        (("administrator", "ana", "--name", "Ana"), "valid email"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_made(words, why):
    balcao("add", "dpes", "--name", "Defensoria Pública")
    assert why in refused(*words)
    assert list(Agency.objects.values_list("slug", flat=True)) == ["dpes"] and not Staff.objects.exists()
