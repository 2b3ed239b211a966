"""Another system asks the person whether another agency may go on, and reads what they said."""

from __future__ import annotations

import pytest
from django.utils import timezone

from balcao.inbox.conversations.tests.conftest import Desk, Phone
from balcao.inbox.models import Account, Conversation, Line
from balcao.inbox.outbound import SENDERS
from balcao.organization.models import Staff
from balcao.platform.events import react
from balcao.platform.models import Event
from tests.world import make_world

pytestmark = pytest.mark.django_db
PASS_ON = {"agency": "procon", "line": "consumo", "note": "Cobrança"}


@pytest.fixture
def procon():
    other = make_world("procon", default=False)
    line = Line.objects.create(agency=other.agency, slug="consumo", name="Consumo", open_to_others=True)
    Line.objects.create(agency=other.agency, slug="interna", name="Interna")
    Account.objects.create(agency=other.agency, channel="whatsapp", key="2", name="PROCON", line=line)
    return other


def test_a_key_asks_in_a_colleagues_name_and_sees_the_answer(world, procon, key, monkeypatch):
    monkeypatch.setitem(SENDERS, "whatsapp", Phone())
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral", automatic=False)
    account = Account.objects.create(agency=world.agency, channel="whatsapp", key="1", name="CAC", line=line)
    desk = Desk(world, line, account)
    ana = Staff.objects.get(pk=desk.attendant("ana", at=timezone.now()).id)
    talk = desk.writes("maria", address="5535999990001", at=timezone.now()).conversation
    call, here = key(), f"conversations/{talk.pk}"
    status, found = call("GET", f"{here}/agencies")
    place = {"agency": "procon", "agency_name": "Prefeitura de procon", "line": "consumo", "name": "Consumo"}
    assert (status, found) == (200, {"places": [place], "asked": []})
    assert call("POST", f"{here}/pass-on", PASS_ON)[0] == 409, "nobody has it yet"
    call("POST", f"{here}/claim", {"staff": ana.email})
    assert call("POST", f"{here}/pass-on", PASS_ON | {"line": "interna"})[0] == 422
    assert call("POST", f"{here}/pass-on", PASS_ON | {"staff": ana.email})[1]["last_number"] == 2
    desk.writes("maria", "Sim", address="5535999990001", at=timezone.now())
    react(Event.objects.get(kind="HandoverAnswered").pk, "balcao.inbox.handing.passing.carry_out")
    [asked] = call("GET", f"{here}/agencies")[1]["asked"]
    assert (asked["state"], asked["question"], asked["answer"]) == ("done", 2, 3)
    assert call("GET", here)[1]["ending"] == "passed"
    stranger, [theirs] = key(of=procon), Conversation.objects.filter(agency=procon.agency)
    assert [call("GET", f"conversations/{theirs.pk}")[0], stranger("GET", f"{here}/agencies")[0]] == [404, 404]
    assert "Oi" in stranger("GET", f"conversations/{theirs.pk}/messages")[1]["words"][1]["text"]
