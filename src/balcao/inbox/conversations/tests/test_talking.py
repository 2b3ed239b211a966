"""What we say arrives once and in order; what a provider says of it only moves forward; demands are told and answered
in the conversation that they came from."""

from __future__ import annotations

import pytest

from balcao.cases.actions import send_answer
from balcao.cases.models import Case
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.papers import attach_case, open_case_from
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.speaking import keep_interview, say
from balcao.inbox.conversations.statuses import move_status
from balcao.inbox.models import CaseLink, Delivery, Message
from balcao.inbox.outbound import TryLater
from balcao.inbox.sending import deliver
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.models import Event
from balcao.workorders.actions import accept_report, file_report
from balcao.workorders.models import WorkOrder
from tests.world import make_world

from .conftest import NOW, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(desk, phone):
    actor = desk.attendant("um")
    talk = desk.writes("a", address="+5527999990000").conversation
    return claim(actor=actor, conversation=talk, now=NOW), actor


def send_all(now=NOW):
    for pk in Delivery.objects.filter(state="queued").order_by("pk").values_list("pk", flat=True):
        deliver(pk, now)


def test_the_same_client_id_says_it_once(talk, phone):
    talk, actor = talk
    first = say(actor=actor, conversation=talk, client_id="c1", text="Bom dia", now=NOW)
    again = say(actor=actor, conversation=talk, client_id="c1", text="Bom dia", now=later(seconds=1))
    assert first.pk == again.pk and Delivery.objects.count() == 1
    with pytest.raises(Invalid):
        say(actor=actor, conversation=talk, client_id="c2", text="  ", now=NOW)
    send_all()
    sent = phone.got[0]
    assert (sent.body, sent.address, sent.account_id) == ("Bom dia", "+5527999990000", talk.account_id)
    talk.refresh_from_db()
    assert (talk.answered_at, talk.said_at, talk.citizen_unread) == (NOW, NOW, 1)


def test_what_was_said_second_never_overtakes_what_was_said_first(talk, phone):
    talk, actor = talk
    for n in range(3):
        say(actor=actor, conversation=talk, client_id=str(n), text=f"parte {n}", now=NOW)
    one, two, three = Delivery.objects.order_by("pk")
    deliver(three.pk, NOW)
    deliver(two.pk, NOW)
    phone.fails = [TryLater("busy")]
    deliver(one.pk, NOW)
    deliver(two.pk, NOW)
    assert phone.got == []
    for delivery in (one, two, three):
        deliver(delivery.pk, later(minutes=2))
    assert [sent.body for sent in phone.got] == ["parte 0", "parte 1", "parte 2"]


def test_a_status_only_moves_forward_also_when_it_comes_before_we_know_the_name(talk, phone):
    talk, actor = talk
    said = say(actor=actor, conversation=talk, client_id="c1", text="Bom dia", now=NOW)

    def reported(state):
        provider = {"account": talk.account, "provider_id": "wamid.out.1"}
        return move_status(actor=actor.system(talk.agency_id), state=state, now=NOW, **provider)

    assert not reported("delivered") and not reported("sent"), "nobody knows this name yet"
    send_all()
    delivery = Delivery.objects.get()
    said.refresh_from_db()
    assert (delivery.state, said.provider_id) == ("delivered", "wamid.out.1")
    assert reported("read") and not reported("delivered") and not reported("sent")
    delivery.refresh_from_db()
    talk.refresh_from_db()
    assert (delivery.state, talk.citizen_read, talk.citizen_unread) == ("read", said.number, 0)
    levels = [event.data["level"] for event in Event.objects.filter(kind="MessageMoved").order_by("pk")]
    assert levels == ["sent", "delivered", "read"]


def test_a_demand_is_told_at_once_and_answered_in_the_conversation_that_it_came_from(desk, world, talk, phone):
    talk, actor = talk
    person, contact = world.person()
    demand = {"service": world.service, "kind": "solicitacao", "description": "Árvore seca", "reporter": person}
    for _ in range(2):
        opened = open_case_from(actor=actor, conversation=talk, client_id="1", contact=contact, now=NOW, **demand)
    case = Case.objects.get()
    assert opened.repeat and case.channel == "whatsapp" and CaseLink.objects.get().origin
    send_all()
    receipt = phone.got[-1]
    assert receipt.protocol == case.protocol and receipt.kind == "text" and len(phone.got) == 1
    close(actor=actor, conversation=talk, notice="", now=later(minutes=1))
    order = WorkOrder.objects.get(case=case)
    report = file_report(
        actor=world.actor("area_manager"), order=order, outcome="solved", text="Podada ontem.", now=later(days=20)
    )
    accept_report(actor=world.actor("supervisor"), report=report, now=later(days=20))
    send_answer(actor=world.actor("supervisor"), case=case, now=later(days=20))
    send_all(later(days=20))
    case.refresh_from_db()
    answer = Message.objects.get(purpose="answer")
    assert (answer.conversation_id, case.state) == (talk.pk, "closed")
    assert "Podada ontem." in phone.got[-1].body and phone.got[-1].address == "+5527999990000"
    reply = desk.writes("a", "Obrigada!", at=later(days=22))
    assert reply.reopened and reply.conversation.pk == talk.pk, "two weeks later the same conversation goes on"
    numbers = Message.objects.filter(conversation=talk).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))


def test_a_conversation_is_about_several_demands_of_its_own_agency(desk, world, talk):
    talk, actor = talk
    mine, theirs = world.open(), make_world("outra", default=False).open()
    for _ in range(2):
        attach_case(actor=actor, conversation=talk, case=mine, now=NOW)
    with pytest.raises(NotAllowed):
        attach_case(actor=actor, conversation=talk, case=theirs, now=NOW)
    assert list(talk.cases.all()) == [mine] and not CaseLink.objects.get().origin


def test_an_interview_is_kept_while_it_runs(desk, talk):
    desk.line.interview = "triagem"
    desk.line.save()
    asked = desk.writes("b").conversation
    keep_interview(actor=desk.system, conversation=asked, saved='{"script": "triagem", "answers": {}}', now=NOW)
    said = say(actor=desk.system, conversation=asked, client_id="q1", text="Como se chama?", bot=True, now=NOW)
    asked.refresh_from_db()
    assert asked.asked["answers"] == {} and said.author_kind == "bot"
    assert asked.answered_at is None, "a bot's word is no attendant's"
    with pytest.raises(Refusal):
        keep_interview(actor=desk.system, conversation=talk[0], saved="{}", now=NOW)
