"""Many at once, with real connections: nothing is numbered twice, nothing is sent twice, one of two wins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from balcao.cases.actions import ask_citizen, open_case, refuse_case, send_answer, transfer_case
from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.channels.portal import drafts
from balcao.channels.portal.models import Draft
from balcao.channels.portal.tests.driver import Walker
from balcao.citizens.models import Person
from balcao.clocks.models import Deadline
from balcao.inbox.models import Delivery, Message
from balcao.inbox.opening import open_and_acknowledge
from balcao.inbox.sending import deliver
from balcao.platform.errors import Refusal, Stale
from balcao.platform.models import Event
from balcao.platform.numbering import parse_protocol
from balcao.workorders.actions import accept_order, accept_report, file_report
from balcao.workorders.models import WorkOrder
from tests.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(times: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(0) … work(times - 1)`, each in a thread with its own connection, all let go at the same moment.

    Returns what each returned, or the exception that it raised."""
    gate = Barrier(times, timeout=30)

    def one(number: int) -> Any:
        try:
            connection.ensure_connection()
            gate.wait()
            return work(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))


def demand(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "actor": world.citizen,
        "service": world.service,
        "kind": "solicitacao",
        "channel": "portal",
        "description": "Árvore seca com risco de cair",
    } | changes


def test_fifty_openings_at_once_are_fifty_protocols_each_with_its_order_and_its_date():
    world = make_world()
    opened = at_once(50, lambda n: open_case(**demand(world, external_id=f"at-once-{n}")))
    assert not [o for o in opened if isinstance(o, Exception)]
    protocols = {parse_protocol(o.case.protocol) for o in opened}
    assert len(protocols) == 50 == Case.objects.count()
    assert {s for s in Case.objects.values_list("state", flat=True)} == {State.WORKING}
    assert WorkOrder.objects.values("case").distinct().count() == 50 == WorkOrder.objects.count()
    deadlines = list(Case.objects.values_list("deadline_id", flat=True))
    deadlines += WorkOrder.objects.values_list("deadline_id", flat=True)
    assert len(set(deadlines)) == 100 == Deadline.objects.filter(state="running", due_at__isnull=False).count()
    assert Event.objects.filter(kind="CaseOpened").count() == 50


def test_the_same_demand_sent_ten_times_at_once_opens_one_case_and_one_receipt(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    world = make_world()
    person, contact = world.person()
    same = demand(world, reporter=person, contact=contact, external_id="the-same", access_code="KXWP7M3QRT")
    opened = at_once(10, lambda n: open_and_acknowledge(**same))
    assert not [o for o in opened if isinstance(o, Exception)], opened
    assert Case.objects.count() == WorkOrder.objects.count() == 1
    assert {o.case.pk for o in opened} == {Case.objects.get().pk}
    assert sorted(o.repeat for o in opened) == [False] + [True] * 9
    assert Message.objects.filter(purpose="receipt").count() == Delivery.objects.count() == 1
    assert Deadline.objects.count() == 2, "the clocks of the nine that lost went with them"


def test_a_draft_sent_ten_times_at_once_opens_one_case_and_all_come_to_it():
    world = make_world()
    walker = Walker(world.service)
    walker.fill()
    found = [drafts.find(walker.draft(), agency=world.agency, now=timezone.now()) for _ in range(10)]
    askings = [drafts.open_draft(one, locale="pt-br") for one in found if one]
    sent = at_once(10, lambda n: drafts.send(askings[n], actor=world.citizen, now=timezone.now()).case_id)
    assert sent == [Case.objects.get().pk] * 10
    assert WorkOrder.objects.count() == Delivery.objects.count() == 1
    assert Draft.objects.get().interview == ""


def test_two_attendants_act_on_one_case_one_wins_and_the_other_reads_why():
    world = make_world()
    case = world.open(service=world.unrouted)
    supervisor = world.actor("supervisor")

    def act(number: int) -> Any:
        if number:
            return refuse_case(actor=supervisor, case=case, reason="Não é da cidade", version=case.version)
        return transfer_case(actor=supervisor, case=case, area=world.roads, reason="É da via", version=case.version)

    done = at_once(2, act)
    lost = [d for d in done if isinstance(d, Exception)]
    assert len(lost) == 1 and isinstance(lost[0], Stale), done
    assert str(lost[0].sentence).strip()
    fresh = Case.objects.get()
    told = Event.objects.filter(case_id=case.pk, kind__in=["CaseRefused", "CaseTransferred"])
    assert told.count() == 1
    assert (told.get().kind == "CaseRefused") == (fresh.state == State.CLOSED)


def test_without_a_version_the_table_of_moves_still_lets_one_win():
    world = make_world()
    case = world.open(service=world.unrouted)
    supervisor = world.actor("supervisor")
    done = at_once(4, lambda n: ask_citizen(actor=supervisor, case=case, question=f"Em qual rua? ({n})"))
    lost = [d for d in done if isinstance(d, Exception)]
    assert len(lost) == 3 and all(isinstance(d, Refusal) and str(d.sentence) for d in lost), done
    assert case.remarks.filter(kind="question").count() == 1
    assert Deadline.objects.get(case=case).pauses.count() == 1


def test_workers_that_claim_the_same_delivery_send_one_letter(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    world = make_world()
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    manager, supervisor = world.actor("area_manager"), world.actor("supervisor")
    order = WorkOrder.objects.get()
    accept_order(actor=manager, order=order)
    report = file_report(actor=manager, order=order, outcome="solved", text="Feito.")
    accept_report(actor=supervisor, report=report)
    send_answer(actor=supervisor, case=case)
    delivery = Delivery.objects.get(message__purpose="answer")

    done = at_once(6, lambda n: deliver(delivery.pk))
    assert done == [None] * 6
    assert len(mail.outbox) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 1)
    assert Case.objects.get().state == State.CLOSED
    assert Event.objects.filter(kind="CaseClosed").count() == 1


def test_the_same_person_asking_twice_at_once_is_one_person():
    world = make_world()
    known = at_once(8, lambda n: world.person())
    assert not [k for k in known if isinstance(k, Exception)], known
    assert Person.objects.count() == 1
    assert len({contact.pk for _, contact in known}) == 1
