"""How an interview ends: with a person, with a grade, with silence; and how it goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from balcao.cases.models import Case
from balcao.inbox.conversations.jobs import tend
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.queries import next_opening
from balcao.inbox.conversations.speaking import say
from balcao.inbox.conversations.states import State
from balcao.inbox.interviews.answers import answers_of, fields_of
from balcao.inbox.interviews.wordings import closed
from balcao.inbox.models import Conversation, Wait
from balcao.platform.events import react
from balcao.platform.models import Event

from .conftest import NOW, Talk, later, words
from .test_running import WHOLE

NIGHT = later(hours=10)  # 21:00 in São Paulo


def test_a_person_is_called_at_any_point_with_all_that_was_answered(chat):
    for one in WHOLE[:4]:
        chat.writes(one)
    said = words(chat.writes("quero falar com uma pessoa"))
    talk = chat.conversation
    assert talk.state == State.WAITING and talk.waits_for_us and "Vamos chamar uma pessoa" in said
    assert answers_of(talk) == [
        ("Que tipo de mensagem é?", "Solicitação"),
        ("Conte o que está acontecendo", "Galho caiu na rua"),
        ("Onde é?", "Rua A, 10"),
    ]
    known = fields_of(talk)
    assert known["description"] == ["Galho caiu na rua"] and known["location.address"] == ["Rua A, 10"]
    assert known["kind"] == ["solicitacao"], "an attendant's form has it all, too"
    assert chat.writes("Alô?") == [], "from now on a person answers"


def test_out_of_hours_the_next_opening_is_told_once_and_everything_may_be_left_written(desk, chat, asked):
    asked.off_hours_notice = "Atendemos das 8h às 17h."
    asked.save()
    chat.now = NIGHT
    chat.writes("Oi")
    chat.writes("falar com uma pessoa")
    queued = Event.objects.get(kind="ConversationQueued")
    Conversation.objects.update(state=State.HELD, owner=desk.attendant("a").staff_id)
    react(queued.pk, "balcao.inbox.conversations.jobs.say_hours")
    assert "Atendemos das 8h" not in words(chat.said()), "somebody is there all the same"
    Conversation.objects.update(state=State.WAITING, owner=None)
    for _ in range(2):
        react(queued.pk, "balcao.inbox.conversations.jobs.say_hours")
    said = words(chat.said())
    assert said.count("Atendemos das 8h") == 1 and "terça-feira, 3 de março de 2026, às 08:00" in said
    assert "ninguém" not in said and "pode deixar" not in said, "the line's own words stand in place of ours"
    assert chat.conversation.waits_for_us, "nobody has answered them yet"


def test_an_opening_on_the_same_day_is_told_as_today(asked):
    opening = next_opening(asked, NIGHT)
    with translation.override("pt-br"):
        assert "Voltamos hoje, às 08:00." in closed(asked, opening - timedelta(hours=1))


def test_how_long_it_takes_is_told_with_a_range_where_it_was_measured(desk, chat):
    whose = Talk(desk, chat.account, contact="bia").gets(text="Oi").conversation
    for minutes in range(0, 60, 6):
        wait = {"line": desk.line, "rank": 9, "began_at": NOW, "ended_at": later(minutes=minutes), "end": "taken"}
        Wait.objects.create(conversation=whose, **wait)
    chat.now = later(minutes=56)
    chat.writes("Oi")
    said = words(chat.writes("falar com uma pessoa"))
    assert "Você é a" in said and "minutos" in said


def served(desk, talk: Talk):
    """An attendant has answered, and closes."""
    actor = desk.attendant("ana", at=talk.now)
    claim(actor=actor, conversation=talk.conversation, now=talk.now)
    say(actor=actor, conversation=talk.conversation, client_id="1", text="Pronto!", now=talk.now)
    close(actor=actor, conversation=talk.conversation, now=talk.now)
    return talk.said()


@pytest.fixture
def done(desk, chat):
    chat.writes("Oi")
    chat.writes("falar com uma pessoa")
    assert "De 0 a 10" in served(desk, chat)[-1].body
    return chat


def test_the_grade_and_a_word_come_in_the_channel_without_opening_it_again(done):
    assert "comentário" in words(done.writes("9"))
    assert "escrever de novo" in words(done.writes("Muito atenciosos"))
    talk = done.conversation
    assert (talk.state, talk.score, talk.comment, talk.staff_unread) == (State.CLOSED, 9, "Muito atenciosos", 0)
    assert Event.objects.filter(kind="ConversationGraded").count() == 2
    done.taps("grade=10", "10")
    assert (done.conversation.state, done.conversation.score) == (State.CLOSED, 10)


@pytest.mark.parametrize(
    ("text", "score", "comment"),
    [
        ("10", 10, ""),
        ("nota 8", 8, ""),
        ("7/10", 7, ""),
        ("0!", 0, ""),
        ("10, nota dez para a Ana", 10, "nota dez para a Ana"),
    ],
)
def test_grades_are_understood_as_people_write_them(done, text, score, comment):
    done.gets(text=text)
    assert (done.conversation.score, done.conversation.comment) == (score, comment)


@pytest.mark.parametrize("text", ["11", "2 vias do boleto", "Oi", "Preciso de outra coisa", "-1", "10 anos atrás"])
def test_anything_else_opens_it_again(done, text):
    done.gets(text=text)
    assert (done.conversation.state, done.conversation.score) == (State.WAITING, None)


@pytest.mark.parametrize("text", ["E a outra rua, quando será?", "falar com uma pessoa", "Bom dia"])
def test_what_asks_for_something_is_no_comment(done, text):
    done.writes("8")
    done.gets(text=text)
    assert (done.conversation.state, done.conversation.score, done.conversation.comment) == (State.WAITING, 8, "")


def test_a_number_of_the_day_after_is_no_grade_and_a_tap_always_is_one(done):
    done.now += timedelta(hours=25)
    done.taps("grade=6", "6")
    assert (done.conversation.state, done.conversation.score) == (State.CLOSED, 6)
    done.now += timedelta(hours=25)
    done.gets(text="7")
    assert (done.conversation.state, done.conversation.score) == (State.WAITING, 6)


def test_who_does_not_comment_is_left_in_peace(done):
    done.writes("8")
    assert len(done.taps("comment!skip", "Pular")) == 1
    done.gets(text="outra coisa")
    assert done.conversation.state == State.WAITING


def test_a_line_may_leave_the_grade_out(desk, chat, asked):
    asked.asks_grade = False
    asked.save()
    chat.writes("Oi")
    chat.writes("falar com uma pessoa")
    assert "De 0 a 10" not in words(served(desk, chat))
    chat.gets(text="9")
    assert (chat.conversation.state, chat.conversation.score) == (State.WAITING, None), "nobody asked for a number"


def test_the_interview_is_graded_too_and_whoever_was_never_served_is_not_asked(desk, chat):
    for one in WHOLE:
        chat.writes(one)
    assert "De 0 a 10" in words(chat.writes("não, obrigado"))
    other = Talk(desk, chat.account, contact="bia", address="v2")
    other.writes("Oi")
    close(actor=desk.system, conversation=other.conversation, now=other.now)
    assert "De 0 a 10" not in words(other.said())


def test_who_falls_silent_is_told_kindly_and_goes_on_at_the_same_question(whatsapp, phone):
    for one in WHOLE[:3]:
        whatsapp.writes(one)
    tend(whatsapp.now + timedelta(hours=22, minutes=50))
    assert whatsapp.conversation.state == State.INTERVIEW
    tend(whatsapp.now + timedelta(hours=23, minutes=5))
    talk = whatsapp.conversation
    assert (talk.state, talk.ending) == (State.CLOSED, "quiet")
    assert "Escreva de novo" in words(whatsapp.said())
    whatsapp.now += timedelta(days=2)
    said = words(whatsapp.writes("Oi, bom dia"))
    assert whatsapp.conversation.pk == talk.pk and whatsapp.conversation.state == State.INTERVIEW
    assert "Onde é?" in said and "voltou" in said
    for one in WHOLE[3:]:
        whatsapp.writes(one)
    assert Case.objects.get().description == "Galho caiu na rua"


def test_an_answer_that_comes_the_day_after_is_one(chat):
    for one in WHOLE[:3]:
        chat.writes(one)
    tend(chat.now + timedelta(hours=25))
    assert chat.conversation.state == State.CLOSED
    chat.now += timedelta(days=2)
    said = words(chat.writes("Rua das Flores, 20"))
    assert "voltou" in said and "fotos" in said
    assert answers_of(chat.conversation)[-1] == ("Onde é?", "Rua das Flores, 20")


def test_whoever_was_handed_over_and_falls_silent_comes_back_to_the_line(desk, chat):
    chat.writes("Oi")
    chat.writes("falar com uma pessoa")
    actor = desk.attendant("ana", at=chat.now)
    claim(actor=actor, conversation=chat.conversation, now=chat.now)
    say(actor=actor, conversation=chat.conversation, client_id="1", text="Sim?", now=chat.now)
    tend(chat.now + timedelta(hours=25))
    assert chat.conversation.state == State.CLOSED
    chat.now += timedelta(days=1, hours=2)
    chat.gets(text="Voltei")
    assert chat.conversation.state == State.WAITING


def handed_over(desk, talk: Talk, **after: float):
    """An attendant has taken it, and says the last word so long after the person's."""
    talk.writes("falar com uma pessoa")
    heard = talk.now
    talk.now += timedelta(**after)
    actor = desk.attendant("ana", at=talk.now)
    claim(actor=actor, conversation=talk.conversation, now=talk.now)
    say(actor=actor, conversation=talk.conversation, client_id="1", text="Pode mandar a conta?", now=talk.now)
    talk.said()
    return heard


