"""A demand from beginning to end, through the actions, on PostgreSQL."""

import pytest

from balcao.cases.actions import add_information, ask_citizen, reopen_case, send_answer
from balcao.cases.states import State
from balcao.inbox.opening import open_and_acknowledge
from balcao.inbox.sending import deliver
from balcao.platform.models import Event
from balcao.questionnaires.actions import rate_answer
from balcao.workorders.actions import accept_order, accept_report, file_report
from tests.world import make_world

pytestmark = pytest.mark.django_db


def test_a_demand_reaches_its_area_is_answered_rated_and_reopened(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    from django.core import mail

    world = make_world()
    person, contact = world.person()
    opened = open_and_acknowledge(
        actor=world.citizen,
        service=world.service,
        kind="reclamacao",
        channel="portal",
        description="Galho caído",
        reporter=person,
        contact=contact,
    )
    case = opened.case
    case.refresh_from_db()
    assert (case.state, case.area, case.next_actor) == (State.WORKING, world.trees, "area")
    order = case.orders.get()

    supervisor, manager = world.actor("supervisor"), world.actor("area_manager")
    ask_citizen(actor=supervisor, case=case, question="Em qual rua?")
    case.refresh_from_db()
    assert case.state == State.WAITING and case.deadline.due_at is None
    add_information(actor=world.citizen, case=case, text="Rua das Flores")
    case.refresh_from_db()
    assert case.state == State.WORKING and case.deadline.due_at is not None

    accept_order(actor=manager, order=order)
    report = file_report(actor=manager, order=order, outcome="solved", text="Galho removido na terça.")
    answer = accept_report(actor=supervisor, report=report)
    assert "Galho removido" in answer.body and "Maria" in answer.body
    send_answer(actor=supervisor, case=case)
    case.refresh_from_db()
    assert case.state == State.ANSWERING and case.next_actor == "system"

    delivery = case.messages.get(purpose="answer").deliveries.get()
    deliver(delivery.pk)
    deliver(delivery.pk)  # a job may run twice; the letter goes once
    case.refresh_from_db()
    assert case.state == State.CLOSED and case.next_actor == "" and case.outcome == "solved"
    assert [m.to for m in mail.outbox] == [["maria@example.org"]]

    rate_answer(actor=world.citizen, answer=answer, score=9, comment="Rápido!")
    reopen_case(actor=world.citizen, case=case, reason="O galho voltou a cair")
    case.refresh_from_db()
    assert case.state == State.WORKING and case.orders.count() == 2
    kinds = list(Event.objects.filter(case_id=case.pk).order_by("id").values_list("kind", flat=True))
    assert (
        kinds.index("CaseOpened") < kinds.index("OrderIssued") < kinds.index("AnswerSent") < kinds.index("CaseClosed")
    )
