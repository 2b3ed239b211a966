"""Ready-made replies: found by what one types, said with what stands for their variables, followed by their steps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from balcao.citizens.models import Person
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.papers import attach_case, identify
from balcao.inbox.conversations.states import State
from balcao.inbox.conversations.tests.conftest import NOW
from balcao.inbox.models import CannedReply, Conversation, Line, Message
from balcao.inbox.replies.actions import change_reply
from balcao.inbox.replies.macros import run_macro
from balcao.inbox.replies.queries import search
from balcao.inbox.replies.wording import render
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.numbering import format_protocol
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def keep(world):
    def keep(shortcut: str, body: str = "Bom dia!", **more) -> CannedReply:
        reply = CannedReply(
            agency=world.agency, shortcut=shortcut, title=more.pop("title", shortcut), body=body, **more
        )
        return change_reply(actor=world.actor("administrator"), reply=reply)

    return keep


@pytest.fixture
def talk(desk):
    attendant = desk.attendant("a")
    held = desk.writes("maria", name="Maria das Dores").conversation
    return claim(actor=attendant, conversation=held, now=NOW), attendant


def test_the_words_know_whom_they_are_said_to(talk, keep, world):
    held, attendant = talk
    said = render("Olá, {name}! Aqui é {attendant}, de {agency} ({line}).", talk=held, actor=attendant, now=NOW)
    assert said == f"Olá, Maria! Aqui é Attendant, de {world.agency.name} (Atendimento geral)."
    identify(actor=attendant, conversation=held, person=Person.objects.create(agency=world.agency, name="Ana Lima"))
    assert render("{name}, bom dia", talk=Conversation.objects.get(), actor=attendant, now=NOW) == "Ana, bom dia"


def test_a_demand_is_called_by_its_number_as_people_read_it(talk, world):
    held, attendant = talk
    case = world.open()
    attach_case(actor=attendant, conversation=held, case=case, now=NOW)
    said = render("O pedido {protocol}", talk=held, actor=attendant, now=NOW)
    assert said == f"O pedido {format_protocol(case.protocol)}" and "." in said


def test_what_nobody_knows_is_left_out_with_its_comma(desk):
    attendant = desk.attendant("a")
    held = desk.writes("anon").conversation
    assert render("Olá, {name}! Seu número: {protocol}", talk=held, actor=attendant, now=NOW) == "Olá! Seu número:"


def test_a_variable_that_does_not_exist_is_not_saved(keep):
    for wrong in ("Olá, {nome}!", "Olá, { }", "{Name}"):
        with pytest.raises(Invalid, match=r"\{name\}"):
            keep("oi", wrong)
    with pytest.raises(Invalid):
        keep("nota", note="Para {quem}")
    keep("oi", "Olá, { name }!")


def test_a_shortcut_is_once_for_a_line_and_language_and_the_nearer_one_wins(keep, talk, line):
    held, _attendant = talk
    keep("horario", "Abrimos às oito.")
    with pytest.raises(Invalid):
        keep("horario", "Outra")
    keep("horario", "Nesta fila, às nove.", line=line)
    keep("horario", "We open at eight.", language="en")
    assert [one.body for one in search(held, "horario")] == ["Nesta fila, às nove."]


def test_it_is_found_without_accents_by_shortcut_title_and_words(keep, talk):
    held, _attendant = talk
    keep("poda", "Vamos à sua rua.", title="Árvore caída")
    keep("oi", "Como podemos ajudar?")
    keep("iluminacao", "Trocamos a lâmpada.", title="Iluminação")
    keep("fora", "Já não serve.", is_active=False)
    found = [[one.shortcut for one in search(held, typed)] for typed in ("", "POD", "arvore", "ilumina lampada", "zzz")]
    assert found == [["iluminacao", "oi", "poda"], ["poda", "oi"], ["poda"], ["iluminacao"], []]


def test_another_agencys_reply_is_neither_found_nor_run(keep, talk):
    held, attendant = talk
    other = make_world("vale", default=False, hostname="vale.example.org")
    theirs = CannedReply.objects.create(agency=other.agency, shortcut="oi", title="Oi", body="Olá")
    assert search(held, "oi") == []
    with pytest.raises(NotAllowed):
        run_macro(actor=attendant, conversation=held, reply=theirs, client_id="1", now=NOW)


def test_a_macro_says_notes_and_hands_over_once(keep, talk, world, phone):
    held, attendant = talk
    other = Line.objects.create(agency=world.agency, slug="procon", name="PROCON")
    macro = keep("procon", "Já passo ao PROCON, {name}.", note="De {line}", then="line", to_line=other)
    for _again in range(2):
        run_macro(actor=attendant, conversation=held, reply=macro, client_id="m", now=NOW)
    held.refresh_from_db()
    assert (held.state, held.line, held.owner) == (State.WAITING, other, None)
    ours = Message.objects.filter(direction="out").order_by("number")
    assert [(m.purpose, m.body) for m in ours] == [
        ("said", "Já passo ao PROCON, Maria."), ("note", "De Atendimento geral")
    ]  # fmt: skip


def test_what_one_step_refuses_none_of_them_does(keep, talk, world, phone):
    held, attendant = talk
    other = Line.objects.create(agency=world.agency, slug="procon", name="PROCON")
    macro = keep("procon", "Já passo.", then="line", to_line=other)
    Line.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(Refusal):
        run_macro(
            actor=attendant, conversation=held, reply=CannedReply.objects.get(pk=macro.pk), client_id="m", now=NOW
        )
    held.refresh_from_db()
    assert held.owner_id == attendant.staff_id and not Message.objects.filter(direction="out").exists()


def test_a_macro_puts_off_and_another_closes_without_a_second_goodbye(keep, talk, phone):
    held, attendant = talk
    run_macro(actor=attendant, conversation=held, reply=keep("dois", "Volto já.", then="snooze", hours=48),
              client_id="1", now=NOW)  # fmt: skip
    held.refresh_from_db()
    assert held.snoozed_until == NOW + timedelta(hours=48)
    macro = keep("fim", "Até logo!", then="close")
    run_macro(actor=attendant, conversation=held, reply=macro, client_id="2", text="Até logo, Maria!", now=NOW)
    held.refresh_from_db()
    said = [m.body for m in held.messages.filter(direction="out", purpose__in=["said", "closing"])]
    assert held.state == State.CLOSED and said[:2] == ["Volto já.", "Até logo, Maria!"]


def test_a_step_that_lacks_where_or_how_long_is_not_saved(keep):
    for wrong in ({"then": "line"}, {"then": "snooze"}):
        with pytest.raises(Invalid):
            keep("x", **wrong)
