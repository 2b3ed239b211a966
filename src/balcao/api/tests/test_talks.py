"""Another system at the inbox: it reads who waits, acts in a colleague's name, opens the demand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.models import Case
from balcao.inbox.conversations.tests.conftest import Desk
from balcao.inbox.models import Account, Conversation, Line
from balcao.platform.models import ReadLog
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world):
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral", automatic=False)
    account = Account.objects.create(agency=world.agency, channel="webchat", key="w", name="Site", line=line)
    return Desk(world, line, account)


@pytest.fixture
def ana(desk):
    actor = desk.attendant("ana", 3, at=timezone.now())
    return type(desk.world.staff["attendant"]).objects.get(pk=actor.id)


def test_a_conversation_from_the_line_to_its_end(desk, ana, key):
    call, talk = key(), desk.writes("a", "Preciso de ajuda", name="Maria", at=timezone.now()).conversation
    here = f"conversations/{talk.pk}"
    status, page = call("GET", "conversations?part=waiting")
    assert status == 200 and [(one["name"], one["proven"]) for one in page["conversations"]] == [("Maria", True)]
    status, taken = call("POST", "conversations/next", {"staff": ana.email})
    assert (status, taken["id"], taken["owner"]) == (200, talk.pk, ana.name)
    assert call("POST", "conversations/next", {"staff": ana.email})[0] == 204
    for _ in range(2):
        status, said = call("POST", f"{here}/say", {"text": "Olá", "client_id": "1", "staff": ana.email})
        assert (status, said["number"], said["author"]) == (201, 2, ana.name)
    assert call("POST", f"{here}/notes", {"text": "Nota", "client_id": "1"})[1]["last_number"] == 3
    assert call("POST", f"{here}/notes", {"text": "Nota", "client_id": "1"})[1]["last_number"] == 3
    words = call("GET", f"{here}/messages?since=2")[1]["words"]
    assert [(w["number"], w["note"]) for w in words] == [(2, False), (3, True)]
    who = {"name": "Maria das Dores", "document": "529.982.247-25"}
    assert call("POST", f"{here}/identify", who)[1]["name"] == "Maria das Dores"
    opened = {"service": desk.world.unrouted.slug, "description": "Vaga", "kind": "solicitacao"}
    assert call("POST", f"{here}/cases?client_id=d1", opened)[0] == 201
    assert call("POST", f"{here}/cases?client_id=d1", opened)[0] == 200
    case = Case.objects.get()
    assert case.reporter.name == "Maria das Dores" and talk.links.get().case == case
    other = desk.world.open(service=desk.world.unrouted)
    assert len(call("POST", f"{here}/attach", {"protocol": other.protocol})[1]["cases"]) == 2
    assert call("POST", f"{here}/snooze", {"until": "2000-01-01T10:00:00Z"})[0] == 422
    assert call("POST", f"{here}/let-go")[1]["place"] == 1
    assert call("POST", f"{here}/claim", {"staff": ana.email})[1]["owner"] == ana.name
    assert call("POST", f"{here}/close", {"notice": ""})[1]["state"] == "closed"
    assert ReadLog.objects.filter(subject="talk", subject_id=talk.pk, purpose__contains="said for").exists()


def test_whoever_closes_or_puts_off_has_read_what_the_person_wrote(desk, ana, key):
    call, talk = key(), desk.writes("a", at=timezone.now()).conversation
    here, later = f"conversations/{talk.pk}", (timezone.now() + timedelta(hours=1)).isoformat()
    call("POST", "conversations/next", {"staff": ana.email})
    for verb, said in (("close", {}), ("snooze", {"until": later})):
        status, why = call("POST", f"{here}/{verb}", said)
        assert status == 409 and "read that first" in str(why)
    assert Conversation.objects.get().state == "held"
    assert call("POST", f"{here}/read", {"number": 1})[1]["unread"] == 0
    assert call("POST", f"{here}/close", {})[1]["state"] == "closed"


def test_presence_is_told_and_ends(desk, ana, key):
    call = key()
    assert call("POST", "conversations/presence", {"staff": ana.email})[1]["until"]
    desk.writes("a", at=timezone.now())
    call("POST", "conversations/next", {"staff": ana.email})
    assert call("POST", "conversations/presence", {"staff": ana.email, "here": False})[1]["returned"] == 1
    assert call("POST", "conversations/presence", {"staff": "nobody@example.org"})[0] == 422


def test_a_key_that_does_not_lead_or_of_another_agency_sees_nothing(desk, ana, key):
    talk = desk.writes("a").conversation
    stranger = make_world("outra", default=False)
    for call, status in ((key("inbox.attend"), 403), (key(of=stranger), 404)):
        assert call("GET", f"conversations/{talk.pk}")[0] == status
        assert call("POST", f"conversations/{talk.pk}/close", {})[0] == status
    assert key(of=stranger)("GET", "conversations?part=waiting")[1]["conversations"] == []
    assert key(of=stranger)("POST", "conversations/next", {"staff": ana.email})[0] == 422
    assert Conversation.objects.get().state == "waiting"
    blind = key("inbox.lead")("GET", f"conversations/{talk.pk}")[1]
    assert (blind["name"], blind["person"], blind["answers"]) == ("", None, [])
