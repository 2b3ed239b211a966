"""The demonstration, loaded once: believable, whole, and alone."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from shapely.geometry import shape

from balcao.api.webhooks.models import Subscription
from balcao.cases.models import Answer, Case
from balcao.cases.states import State
from balcao.catalog.models import ServiceVersion
from balcao.catalog.scripts import script_for
from balcao.citizens.models import Person
from balcao.config import demo
from balcao.config.demo.city import draw_city
from balcao.config.demo.making import PASSWORD, read
from balcao.inbox.models import Delivery
from balcao.organization.models import Agency, Place, Staff
from balcao.organization.queries import actor_of, mfa_required
from balcao.platform.geography import Located, Polygons
from balcao.platform.models import Fault
from balcao.platform.trouble import Trouble
from balcao.privacy.models import LegalHold
from balcao.questionnaires.models import Rating
from balcao.workorders.queries import of_agent

pytestmark = pytest.mark.django_db


def test_the_demonstration_is_whole(settings, tmp_path, mailoutbox):
    settings.MEDIA_ROOT = tmp_path
    now = timezone.now()
    assert demo.missing() and demo.load(now=now)
    assert demo.is_demo() and not demo.missing() and not demo.load(), "a second load does nothing"

    serena, sado = Agency.objects.get(slug="vila-serena"), Agency.objects.get(slug="vale-do-sado")
    cases = Case.objects.filter(agency=serena)
    assert cases.count() >= 60
    assert set(cases.values_list("state", flat=True)) == set(State.values), "one in every state, to look at"
    assert not cases.exclude(opened_at__range=(now - timedelta(days=61), now)).exists()
    assert cases.exclude(state="closed").filter(deadline__due_at__lt=now).count() >= 3, "some are late"
    assert cases.filter(state=State.TRIAGE).count() >= 10, "enough to clear by keyboard"
    assert cases.filter(sealed=True).exists() and cases.filter(reopened=1).exists()
    assert Answer.objects.filter(attempted_at__gt=now).count() == 0, "nothing was answered in the future"
    assert Rating.objects.count() >= 15
    assert Fault.objects.filter(kind="delivery", ended_at=None).exists(), "something to mend"
    assert not mailoutbox and not Delivery.objects.filter(state="queued").exists(), "nothing is left to send"
    assert all(len(person.document) == 11 for person in Person.objects.filter(document_kind="cpf"))

    assert serena.api_keys.count() == 2 and serena.retention_rules.count() == 3 and LegalHold.objects.count() == 1
    assert not Subscription.objects.filter(is_active=True).exists(), "nobody outside is told of the demonstration"

    for one in demo.SIGN_INS:
        staff = Staff.objects.get(email=one["email"])
        assert staff.check_password(PASSWORD)
        assert mfa_required(staff) == bool(one["totp_secret"])
        own = sado if one["email"].endswith("vale-do-sado.example") else serena
        seen = Case.objects.visible_to(actor_of(staff))
        assert seen.exists() and not seen.exclude(agency=own).exists(), "each sees their own agency only"
    agent = actor_of(Staff.objects.get(email="wesley.nogueira@vila-serena.example"))
    assert of_agent(agent), "the field agent's own list is not empty at the first sign-in"
    assert "  Vale do Sado:     http://pt.localhost:8000/" in demo.sign_ins()
    assert "2026" in demo.sign_ins() or str(now.year) in demo.sign_ins()
    _every_case_lies_in_its_district(cases)
    for version in ServiceVersion.objects.select_related("service__agency"):
        assert script_for(version), "every service's questions load"


def _every_case_lies_in_its_district(cases):
    districts = Place.objects.filter(kind="district", agency__slug="vila-serena")
    polygons = Polygons(Located(place.slug, shape(place.boundary)) for place in districts)
    for case in cases.exclude(lat=None).select_related("place"):
        assert polygons.locate(case.lat, case.lon) == case.place.slug


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["2026-11-23T12:15", "2026-11-26T15:15", "2026-11-27T16:15", "2026-11-29T03:15"])
def test_it_is_whole_whenever_it_is_loaded(settings, tmp_path, moment):
    """Staff rest at weekends: what one story waits for in another comes early or late."""
    settings.MEDIA_ROOT = tmp_path
    assert demo.load(now=datetime.fromisoformat(f"{moment}Z"))
    cases = Case.objects.filter(agency__slug="vila-serena")
    assert set(cases.values_list("state", flat=True)) == set(State.values)


def test_it_is_not_loaded_beside_a_real_agency_and_deletes_nothing():
    Agency.objects.create(slug="real", name="Prefeitura de verdade")
    assert not demo.missing()
    with pytest.raises(Trouble, match="another data folder"):
        demo.load()
    with pytest.raises(Trouble, match="nothing was deleted"):
        demo.reset()
    assert demo.sign_ins() == ""


def test_the_districts_cover_the_city_without_overlap():
    city = draw_city(read("vila-serena", "agency.yaml")["city"])
    shapes = [district.shape for district in city.districts]
    assert all(one.is_valid for one in shapes)
    for number, one in enumerate(shapes):
        for other in shapes[number + 1 :]:
            assert one.intersection(other).area < 1e-7