def test_whom_an_attendant_waits_for_is_told_while_whatsapp_still_takes_words(desk, whatsapp, phone):
    whatsapp.writes("Oi")
    handed_over(desk, whatsapp, minutes=10)
    place = whatsapp.conversation.queued_at
    tend(whatsapp.now + timedelta(hours=22))
    assert whatsapp.conversation.state == State.HELD
    tend(whatsapp.now + timedelta(hours=23))
    talk = whatsapp.conversation
    assert (talk.state, talk.ending) == (State.CLOSED, "quiet") and "Escreva de novo" in words(whatsapp.said())
    whatsapp.now += timedelta(days=2)
    whatsapp.gets(text="Voltei")
    assert (whatsapp.conversation.state, whatsapp.conversation.queued_at) == (State.WAITING, place)


def test_whoever_was_answered_late_is_told_when_it_will_close_and_has_the_whole_time(desk, whatsapp, phone):
    whatsapp.writes("Oi")
    heard = handed_over(desk, whatsapp, hours=20)  # 07:00 in São Paulo
    told = heard + timedelta(hours=23, minutes=10)
    for minutes in (0, 1, 30):
        tend(told + timedelta(minutes=minutes))
    assert [one.body.count("amanhã às 10:1") for one in whatsapp.said()] == [1], "once, and with the moment"
    assert whatsapp.conversation.state == State.HELD
    tend(told + timedelta(hours=23))
    assert whatsapp.conversation.state == State.HELD
    tend(told + timedelta(hours=24, minutes=1))
    assert whatsapp.conversation.state == State.CLOSED and whatsapp.said() == []


def test_who_does_not_say_whether_there_is_more_is_done(chat):
    for one in WHOLE:
        chat.writes(one)
    tend(chat.now + timedelta(hours=25))
    assert chat.conversation.ending == "done" and "De 0 a 10" in words(chat.said())


def test_more_begins_again_without_asking_who_they_are(chat):
    for one in WHOLE:
        chat.writes(one)
    said = chat.writes("sim")
    assert said[-1].data["bubble"]["code"] == "kind"
    codes = [chat.writes(one)[-1].data.get("bubble", {}).get("code") for one in WHOLE[1:6]]
    assert codes == ["description", "location", "files", "who", "who_document"]
    for one in ("pular", "pular", "sim", "enviar"):
        chat.writes(one)
    first, second = Case.objects.order_by("pk")
    assert first.reporter == second.reporter and first.reporter.name == "Ana Maria Souza"
    assert chat.now > NOW
