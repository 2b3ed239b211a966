"""An alarm always reaches somebody; a colleague who is called is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.actions import refuse_case, write_note
from balcao.clocks.sweep import sweep
from balcao.inbox import alarms
from balcao.inbox.mending import redirect_delivery
from balcao.inbox.models import Delivery, Message
from balcao.inbox.outbound import SENDERS, Rejected
from balcao.inbox.sending import WAITS, deliver
from balcao.organization.models import Area, Staff
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed, Refusal
from balcao.platform.events import Happened
from balcao.platform.models import Event, Fault

from .conftest import send_an_answer

pytestmark = pytest.mark.django_db


def ring(case, level="Breached"):
    """Let every alarm of the case sound, and tell of it."""
    sweep(timezone.now() + timedelta(days=90))
    event = Event.objects.filter(case_id=case.pk, kind=f"Deadline{level}").latest("id")
    happened = Happened(
        fact=None,
        actor=Actor.system(case.agency_id),
        agency_id=case.agency_id,
        case_id=case.pk,
        at=event.at,
        event_id=event.pk,
    )
    alarms.breach(happened)


def addresses():
    return {d.address for d in Delivery.objects.filter(message__purpose="alarm")}


def test_the_address_of_an_area_gets_its_alarms_besides_its_managers(world):
    Area.objects.filter(pk=world.trees.pk).update(email="arvores@vila.gov.br")
    ring(world.open())
    assert addresses() == {"arvores@vila.gov.br", world.staff["area_manager"].email}


def test_where_there_is_only_an_administrator_the_alarm_is_theirs(world):
    Staff.objects.exclude(pk=world.staff["administrator"].pk).update(is_active=False)
    ring(world.open(service=world.unrouted))
    assert addresses() == {world.staff["administrator"].email}


def test_a_colleague_called_in_a_note_on_an_answered_case_is_told(world):
    case = world.open(service=world.unrouted)
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade")
    case.refresh_from_db()
    assert case.state == "closed"
    note = write_note(actor=world.actor("supervisor"), case=case, text="@attendant veja isto")
    fact = type("Fact", (), {"remark_id": note.pk})
    system = Actor.system(case.agency_id)
    alarms.tell_mentioned(
        Happened(fact=fact, actor=system, agency_id=case.agency_id, case_id=case.pk, at=note.at, event_id=1)
    )
    assert addresses() == {world.staff["attendant"].email}


def lost(delivery, monkeypatch):
    class Broken:
        def send(self, message):
            raise Rejected("550")

    monkeypatch.setitem(SENDERS, "email", Broken())
    deliver(delivery.pk)
    return Fault.objects.get(kind="delivery", key=str(delivery.pk), ended_at=None)


def test_a_lost_letter_to_a_colleague_never_moves_the_citizens_address(world, monkeypatch):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    ring(case)
    fault = lost(Delivery.objects.filter(message__purpose="alarm").first(), monkeypatch)
    with pytest.raises(Refusal):
        redirect_delivery(actor=world.actor("supervisor"), fault=fault, address="eu@example.org")
    case.refresh_from_db()
    assert case.contact_id == contact.pk


def test_a_sealed_authors_letter_is_redirected_only_by_who_may_open_the_seal(world, monkeypatch):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact, kind="denuncia")
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade")
    fault = lost(Delivery.objects.get(message__case=case), monkeypatch)
    mender = Actor(
        kind="staff",
        id=world.staff["attendant"].pk,
        agency_id=world.agency.pk,
        permissions=frozenset({"faults.mend", "person.read", "agency.all"}),
    )
    with pytest.raises(NotAllowed):
        redirect_delivery(actor=mender, fault=fault, address="eu@example.org")


def test_a_channel_that_breaks_in_an_unforeseen_way_is_given_up_like_any_other(world, monkeypatch):
    class Broken:
        def send(self, message):
            raise KeyError("whatever")

    _case, delivery = send_an_answer(world)
    monkeypatch.setitem(SENDERS, "email", Broken())
    now = timezone.now()
    for _try in range(len(WAITS) + 1):
        deliver(delivery.pk, now)
    delivery.refresh_from_db()
    assert delivery.state == "given_up"
    fault = Fault.objects.get(kind="delivery", key=str(delivery.pk))
    assert "KeyError" in fault.reason and "whatever" not in fault.reason
    assert Message.objects.get(pk=delivery.message_id).case.next_actor == "triage"
