"""The administrator's page of people's data: looked at first, confirmed, done, logged; for nobody else."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from balcao.cases.models import Case
from balcao.citizens.models import Person
from balcao.console.settings.tests.conftest import signed_in
from balcao.organization.models import Role
from balcao.platform.models import Event, ReadLog
from balcao.privacy.models import Cleared, LegalHold, RetentionRule
from balcao.privacy.tests.conftest import answer, ask, maria, world  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(world):  # noqa: F811
    Role.objects.update(mfa_required=False)  # a second factor has tests of its own
    return signed_in(world, "administrator")


def test_a_person_is_found_looked_at_exported_and_erased_and_each_step_is_logged(admin, world, maria):  # noqa: F811
    person, _contact = maria
    case = answer(world, ask(world, *maria))
    found = admin.get("/console/privacy/", {"q": "529.982.247-25"})
    assert found.status_code == 302 and found["Location"].endswith(f"/person/{person.pk}/")
    shown = admin.get(found["Location"])
    assert (
        case.protocol in shown.text.replace(".", "").replace("-", "") and "the person is taken out of it" in shown.text
    )
    assert ReadLog.objects.filter(subject="person", subject_id=person.pk, purpose="privacy").exists()
    copy = admin.post(f"/console/privacy/person/{person.pk}/export/")
    with zipfile.ZipFile(BytesIO(b"".join(copy.streaming_content))) as archive:
        assert "dados.json" in archive.namelist()
    refused = admin.post(f"/console/privacy/person/{person.pk}/erase/")
    assert refused.status_code == 422 and "Confirm it first." in refused.text and Person.objects.exists()
    done = admin.post(f"/console/privacy/person/{person.pk}/erase/", {"sure": "on"}, follow=True)
    assert "Erased." in done.text and "A person was erased" in done.text and not Person.objects.exists()
    assert set(Event.objects.filter(kind__startswith="Person").values_list("kind", flat=True)) == {
        "PersonExported",
        "PersonErased",
    }


def test_a_hold_stops_it_says_why_and_is_lifted(admin, world, maria):  # noqa: F811
    person, _contact = maria
    case = answer(world, ask(world, *maria))
    where = f"/console/privacy/person/{person.pk}/"
    assert admin.post(f"{where}hold/", {"reason": ""}).status_code == 422
    admin.post(f"{where}hold/", {"reason": "Processo 7", "case": case.pk})
    assert "Processo 7" in admin.get(where).text
    stays = admin.post(f"{where}erase/", {"sure": "on"}, follow=True)
    assert "What must be kept stands below" in stays.text and Person.objects.exists()
    hold = LegalHold.objects.get()
    assert "Processo 7" in admin.get("/console/privacy/").text
    admin.post(f"/console/privacy/holds/{hold.pk}/lift/")
    assert "There is none." in admin.get("/console/privacy/").text


def test_the_table_is_edited_tried_and_run_and_keeps_its_history(admin, world, maria):  # noqa: F811
    answer(world, ask(world, *maria))
    line = {"service": "", "stage": "answered", "days": 30, "then": "pseudonymise", "law": "LGPD", "is_active": "on"}
    assert admin.post("/console/privacy/table/", line).status_code == 302
    assert admin.post("/console/privacy/table/", line).status_code == 422, "there is one already"
    rule = RetentionRule.objects.get()
    assert admin.post(f"/console/privacy/table/{rule.pk}/", line | {"days": 40}).status_code == 302
    page = admin.get(f"/console/privacy/table/{rule.pk}/")
    assert page.status_code == 200 and "40" in page.text and "Changed" in page.text
    Case.objects.update(closed_at=timezone.now() - timedelta(days=41))
    assert "1: the person is taken out of it" in admin.get("/console/privacy/retain/").text
    assert admin.post("/console/privacy/retain/").status_code == 422 and not Cleared.objects.exists()
    assert admin.post("/console/privacy/retain/", {"sure": "on"}).status_code == 302
    assert Cleared.objects.count() == 1
    admin.post(f"/console/privacy/table/{rule.pk}/remove/")
    assert not RetentionRule.objects.exists()


@pytest.mark.parametrize("role", ["attendant", "area_manager", "field_agent", "supervisor"])
def test_it_is_for_administrators_alone(world, maria, role):  # noqa: F811
    client = signed_in(world, role)
    for path in ("", f"person/{maria[0].pk}/", "retain/", "table/"):
        assert client.get(f"/console/privacy/{path}").status_code == 403
    for path in ("erase", "export", "hold"):
        assert client.post(f"/console/privacy/person/{maria[0].pk}/{path}/", {"sure": "on"}).status_code == 403
    assert Person.objects.exists()
