"""Whoever waits in vain is found: on the operator's page, and in the morning's digest."""

from __future__ import annotations

import pytest

from balcao.inbox.conversations.lines import claim, let_go
from balcao.inbox.conversations.sweeps import CHECKS, lines
from balcao.inbox.models import Attendant, Line
from balcao.organization.models import Staff
from balcao.platform import stuck
from balcao.platform.models import Fault

from .conftest import NOW, later

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def only_these(monkeypatch):
    monkeypatch.setattr(stuck, "CHECKS", {check.why: check for check in CHECKS})


def open_faults() -> list[str]:
    found = Fault.objects.filter(kind="stuck", ended_at=None).order_by("key")
    return [fault.data["why"] for fault in found]


def test_a_line_that_nobody_serves_any_more_is_told_until_somebody_does(desk):
    ana = desk.attendant("ana", at=None)
    Line.objects.create(agency=desk.world.agency, slug="vazia", name="Vazia")
    desk.writes("um")
    stuck.sweep(later(minutes=20))
    assert open_faults() == []
    Staff.objects.filter(pk=ana.staff_id).update(is_active=False)
    stuck.sweep(later(minutes=10))
    assert open_faults() == [], "a moment is no reason"
    stuck.sweep(later(minutes=20))
    assert open_faults() == ["line_unserved"]
    assert Fault.objects.get().data["line"] == "Atendimento geral"
    Attendant.objects.create(staff=desk.world.staff["supervisor"]).lines.add(desk.line)
    stuck.sweep(later(minutes=21))
    assert open_faults() == []


def test_a_line_that_was_switched_off_over_peoples_heads_is_told(desk):
    desk.attendant("ana", at=None)
    desk.writes("um")
    Line.objects.update(is_active=False)  # between the look whether anybody waits and the change
    stuck.sweep(later(minutes=20))
    assert open_faults() == ["line_unserved"]


def test_whoever_waits_for_days_is_told_and_no_more_once_they_are_taken(desk):
    ana = desk.attendant("ana", at=None)
    talk = desk.writes("um").conversation
    stuck.sweep(later(days=2))
    assert open_faults() == []
    stuck.sweep(later(days=4))
    assert open_faults() == ["line_long"]
    claim(actor=ana, conversation=talk, now=later(days=4))
    stuck.sweep(later(days=4, minutes=1))
    assert open_faults() == []
    let_go(actor=ana, conversation=talk, now=later(days=4, minutes=2))
    stuck.sweep(later(days=4, minutes=3))
    assert open_faults() == [], "that wait has just begun"


def test_the_morning_tells_each_colleague_of_their_own_lines(desk):
    ana, supervisor = desk.attendant("ana", at=None), desk.world.actor("supervisor")
    other = Line.objects.create(agency=desk.world.agency, slug="outra", name="Outra")
    bia = desk.attendant("bia", 2, other, at=None)
    desk.writes("um"), desk.writes("dois")
    assert lines(ana, later(days=2)) == ["2 people wait in line in the inbox; the first for 2 days."]
    assert lines(bia, later(days=2)) == [] == lines(desk.world.actor("field_agent"), NOW)
    Attendant.objects.filter(staff_id=ana.staff_id).delete()
    assert lines(supervisor, later(hours=1)) == [
        "2 people wait in line in the inbox.",
        "Nobody serves 1 line in which people wait.",
    ]
