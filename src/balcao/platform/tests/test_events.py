"""Facts are written with what they tell of, and whoever must react does."""

from dataclasses import dataclass

import pytest
from django.db import DatabaseError, transaction

from balcao.platform import events
from balcao.platform.actors import Actor
from balcao.platform.events import Fact, Happened, emit, only_where, react, wire
from balcao.platform.models import Event

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, kw_only=True)
class LampFixed(Fact):
    lamp_id: int


@pytest.fixture
def wiring():
    """Lets a test wire its own reactions, and puts the product's back."""
    kept = (dict(events._at_once), dict(events._later), events._defer)
    yield wire
    wire(*kept)


def test_a_fact_is_written_reacted_to_at_once_and_leaves_its_jobs(wiring):
    at_once, deferred = [], []
    wiring({LampFixed: [at_once.append]}, {LampFixed: [later]}, deferred.extend)
    happened = emit(LampFixed(lamp_id=7), actor=Actor.citizen(3, 5), agency_id=3, case_id=11, subject="the row")
    event = Event.objects.get(pk=happened.event_id)
    assert (event.kind, event.data, event.actor_kind, event.actor_id) == ("LampFixed", {"lamp_id": 7}, "citizen", 5)
    assert at_once == [happened] and happened.subject == "the row"
    assert [job["reaction"] for job in deferred] == [f"{__name__}.later"]


def test_no_job_is_left_for_what_a_reaction_would_do_nothing_about(wiring):
    deferred = []
    wiring({}, {LampFixed: [of_the_square, later]}, deferred.extend)
    for place in ("square", "street"):
        emit(LampFixed(lamp_id=7), actor=Actor.system(3), agency_id=3, subject=place)
    named = [job["reaction"].rpartition(".")[2] for job in deferred]
    assert named == ["of_the_square", "later", "later"]


@only_where(lambda happened: happened.subject == "square")
def of_the_square(happened: Happened) -> None:
    heard.append(happened)


heard: list[Happened] = []


def later(happened: Happened) -> None:
    heard.append(happened)


def test_a_job_reads_the_fact_again_and_acts_as_the_system(wiring):
    heard.clear()
    wiring({}, {LampFixed: [later]}, lambda jobs: None)
    happened = emit(LampFixed(lamp_id=7), actor=Actor.citizen(3, 5), agency_id=3, case_id=11)
    react(happened.event_id, f"{__name__}.later")
    (again,) = heard
    assert again.fact == LampFixed(lamp_id=7) and again.actor == Actor.system(3) and again.case_id == 11


def test_a_reaction_that_fails_takes_the_fact_with_it(wiring):
    def breaks(happened: Happened) -> None:
        raise RuntimeError("no order could be issued")

    wiring({LampFixed: [breaks]}, {}, lambda jobs: None)
    with pytest.raises(RuntimeError), transaction.atomic():
        emit(LampFixed(lamp_id=8), actor=Actor.system(), agency_id=None)
    assert not Event.objects.filter(kind="LampFixed").exists()


@pytest.mark.parametrize("change", ["update", "delete"])
def test_history_cannot_be_rewritten(change):
    emit(LampFixed(lamp_id=9), actor=Actor.system(), agency_id=None)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows = Event.objects.all()
        rows.update(kind="Other") if change == "update" else rows._raw_delete(rows.db)


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="outside a transaction"):
        emit(LampFixed(lamp_id=1), actor=Actor.system(), agency_id=None)
