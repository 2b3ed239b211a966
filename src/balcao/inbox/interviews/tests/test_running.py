"""An interview in a conversation: heard in order, answered once, the same on every channel."""

from __future__ import annotations

import pytest
from django.db import transaction

from balcao.cases.models import Case
from balcao.inbox.conversations.letting_go import forget
from balcao.inbox.conversations.states import Kind, State
from balcao.inbox.interviews.answers import answers_of
from balcao.inbox.models import CaseLink, Conversation, Message
from balcao.inbox.sending import deliver
from balcao.platform.models import Event

from .conftest import Talk, later, words

WHOLE = ["Oi", "1", "Galho caiu na rua", "Rua A, 10", "pular", "1", "Ana Maria Souza", "35 99123-4567", "pular", 
         "pular", "sim", "enviar"]  # fmt: skip


def demand(case: Case) -> tuple[object, ...]:
    reporter = case.reporter
    return (case.kind, case.description, case.address, case.answers, reporter.name if reporter else "", case.state,
            [point.value for point in reporter.contacts.all()] if reporter else [])  # fmt: skip


def test_the_same_words_make_the_same_demand_on_every_channel(chat, whatsapp):
    whatsapp.address = "BR.1502576394655843"  # who hides their number is asked for it
    for talk in (chat, whatsapp):
        said = [talk.writes(one) for one in WHOLE]
        assert all(said), "each word has its answer"
        case = Case.objects.get(channel=talk.account.channel)
        assert f"{case.protocol:0>13}"[:4] in words(said[-1]) and "resposta até" in words(said[-1])
        assert "Código de acesso" in words(said[-1])
        assert CaseLink.objects.get(case=case).origin and talk.conversation.person == case.reporter
        talk.writes("não")
        assert talk.conversation.state == State.CLOSED
    first, second = Case.objects.order_by("pk")
    assert demand(first) == demand(second)
    assert first.description == "Galho caiu na rua" and first.reporter.name == "Ana Maria Souza"


def test_whatsapp_gets_buttons_lists_and_a_request_for_the_place(whatsapp, phone):
    shown = {}
    for one in ["Oi", *WHOLE[1:6]]:
        for message in whatsapp.writes(one):
            shown |= dict.fromkeys(message.data, message.body)
            deliver(message.deliveries.get().pk, whatsapp.now)
    assert set(shown) == {"list", "location_request", "buttons"}
    assert "Que tipo" in shown["list"] and len(phone.got) == 6
    assert [out.body for out in phone.got] == list(
        Message.objects.filter(direction="out").order_by("number").values_list("body", flat=True)
    )


def test_the_web_chat_gets_bubbles(chat):
    greeting, question = chat.writes("Oi")
    assert greeting.data["bubble"]["choices"] == [] and question.data["bubble"]["code"] == "kind"
    assert question.data["bubble"]["expects"] == "one" and question.author_kind == "bot"
    assert question.data["bubble"]["choices"][0] == {
        "id": "kind=solicitacao", "label": "Solicitação", "help": "Pedir que façamos algo", "aside": False,
    }  # fmt: skip


def test_a_job_that_runs_again_says_nothing_and_changes_nothing(chat):
    chat.writes("Oi")
    chat.taps("kind=solicitacao")
    before = Conversation.objects.values().get()
    facts = Event.objects.count()
    for _ in range(3):
        assert chat.goes_on(later(minutes=1)) == []
    assert Conversation.objects.values().get() == before and Event.objects.count() == facts


def test_a_job_that_breaks_before_the_end_has_done_nothing(chat, monkeypatch):
    from balcao.inbox.interviews import running

    chat.writes("Oi")
    keep, before = running.keep_interview, Message.objects.count()

    def killed(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "keep_interview", killed)
    chat.gets(Kind.REPLY, text="Solicitação", details={"id": "kind=solicitacao", "title": "Solicitação"})
    with pytest.raises(KeyboardInterrupt):
        chat.goes_on()
    assert Message.objects.count() == before + 1
    monkeypatch.setattr(running, "keep_interview", keep)
    assert "Conte o que está acontecendo" in words(chat.goes_on())
    assert chat.goes_on() == []


def test_what_came_before_the_question_is_no_answer_to_it_and_what_came_after_is_heard_in_order(chat):
    for text in ("Oi", "Bom dia", "tudo bem?"):
        chat.gets(text=text)
    assert len(chat.goes_on()) == 2
    chat.gets(Kind.REPLY, details={"id": "kind=reclamacao", "title": "Reclamação"})
    chat.gets(text="Um galho caiu")
    said = chat.goes_on()
    assert [m.data["bubble"]["code"] for m in said] == ["description", "location"]


def test_commands_are_understood(chat):
    chat.writes("Oi")
    chat.writes("1")
    assert "Antes: Solicitação" in words(chat.writes("voltar"))
    said = chat.writes("ajuda")
    assert "falar com uma pessoa" in words(said) and said[-1].data["bubble"]["code"] == "kind"


def test_whoever_is_not_understood_three_times_hears_of_the_ways_out(chat):
    chat.writes("Oi")
    said = [words(chat.writes(one)) for one in ("azul", "verde", "roxo", "preto")]
    assert ["falar com uma pessoa" in one for one in said] == [False, False, True, False]


def test_what_was_answered_is_forgotten_with_the_words_and_the_interview_begins_anew(chat):
    for one in WHOLE[:4]:
        chat.writes(one)
    with transaction.atomic():
        forget(Conversation.objects.all())
    assert "Galho" not in (chat.conversation.interview or "") and answers_of(chat.conversation) == []
    assert "Que tipo de mensagem" in words(chat.writes("Oi"))


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (Kind.REACTION, {"emoji": "👍", "to": "x"}),
        (Kind.UNSUPPORTED, {"type": "poll"}),
        (Kind.CONTACTS, {"contacts": []}),
    ],
)
def test_what_an_interview_cannot_use_gets_a_kind_word_and_the_question_again(chat, kind, details):
    chat.writes("Oi")
    said = chat.gives(kind, details=details)
    assert len(said) == 2 and said[-1].data["bubble"]["code"] == "kind"
    assert "Que tipo" not in said[0].body


def test_a_line_whose_interview_is_not_there_hands_over_at_once(chat, asked):
    asked.interview = "nenhuma"
    asked.save()
    chat.account.line.refresh_from_db()
    said = chat.writes("Oi")
    assert chat.conversation.state == State.WAITING and len(said) == 2


def test_a_channel_that_cannot_show_it_hands_over_without_a_word(desk, asked):
    from balcao.inbox.models import Account

    account = Account.objects.create(agency=desk.world.agency, channel="fax", key="1", name="Fax", line=asked)
    talk = Talk(desk, account)
    assert talk.writes("Oi") == [] and talk.conversation.state == State.WAITING
