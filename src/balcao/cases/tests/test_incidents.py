"""One problem, many people: one report answers everybody in it, each by their own name and number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from balcao.cases import incident_batches, incidents
from balcao.cases.actions import (
    gather_case,
    keep_incident,
    release_case,
    reopen_case,
    report_incident,
    settle_case,
    withdraw_incident,
)
from balcao.cases.models import Case, Gathering, Incident
from balcao.cases.sweeps import left_behind
from balcao.inbox import sending
from balcao.inbox.models import Delivery, Message
from balcao.inbox.outbound import SENDERS
from balcao.platform import faults
from balcao.platform.errors import IllegalMove, Invalid, NotAllowed, Refusal, Stale
from balcao.platform.models import Event, Fault
from balcao.workorders.models import WorkOrder

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


class Post:
    def __init__(self) -> None:
        self.sent: list = []

    def send(self, message) -> None:
        self.sent.append(message)


@pytest.fixture
def post(monkeypatch):
    box = Post()
    monkeypatch.setitem(SENDERS, "email", box)
    return box


def make(world, **changes) -> Incident:
    fields = {
        "agency": world.agency,
        "title": "Rompeu a adutora da Rua das Flores",
        "text": "A equipe está no local.",
        "area": world.roads,
        "began_at": BEGAN,
        "expected_by": BEGAN + timedelta(days=2),
    }
    services, places = changes.pop("services", [world.service]), changes.pop("places", [])
    incident = Incident(**(fields | changes))
    return keep_incident(actor=world.actor("supervisor"), incident=incident, services=services, places=places, now=NOW)


def gathered(world, incident, **changes) -> Case:
    case = world.open(now=NOW, **changes)
    return gather_case(actor=world.actor("supervisor"), case=case, incident=incident, now=NOW)


def run_jobs(incident) -> None:
    """What the worker does: the jobs of the end, twice, for each runs at least once."""
    pks = list(Gathering.objects.filter(incident=incident).values_list("pk", flat=True))
    for _time in range(2):
        incident_batches.end_batch(incident_id=incident.pk, first=min(pks, default=0), last=max(pks, default=0))


def test_a_gathered_case_keeps_its_number_and_date_and_waits_for_the_incidents_area(world):
    incident = make(world)
    case = world.open(now=NOW)
    due = case.deadline.due_at
    case = gather_case(actor=world.actor("supervisor"), case=case, incident=incident, now=NOW)
    case.refresh_from_db()
    assert (case.state, case.next_actor, case.area) == ("gathered", "area", world.roads)
    assert case.deadline.due_at == due and case.deadline.state == "running"
    assert set(WorkOrder.objects.filter(case=case).values_list("state", flat=True)) == {"cancelled"}
    assert incidents.incident_of(case) == incident


def test_one_report_answers_everybody_by_their_own_name_number_and_channel(world, post):
    incident = make(world)
    maria, by_mail = world.person()
    joao, his_mail = world.person("João Prado", "joao@example.org", "111.444.777-35")
    cases = [
        gathered(world, incident, reporter=maria, contact=by_mail),
        gathered(world, incident, reporter=joao, contact=his_mail),
        gathered(world, incident),  # anonymous: reads it on the page
    ]
    report_incident(
        actor=world.actor("supervisor"), incident=incident, outcome="solved", report="Água de volta às 14h.", now=NOW
    )
    assert {c.state for c in Case.objects.all()} == {"gathered"}, "nobody is answered in the request"
    run_jobs(incident)
    assert incidents.progress(incident) == incidents.Progress(3, 0, 2, 1, 0, 0)
    for delivery in Delivery.objects.filter(message__purpose="answer"):
        sending.deliver(delivery.pk, NOW)
    for case in cases:
        case.refresh_from_db()
        assert (case.state, case.next_actor, case.outcome) == ("closed", "", "solved")
        case.deadline.refresh_from_db()
        assert case.deadline.state == "stopped"
        assert case.answers_given.get().attempted_at
    mine = {message.address: message for message in post.sent}
    assert set(mine) == {"maria@example.org", "joao@example.org"}
    assert "Maria" in mine["maria@example.org"].body and "João" in mine["joao@example.org"].body
    assert mine["maria@example.org"].protocol == cases[0].protocol
    assert all("Água de volta às 14h." in message.body for message in post.sent)
    assert incidents.progress(incident).percent == 100
    assert Message.objects.filter(purpose="answer").count() == 3, "a job that runs twice answers once"


def test_what_fails_stands_on_the_faults_page_and_stops_nobody_and_can_be_tried_again(world, monkeypatch):
    incident = make(world)
    first, second = gathered(world, incident), gathered(world, incident)
    report_incident(actor=world.actor("supervisor"), incident=incident, outcome="solved", report="Pronto.", now=NOW)

    def breaks(*, actor, case, now=None):
        if case.pk == first.pk:
            raise RuntimeError("the words of Maria")
        return settle_case(actor=actor, case=case, now=now)

    monkeypatch.setattr("balcao.cases.incident_batches.settle_case", breaks)
    run_jobs(incident)
    second.refresh_from_db()
    fault = Fault.objects.get(kind="incident")
    assert second.state == "closed" and fault.case_id == first.pk and "Maria" not in fault.reason
    assert incidents.progress(incident).failed == 1
    monkeypatch.undo()
    faults.retry(actor=world.actor("supervisor"), fault=fault)
    first.refresh_from_db()
    assert first.state == "closed" and not Fault.objects.filter(kind="incident", ended_at=None).exists()


def test_a_database_that_goes_away_leaves_the_batch_to_be_done_again(world, monkeypatch):
    from django.db import OperationalError

    incident = make(world)
    gathered(world, incident)
    report_incident(actor=world.actor("supervisor"), incident=incident, outcome="solved", report="Pronto.", now=NOW)

    def gone(**kwargs):
        raise OperationalError

    monkeypatch.setattr("balcao.cases.incident_batches.settle_case", gone)
    with pytest.raises(OperationalError):
        run_jobs(incident)
    assert not Fault.objects.exists()
    monkeypatch.undo()
    run_jobs(incident)
    assert incidents.progress(incident).answered == 1


def test_a_withdrawn_incident_lets_everybody_go_on_by_themselves(world):
    incident = make(world)
    case = gathered(world, incident)
    withdraw_incident(actor=world.actor("supervisor"), incident=incident, now=NOW)
    run_jobs(incident)
    case.refresh_from_db()
    assert (case.state, case.area) == ("working", world.trees), "routed anew by the matrix"
    assert WorkOrder.objects.filter(case=case, state="issued").count() == 1
    assert incidents.progress(incident).people == 0


def test_who_asked_may_reopen_and_be_part_of_the_next_one(world):
    incident = make(world)
    case = gathered(world, incident)
    report_incident(actor=world.actor("supervisor"), incident=incident, outcome="solved", report="Pronto.", now=NOW)
    run_jobs(incident)
    case = reopen_case(actor=world.citizen, case=Case.objects.get(pk=case.pk), reason="Continua sem água.")
    again = gather_case(actor=world.actor("supervisor"), case=case, incident=make(world))
    assert again.state == "gathered" and Gathering.objects.filter(case=case).count() == 2


def test_who_was_asked_something_is_gathered_too_and_the_clock_runs_again(world):
    from balcao.cases.actions import ask_citizen

    incident, supervisor = make(world), world.actor("supervisor")
    case = world.open(now=NOW)
    ask_citizen(actor=supervisor, case=case, question="Em que rua?", now=NOW)
    case = gather_case(actor=supervisor, case=case, incident=incident, now=NOW + timedelta(hours=1))
    case.deadline.refresh_from_db()
    assert case.state == "gathered" and case.deadline.state == "running"


def test_followers_of_a_gathered_case_get_the_same_answer(world):
    from balcao.cases.actions import merge_case

    incident, supervisor = make(world), world.actor("supervisor")
    first, second = world.open(now=NOW), world.open(now=NOW)
    merge_case(actor=supervisor, case=second, primary=first, now=NOW)
    gather_case(actor=supervisor, case=first, incident=incident, now=NOW)
    second.refresh_from_db()
    assert (second.next_actor, second.area) == ("area", world.roads)
    report_incident(actor=supervisor, incident=incident, outcome="partly", report="Metade.", now=NOW)
    run_jobs(incident)
    assert set(Case.objects.values_list("state", "outcome")) == {("closed", "partly")}


def test_reports_of_wrongdoing_and_sealed_authors_are_never_gathered_or_suggested(world):
    incident = make(world)
    person, contact = world.person()
    sealed = world.open(kind="denuncia", reporter=person, contact=contact, now=NOW)
    unnamed = world.open(kind="denuncia", now=NOW)
    plain = world.open(now=NOW)
    assert incidents.suggested(incident, world.actor("supervisor")) == [plain.pk]
    for case in (sealed, unnamed):
        with pytest.raises(Refusal):
            gather_case(actor=world.actor("supervisor"), case=case, incident=incident, now=NOW)


def test_what_belongs_to_it_is_found_by_service_place_and_time(world):
    from balcao.cases.actions import Location

    incident = make(world, places=[world.district], lat=-23.55, lon=-46.63, radius_m=300)
    here = world.open(location=Location(place=world.district), now=NOW)
    near = world.open(location=Location(lat=-23.551, lon=-46.631), now=NOW)
    world.open(location=Location(lat=-23.56, lon=-46.65), now=NOW)  # two kilometres away
    world.open(location=Location(place=world.district), now=BEGAN - timedelta(hours=1))  # before it began
    world.open(service=world.unrouted, location=Location(place=world.district), now=NOW)
    assert incidents.suggested(incident, world.actor("supervisor")) == [here.pk, near.pk]
    assert incidents.suggested(incident, world.actor("area_manager")) == [here.pk, near.pk]
    assert incidents.covers(incident, lat=None, lon=None, place_slug="centro")
    assert not incidents.covers(incident, lat=-23.56, lon=-46.65)


def test_many_are_gathered_in_jobs_and_what_has_moved_on_is_left_alone(world, monkeypatch):
    incident, supervisor = make(world), world.actor("supervisor")
    cases = [world.open(now=NOW) for _ in range(4)]
    gather_case(actor=supervisor, case=cases[0], incident=incident, now=NOW)
    pks = [case.pk for case in cases]
    assert incident_batches.gather_many(actor=supervisor, incident=incident, case_ids=pks) == (3, 1, 0)
    more = [world.open(now=NOW).pk for _ in range(3)]
    monkeypatch.setattr(incident_batches, "AT_ONCE", 2)
    assert incident_batches.gather_many(actor=supervisor, incident=incident, case_ids=more) == (0, 0, 3)
    incident_batches.gather_batch(incident_id=incident.pk, case_ids=more, staff_id=supervisor.id)
    incident_batches.gather_batch(incident_id=incident.pk, case_ids=more, staff_id=supervisor.id)
    assert incidents.progress(incident).people == 7
    assert set(Event.objects.filter(kind="CaseGathered").values_list("actor_id", flat=True)) == {supervisor.id}


def test_an_ended_incident_takes_nobody_and_does_not_change(world):
    incident, supervisor = make(world), world.actor("supervisor")
    case = world.open(now=NOW)
    report_incident(actor=supervisor, incident=incident, outcome="solved", report="Pronto.", now=NOW)
    with pytest.raises(Refusal):
        gather_case(actor=supervisor, case=case, incident=incident, now=NOW)
    incident.title = "Outra coisa"
    with pytest.raises(IllegalMove):
        keep_incident(actor=supervisor, incident=incident, services=[world.service], now=NOW)
    with pytest.raises(IllegalMove):
        withdraw_incident(actor=supervisor, incident=incident, now=NOW)
    assert incidents.known(world.agency.pk, now=NOW) == []


def test_who_may_do_what(world):
    incident = make(world)
    case = world.open(now=NOW)
    for role in ("area_manager", "field_agent"):
        actor = world.actor(role)
        with pytest.raises(NotAllowed):
            gather_case(actor=actor, case=case, incident=incident, now=NOW)
        with pytest.raises(NotAllowed):
            report_incident(actor=actor, incident=incident, outcome="solved", report="Pronto.", now=NOW)
        with pytest.raises(NotAllowed):
            withdraw_incident(actor=actor, incident=incident, now=NOW)
        assert not Incident.objects.visible_to(actor).exists(), "another area's"
    assert not Incident.objects.visible_to(world.citizen).exists()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": " "}),
        ("text", {"text": ""}),
        ("services", {"services": []}),
        ("radius_m", {"lat": -23.5, "lon": -46.6}),
        ("radius_m", {"lat": -23.5, "lon": -46.6, "radius_m": 50_000}),
        ("lat", {"lat": 123.0, "lon": -46.6, "radius_m": 50}),
        ("expected_by", {"expected_by": BEGAN - timedelta(hours=1)}),
    ],
)
def test_what_is_wrong_names_its_field(world, field, changes):
    with pytest.raises(Invalid) as wrong:
        make(world, **changes)
    assert wrong.value.field == field and not Incident.objects.exists()


def test_two_who_edit_at_once_are_told(world):
    incident = make(world)
    incident.title = "Rompeu a adutora"
    keep_incident(actor=world.actor("supervisor"), incident=incident, services=[world.service], version=1, now=NOW)
    with pytest.raises(Stale):
        keep_incident(actor=world.actor("supervisor"), incident=incident, services=[world.service], version=1, now=NOW)


def test_a_case_is_let_go_of_and_one_left_behind_is_found(world):
    incident, supervisor = make(world), world.actor("supervisor")
    free, stays = gathered(world, incident), gathered(world, incident)
    release_case(actor=supervisor, case=free, now=NOW)
    free.refresh_from_db()
    assert free.state == "working" and incidents.incident_of(free) is None
    report_incident(actor=supervisor, incident=incident, outcome="solved", report="Pronto.", now=NOW)
    assert [c.pk for c in left_behind(NOW + timedelta(hours=2))] == [stays.pk]
    run_jobs(incident)
    assert not left_behind(NOW + timedelta(hours=2)).exists()
