"""A clock in the database: what may be done to it, and what it remembers."""

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from balcao.clocks.actions import (
    extend_deadline,
    may_pause,
    pause_deadline,
    resume_deadline,
    start_deadline,
    stop_deadline,
)
from balcao.clocks.errors import (
    AlreadyPassed,
    LongerThanTheLaw,
    MayNotExtend,
    MayNotPause,
    NeedsReason,
    NotRunning,
)
from balcao.clocks.models import Deadline, Pause
from balcao.clocks.queries import deadlines_of_case, overdue
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed
from balcao.platform.models import Event

from .calendars import LISBON, SAO_PAULO

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO.zone)


def local(moment: datetime | None) -> str:
    assert moment
    return SAO_PAULO.local(moment).isoformat()[:16]


@pytest.fixture
def agency() -> Agency:
    return Agency.objects.create(slug="praia", name="Prefeitura da Praia")


@pytest.fixture
def actor(agency: Agency) -> Actor:
    return Actor(kind="staff", id=7, agency_id=agency.pk)


@pytest.fixture
def clock(agency: Agency, actor: Actor) -> Deadline:
    return begin(agency, actor)


def begin(agency: Agency, actor: Actor, rule: str = "lei-13460", **more: object) -> Deadline:
    terms = {"calendar": SAO_PAULO, "kind": "answer", "case_id": 42, "now": at("2025-03-07T15:00"), **more}
    return start_deadline(actor=actor, agency=agency, rule=rule, **terms)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_a_started_clock_keeps_everything_that_it_was_computed_from(clock: Deadline) -> None:
    clock.refresh_from_db()
    assert (clock.rule_slug, clock.rule_version, clock.amount, clock.unit) == ("lei-13460", 1, 30, "calendar_days")
    assert local(clock.due_at) == local(clock.original_due_at) == "2025-04-08T23:59"
    assert clock.calendar == SAO_PAULO.pin(2025, 2025)
    assert [step["key"] for step in clock.explanation] == ["received", "counts_from", "amount", "due"]
    assert kinds() == ["DeadlineStarted"] and Event.objects.get().case_id == 42


def test_a_service_promises_less_than_the_law_never_more(agency: Agency, actor: Actor) -> None:
    assert local(begin(agency, actor, amount=10, unit="calendar_days").due_at) == "2025-03-19T23:59"
    with pytest.raises(LongerThanTheLaw, match=r"art\. 16"):
        begin(agency, actor, amount=31)
    assert Deadline.objects.count() == 1


def test_a_paused_clock_has_no_date_and_resumes_with_a_later_one(clock: Deadline, actor: Actor) -> None:
    paused = pause_deadline(actor=actor, deadline=clock, reason="Falta o endereço", now=at("2025-03-20T09:00"))
    assert paused.due_at is None and paused.next_alarm_at is None and paused.state == "paused"
    again = resume_deadline(actor=actor, deadline=paused, now=at("2025-03-27T18:00"))
    again.refresh_from_db()
    assert local(again.due_at) == "2025-04-15T23:59" and local(again.original_due_at) == "2025-04-08T23:59"
    assert again.next_alarm_at and again.explanation[3]["params"]["reason"] == "Falta o endereço"
    assert kinds() == ["DeadlineStarted", "DeadlinePaused", "DeadlineResumed"]
    assert "endereço" not in str(list(Event.objects.values_list("data", flat=True)))


@pytest.mark.parametrize(("rule", "calendar"), [("lai", SAO_PAULO), ("sac", SAO_PAULO), ("livro-amarelo", LISBON)])
def test_where_the_law_knows_no_pause_the_refusal_cites_it(
    agency: Agency, actor: Actor, rule: str, calendar: object
) -> None:
    clock = begin(agency, actor, rule, calendar=calendar)
    assert not may_pause(clock, at("2025-03-10T09:00"))
    with pytest.raises(MayNotPause) as refused:
        pause_deadline(actor=actor, deadline=clock, reason="Falta o endereço", now=at("2025-03-10T09:00"))
    assert clock.rule.citation in str(refused.value)
    clock.refresh_from_db()
    assert clock.state == "running" and not Pause.objects.exists()


