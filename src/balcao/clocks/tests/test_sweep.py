"""The sweep: every rung sounds once, in order, by the index, also when several sweep and when nobody did for weeks."""

from datetime import datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from balcao.clocks.actions import extend_deadline, pause_deadline, resume_deadline, start_deadline
from balcao.clocks.models import Alarm, CalendarSnapshot, Deadline
from balcao.clocks.sweep import catch_up, due_alarms, retry_alarm, sweep
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.models import Event, Fault

from .calendars import SAO_PAULO


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO.zone)


SYSTEM = Actor.system()
START = at("2025-03-07T15:00")
UP = ["escalation-1", "escalation-2", "escalation-3"]


def begin(n: int = 1, **more: object) -> Deadline:
    agency, _ = Agency.objects.get_or_create(slug="praia", defaults={"name": "Prefeitura da Praia"})
    for _i in range(n):
        terms = {"rule": "lei-13460", "calendar": SAO_PAULO, "kind": "answer", "now": START, **more}
        clock = start_deadline(actor=SYSTEM, agency=agency, **terms)
    return clock


def hourly(until: datetime, since: datetime = START) -> list[tuple[str, str]]:
    """What sounds when the sweep comes by each hour."""
    now, heard = since, []
    while now < until:
        now += timedelta(hours=1)
        heard += [(alarm.level, SAO_PAULO.local(alarm.at).isoformat()[:13]) for alarm in sweep(now)]
    return heard


@pytest.mark.django_db
def test_warnings_breach_and_three_escalations_in_working_time() -> None:
    clock = begin()
    assert hourly(at("2025-04-30T00:00")) == [
        ("warning-50", "2025-03-24T08"),  # half of the time falls on a Sunday
        ("warning-80", "2025-04-02T13"),  # and four fifths in the lunch break
        ("breach", "2025-04-09T00"),
        ("escalation-1", "2025-04-09T08"),
        ("escalation-2", "2025-04-10T08"),
        ("escalation-3", "2025-04-11T08"),
    ]
    clock.refresh_from_db()
    assert clock.breached_at == clock.due_at and clock.next_alarm_at is None and clock.state == "running"
    assert list(Event.objects.order_by("id").values_list("kind", flat=True))[1:] == [
        *["DeadlineWarned"] * 2,
        "DeadlineBreached",
        *["DeadlineEscalated"] * 3,
    ]


@pytest.mark.django_db
def test_after_weeks_without_a_sweep_stale_warnings_are_left_out_and_the_breach_is_not() -> None:
    begin()
    late = at("2025-04-10T09:00")
    heard = []
    while found := sweep(late):
        heard += [alarm.level for alarm in found]
    assert heard == ["breach", "escalation-1", "escalation-2"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "kept", "ahead"),
    [
        (
            "2025-03-08T09:00",
            [],
            ["warning-50", "warning-80", "breach", "escalation-1", "escalation-2", "escalation-3"],
        ),
        ("2025-03-25T09:00", [], ["warning-80", "breach", *UP]),
        ("2025-04-09T07:00", ["breach"], UP),
        ("2025-06-01T09:00", ["breach"], []),
    ],
)
def test_a_clock_that_comes_in_with_its_past_keeps_its_breach_and_rings_only_for_what_is_ahead(moment, kept, ahead):
    clock = begin()
    catch_up(clock.pk, at(moment))
    past = Alarm.objects.filter(deadline=clock)
    assert [alarm.level for alarm in past] == kept
    assert all(alarm.at == clock.due_at + timedelta(seconds=1) for alarm in past), "when it happened, not today"
    assert [level for level, _ in hourly(at("2025-06-10T00:00"), at(moment))] == ahead


@pytest.mark.django_db
def test_a_pause_silences_the_clock_and_moves_its_warnings() -> None:
    clock = begin()
    pause_deadline(actor=SYSTEM, deadline=clock, reason="Falta o endereço", now=at("2025-03-20T09:00"))
    assert hourly(at("2025-04-10T00:00")) == []
    resume_deadline(actor=SYSTEM, deadline=clock, now=at("2025-04-10T09:00"))
    heard = hourly(at("2025-05-01T00:00"), at("2025-04-10T09:00"))
    assert [level for level, _ in heard] == ["warning-50", "warning-80", "breach", "escalation-1"]
    assert dict(heard)["breach"] == "2025-04-30T00"


@pytest.mark.django_db
def test_an_extension_brings_its_own_warnings() -> None:
    clock = begin()
    hourly(at("2025-04-05T00:00"))
    extend_deadline(actor=SYSTEM, deadline=clock, reason="Aguardamos o laudo", now=at("2025-04-05T10:00"))
    heard = hourly(at("2025-05-09T01:00"), at("2025-04-05T10:00"))
    assert [level for level, _ in heard] == ["warning-50", "warning-80", "breach"]
    assert Alarm.objects.filter(level="warning-80").count() == 2


@pytest.mark.django_db
def test_one_that_cannot_sound_delays_no_other_and_is_kept_for_the_operator() -> None:
    begin(3)
    broken = Deadline.objects.order_by("id")[1]
    nowhere = CalendarSnapshot.objects.create(key="nowhere", data={"timezone": "Nowhere/Land", "weekly": []})
    Deadline.objects.filter(pk=broken.pk).update(snapshot=nowhere)
    now = at("2025-03-25T09:00")
    assert len(sweep(now)) == 2 and sweep(now) == []
    fault = Fault.objects.get(kind="alarm", ended_at=None)
    assert fault.data == {"deadline_id": broken.pk}
    Deadline.objects.filter(pk=broken.pk).update(snapshot=broken.snapshot_id)
    retry_alarm(fault, SYSTEM)
    assert broken.pk in {alarm.deadline_id for alarm in sweep(timezone.now())}
    assert not Fault.objects.filter(ended_at=None).exists()


@pytest.mark.django_db
def test_the_sweep_reads_its_partial_index() -> None:
    begin(60)
    Deadline.objects.filter(pk__in=Deadline.objects.values("pk")[:55]).update(next_alarm_at=None, next_level="")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clocks_deadline")
        for other in ("seqscan", "bitmapscan", "sort"):  # sixty rows fit on a page: ask whether the index can serve it
            cursor.execute(f"SET LOCAL enable_{other} = off")
    with transaction.atomic():
        plan = due_alarms(at("2025-04-10T00:00")).select_for_update(skip_locked=True)[:10].explain()
    assert "deadline_sweep" in plan and "Sort" not in plan


@pytest.mark.django_db
def test_no_alarm_asks_for_what_the_sweep_left_unread() -> None:
    begin()
    with CaptureQueriesContext(connection) as seen:
        assert len(hourly(at("2025-04-30T00:00"))) == 6
    sent = [one["sql"] for one in seen if one["sql"].startswith('SELECT "clocks_deadline"')]
    assert all("SKIP LOCKED" in sql and '"explanation"' not in sql for sql in sent)


@pytest.mark.django_db(transaction=True)
def test_sweeps_side_by_side_sound_each_alarm_once() -> None:
    begin(30)
    now = at("2025-03-25T09:00")

    def work() -> None:
        try:
            while sweep(now, limit=4):
                pass
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while sweep(now):  # what one thread skipped because another held it
        pass
    assert Alarm.objects.count() == 30 == Event.objects.filter(kind="DeadlineWarned").count()
