"""A known problem from the desk: made, its demands gathered after a look, reported once, or withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases import incident_batches
from balcao.cases.actions import gather_case, keep_incident
from balcao.cases.models import Case, Gathering, Incident
from balcao.platform.models import Fault, ReadLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world, sign_in):
    return sign_in(world.staff["supervisor"])


@pytest.fixture
def incident(world):
    made = Incident(
        agency=world.agency,
        title="A water main has burst",
        text="The team is digging.",
        area=world.trees,
        began_at=timezone.now() - timedelta(hours=2),
    )
    return keep_incident(actor=world.actor("supervisor"), incident=made, services=[world.service])


def given(world, **changes):
    now = timezone.localtime()
    fields = {
        "title": "The bridge is closed",
        "text": "Take the other one.",
        "area": world.roads.pk,
        "services": [world.service.pk, world.unrouted.pk],
        "began_at": now.strftime("%Y-%m-%dT%H:%M"),
        "expected_by": (now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M"),
    }
    return fields | changes


def test_it_is_made_and_leads_to_its_demands(world, desk):
    assert desk.get("/console/incidents/new/").status_code == 200
    answer = desk.post("/console/incidents/new/", given(world, places=[world.district.pk]))
    made = Incident.objects.get()
    assert answer["Location"] == f"/console/incidents/{made.pk}/gather/"
    assert set(made.services.all()) == {world.service, world.unrouted} and made.places.get() == world.district
    assert "The bridge is closed" in desk.get("/console/incidents/").content.decode()


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(world, desk):
    answer = desk.post("/console/incidents/new/", given(world, text="", radius_m="50"))
    assert answer.status_code == 422 and "The bridge is closed" in answer.content.decode()
    answer = desk.post("/console/incidents/new/", given(world, radius_m="50"))
    assert answer.status_code == 422 and "a radius needs a point" in answer.content.decode()
    assert not Incident.objects.exists()


def test_it_is_changed_and_its_history_says_how(world, desk, incident):
    page = desk.get(f"/console/incidents/{incident.pk}/edit/").content.decode()
    assert "The team is digging." in page
    url = f"/console/incidents/{incident.pk}/edit/"
    assert desk.post(url, given(world, version="1")).status_code == 302
    late = desk.post(url, given(world, version="1", title="Another"))
    assert late.status_code == 422, "somebody changed it meanwhile"
    shown = desk.get(f"/console/incidents/{incident.pk}/").content.decode()
    assert "The bridge is closed" in shown and "“A water main has burst”" in shown


def test_its_demands_are_looked_at_and_gathered(world, desk, incident):
    first, second = world.open(), world.open()
    sealed = world.open(kind="denuncia")
    page = desk.get(f"/console/incidents/{incident.pk}/gather/").content.decode()
    assert f'value="{first.pk}"' in page and f'value="{sealed.pk}"' not in page
    assert set(ReadLog.objects.filter(purpose="incident").values_list("subject_id", flat=True)) == {
        first.pk,
        second.pk,
    }
    desk.post(f"/console/incidents/{incident.pk}/gather/", {"case": [first.pk, sealed.pk, "x"]})
    assert [g.case for g in Gathering.objects.all()] == [first]
    desk.post(f"/console/incidents/{incident.pk}/gather/", {"all": "1"})
    assert set(Case.objects.filter(state="gathered")) == {first, second}
    shown = desk.get(f"/console/incidents/{incident.pk}/").content.decode()
    assert shown.count("/console/cases/") >= 2


def test_one_report_is_looked_at_sent_and_followed(world, desk, incident, django_capture_on_commit_callbacks):
    case = world.open()
    gather_case(actor=world.actor("supervisor"), case=case, incident=incident)
    url = f"/console/incidents/{incident.pk}/report/"
    said = {"outcome": "solved", "report": "Água de volta.", "version": incident.version}
    assert desk.post(url, {**said, "report": ""}).status_code == 422
    look = desk.post(url, {**said, "look": "1"}).content.decode()
    assert "So they will read it" in look and "Água de volta." in look
    incident.refresh_from_db()
    assert incident.state == "open", "a look sends nothing"
    assert desk.post(url, said).status_code == 302
    page = desk.get(f"/console/incidents/{incident.pk}/").content.decode()
    assert "Still to be done" in page
    held = Gathering.objects.get()
    incident_batches.end_batch(incident_id=incident.pk, first=held.pk, last=held.pk)
    case.refresh_from_db()
    assert case.state == "closed" and case.answers_given.get().author == world.staff["supervisor"]
    assert desk.get(url)["Location"] == f"/console/incidents/{incident.pk}/"
    assert "A water main" in desk.get("/console/incidents/?ended=1").content.decode()


def test_it_is_withdrawn(world, desk, incident):
    desk.post(f"/console/incidents/{incident.pk}/withdraw/", {"version": incident.version})
    incident.refresh_from_db()
    assert incident.state == "withdrawn"
    assert desk.get(f"/console/incidents/{incident.pk}/").status_code == 200


def test_a_case_is_put_under_it_and_let_go_from_its_own_page(world, desk, incident):
    case = world.open()
    url = f"/console/cases/{case.pk}/"
    assert "Part of a known problem" in desk.get(url).content.decode()
    desk.post(f"{url}gather/", {"incident": incident.pk, "version": case.version})
    case.refresh_from_db()
    assert case.state == "gathered"
    page = desk.get(url).content.decode()
    assert "Not part of the known problem" in page and f"/console/incidents/{incident.pk}/" in page


def test_whoever_may_not_triage_reads_and_no_more(world, sign_in, incident):
    manager = sign_in(world.staff["area_manager"])
    page = manager.get(f"/console/incidents/{incident.pk}/")
    assert page.status_code == 200 and "Report once" not in page.content.decode()
    for path in ("edit", "gather", "report"):
        assert manager.get(f"/console/incidents/{incident.pk}/{path}/").status_code in (302, 403)
    assert manager.post(f"/console/incidents/{incident.pk}/withdraw/").status_code == 403
    Incident.objects.update(area=world.roads)
    assert manager.get(f"/console/incidents/{incident.pk}/").status_code == 404


def test_a_demand_that_failed_stands_among_the_faults_in_words(world, desk, incident):
    case = world.open()
    gather_case(actor=world.actor("supervisor"), case=case, incident=incident)
    held = Gathering.objects.get()
    from balcao.platform import faults

    faults.record(
        "incident",
        str(held.pk),
        "x",
        agency_id=world.agency.pk,
        case_id=case.pk,
        data={"gathering_id": held.pk, "incident_id": incident.pk},
    )
    fault = Fault.objects.get()
    assert "known problem" in desk.get("/console/faults/?kind=incident").content.decode()
    assert "known problem" in desk.get(f"/console/faults/{fault.pk}/").content.decode()