def test_an_extension_is_given_once_with_its_reason(clock: Deadline, actor: Actor) -> None:
    with pytest.raises(NeedsReason):
        extend_deadline(actor=actor, deadline=clock, reason="  ", now=at("2025-04-01T09:00"))
    with pytest.raises(MayNotExtend):
        extend_deadline(actor=actor, deadline=clock, reason="Laudo", amount=31, now=at("2025-04-01T09:00"))
    longer = extend_deadline(actor=actor, deadline=clock, reason="Aguardamos o laudo", now=at("2025-04-01T09:00"))
    assert local(longer.due_at) == "2025-05-08T23:59"
    with pytest.raises(MayNotExtend, match=r"art\. 16"):
        extend_deadline(actor=actor, deadline=clock, reason="Outra vez", now=at("2025-05-01T09:00"))


@pytest.mark.parametrize(("rule", "calendar"), [("sac", SAO_PAULO), ("livro-amarelo", LISBON)])
def test_where_the_law_knows_no_extension_there_is_none(
    agency: Agency, actor: Actor, rule: str, calendar: object
) -> None:
    clock = begin(agency, actor, rule, calendar=calendar)
    with pytest.raises(MayNotExtend):
        extend_deadline(actor=actor, deadline=clock, reason="Laudo", now=at("2025-03-10T09:00"))


def test_what_has_passed_can_be_neither_paused_nor_extended(clock: Deadline, actor: Actor) -> None:
    late = at("2025-04-09T08:00")
    assert may_pause(clock, at("2025-04-08T20:00")) and not may_pause(clock, late)
    with pytest.raises(AlreadyPassed):
        pause_deadline(actor=actor, deadline=clock, reason="Falta o endereço", now=late)
    with pytest.raises(AlreadyPassed):
        extend_deadline(actor=actor, deadline=clock, reason="Laudo", now=late)


def test_stopping_in_time_meets_the_promise_and_is_the_end(clock: Deadline, actor: Actor) -> None:
    done = stop_deadline(actor=actor, deadline=clock, now=at("2025-04-08T23:59"))
    assert done.met is True and done.next_alarm_at is None
    for again in (stop_deadline, resume_deadline):
        with pytest.raises(NotRunning):
            again(actor=actor, deadline=done, now=at("2025-04-09T09:00"))


def test_stopping_late_records_the_breach_that_nobody_swept(clock: Deadline, actor: Actor) -> None:
    done = stop_deadline(actor=actor, deadline=clock, now=at("2025-04-10T09:00"))
    assert done.met is False and done.breached_at == done.due_at
    assert [alarm.level for alarm in done.alarms.all()] == ["breach"]
    assert kinds() == ["DeadlineStarted", "DeadlineBreached", "DeadlineStopped"]


def test_a_paused_clock_that_is_stopped_ends_its_pause(clock: Deadline, actor: Actor) -> None:
    pause_deadline(actor=actor, deadline=clock, reason="Falta o endereço", now=at("2025-03-20T09:00"))
    done = stop_deadline(actor=actor, deadline=clock, now=at("2025-05-20T09:00"))
    assert done.met is True and done.due_at and not done.pauses.filter(ended_at=None).exists()


def test_another_agency_neither_touches_nor_sees_it(clock: Deadline, actor: Actor) -> None:
    stranger = Actor(kind="staff", id=8, agency_id=clock.agency_id + 1)
    with pytest.raises(NotAllowed):
        stop_deadline(actor=stranger, deadline=clock)
    assert not deadlines_of_case(stranger, 42) and not overdue(stranger, at("2026-01-01T00:00"))
    assert list(deadlines_of_case(actor, 42)) == list(overdue(actor, at("2025-04-09T00:00"))) == [clock]
    assert not overdue(actor, at("2025-04-08T23:00"))


def test_the_database_refuses_what_the_code_must_not_do(clock: Deadline) -> None:
    Pause.objects.create(deadline=clock, started_at=at("2025-03-08T10:00"), reason="x", actor_kind="staff")
    wrong = [
        lambda: Pause.objects.create(deadline=clock, started_at=at("2025-03-09T10:00"), reason="y", actor_kind="staff"),
        lambda: Deadline.objects.update(due_at=None),
        lambda: Deadline.objects.update(due_at=at("2025-04-07T00:00")),
        lambda: Deadline.objects.update(state="stopped", next_alarm_at=None),
        lambda: Deadline.objects.update(state="paused"),
    ]
    for change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
