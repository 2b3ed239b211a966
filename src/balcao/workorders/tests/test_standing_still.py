"""Whatever was acknowledged and does not move is found, told, and mended where a machine can."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.actions import ask_citizen, refuse_case, send_answer, write_note
from balcao.cases.models import Case
from balcao.inbox.models import Delivery, Message
from balcao.inbox.sending import deliver
from balcao.platform import faults, stuck
from balcao.platform.errors import Refusal
from balcao.platform.models import Fault
from balcao.workorders.actions import accept_report, file_report
from balcao.workorders.models import WorkOrder
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return make_world()


def found(days=0.0, **later):
    """What the sweep finds when that much time has passed: {(why, case)}. No worker runs in a test, so jobs wait: they
    have a test of their own."""
    stuck.sweep(timezone.now() + timedelta(days=days, **later))
    return {(f.data["why"], f.case_id) for f in Fault.objects.filter(kind="stuck", ended_at=None)} - {("job", None)}


def mend(world, why):
    fault = Fault.objects.get(kind="stuck", data__why=why, ended_at=None)
    faults.retry(actor=world.actor("supervisor"), fault=fault)


def test_a_new_case_that_is_worked_on_is_no_news(world):
    world.open()
    world.open(service=world.unrouted)
    assert found(hours=3) == set()


def test_too_long_in_triage_until_somebody_moves_it(world):
    case = world.open(service=world.unrouted)
    assert found(days=4) == set()
    write_note(actor=world.actor("supervisor"), case=case, text="Vou ver isso")
    assert found(days=6) == {("triage", case.pk)}
    with pytest.raises(Refusal):
        mend(world, "triage")
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade.")
    assert found(days=6) == set()
    assert Fault.objects.get(kind="stuck", data__why="triage").ended_reason == "mended"


def test_the_citizen_has_twenty_days(world):
    case = world.open()
    ask_citizen(actor=world.actor("supervisor"), case=case, question="Em qual rua?")
    assert found(days=19) == set()
    assert found(days=21) == {("citizen", case.pk)}


def test_an_area_without_an_order_gets_one(world):
    case = world.open()
    WorkOrder.objects.filter(case=case).update(state="cancelled", ended_at=timezone.now())
    assert found(hours=1) == {("no_order", case.pk)}
    Case.objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(hours=1))
    mend(world, "no_order")
    assert case.orders.filter(state="issued").count() == 1
    assert found(hours=1) == set()


def test_a_report_that_nobody_reads_and_a_draft_that_nobody_sends(world):
    read, unread = world.open(), world.open()
    for case in (read, unread):
        report = file_report(
            actor=world.actor("area_manager"), order=case.orders.get(), outcome="solved", text="Pronto."
        )
    accept_report(actor=world.actor("supervisor"), report=read.orders.get().reports.get())
    assert report.order.case == unread
    assert found(days=6) == {("review", read.pk), ("review", unread.pk)}
    send_answer(actor=world.actor("supervisor"), case=Case.objects.get(pk=read.pk))
    assert found(days=6) == {("review", unread.pk)}


def sent(world):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade.")
    return case


def test_an_untried_delivery_is_queued_again(world, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    case = sent(world)
    delivery = Delivery.objects.get()
    past = timezone.now() - timedelta(hours=2)
    Delivery.objects.update(next_try_at=past, claimed_at=past)
    assert found() == {("delivery", case.pk)}
    mend(world, "delivery")
    delivery.refresh_from_db()
    assert delivery.claimed_at is None and found() == set()
    deliver(delivery.pk)
    case.refresh_from_db()
    assert case.state == "closed"


def test_an_answer_without_a_delivery_gets_one(world):
    case = sent(world)
    Message.objects.all().delete()
    assert found(hours=2) == {("answering", case.pk)}
    age(case)
    mend(world, "answering")
    assert Delivery.objects.get().message.purpose == "answer"
    assert found() == set()


def age(case):
    """Its history lies two hours back, as the table's own trigger refuses to change it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE platform_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE platform_event SET at = at - interval '2 hours' WHERE case_id = %s", [case.pk])
        cursor.execute("ALTER TABLE platform_event ENABLE TRIGGER USER")
        cursor.execute("UPDATE cases_case SET opened_at = opened_at - interval '2 hours' WHERE id = %s", [case.pk])


def test_a_question_whose_letter_was_lost_is_asked_again(world):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    asked = ask_citizen(actor=world.actor("supervisor"), case=case, question="Em qual rua?")
    type(asked).objects.filter(pk=asked.pk).update(at=timezone.now() - timedelta(hours=2))
    assert found() == {("question", case.pk)}
    mend(world, "question")
    assert "Em qual rua?" in Message.objects.get(purpose="question").body
    assert found() == set()


def test_ended_by_hand_it_stays_quiet_for_a_week(world):
    world.open(service=world.unrouted)
    found(days=6)
    fault = Fault.objects.get(kind="stuck", data__why="triage")
    faults.end(actor=world.actor("supervisor"), fault=fault, reason="Esperamos o prefeito")
    assert found(days=6) == set()
    assert len(found(days=14)) == 1


def test_swept_twice_it_is_told_once(world):
    world.open(service=world.unrouted)
    found(days=6), found(days=6)
    assert Fault.objects.get(kind="stuck", data__why="triage").count == 1


def test_a_job_that_no_worker_takes_is_told_to_the_installation(world):
    sent(world)
    stuck.sweep(timezone.now() + timedelta(minutes=50))
    assert not Fault.objects.filter(data__why="job").exists()
    stuck.sweep(timezone.now() + timedelta(minutes=70))
    assert set(Fault.objects.filter(data__why="job").values_list("agency_id", flat=True)) == {None}


def test_a_check_that_breaks_stops_no_other(world, monkeypatch):
    case = world.open(service=world.unrouted)

    def breaks(now):
        raise RuntimeError("boom")

    monkeypatch.setitem(stuck.CHECKS, "no_order", stuck.Check("no_order", "r", breaks, case="pk"))
    assert found(days=6) == {("triage", case.pk)}
    assert Fault.objects.get(kind="job").key == "stuck:no_order"
