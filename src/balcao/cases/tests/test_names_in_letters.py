"""Whom a letter may name: the person who asked, and nobody else."""

from __future__ import annotations

import pytest

from balcao.cases.actions import draft_answer, merge_case, send_answer
from balcao.cases.letters import case_letter, fields_of
from balcao.citizens.actions import know_person
from balcao.citizens.models import PriorityGroup
from balcao.citizens.priorities import install
from balcao.platform.numbering import format_protocol

pytestmark = pytest.mark.django_db


def _case(world, name: str, email: str, document: str = "", **changes):
    person, contact = world.person(name, email, document)
    return world.open(reporter=person, contact=contact, **changes)


def test_who_joined_a_demand_is_greeted_by_their_own_name(world):
    first = _case(world, "Maria das Dores", "maria@example.org", service=world.unrouted)
    second = _case(world, "Joana Prado", "joana@example.org", service=world.unrouted)
    anonymous = world.open(service=world.unrouted)
    attendant = world.actor("attendant")
    for case in (second, anonymous):
        merge_case(actor=attendant, case=case, primary=first)
    body = f"Olá, Maria!\n\nA rua Maria Paula foi limpa. Protocolo {format_protocol(first.protocol)}."
    draft_answer(actor=attendant, case=first, outcome="solved", body=body)
    send_answer(actor=attendant, case=first)
    assert first.answers_given.get().body == body
    to_second, to_anonymous = second.answers_given.get().body, anonymous.answers_given.get().body
    assert to_second.startswith("Olá, Joana!")
    assert "rua Maria Paula" in to_second
    assert format_protocol(second.protocol) in to_second
    assert format_protocol(first.protocol) not in to_second
    assert not to_anonymous.startswith("Olá, Maria")
    letter = second.messages.get(purpose="answer")
    assert "Olá, Maria" not in letter.body


def test_a_sealed_author_who_joined_is_not_named_in_what_staff_read(world):
    first = _case(world, "Maria das Dores", "maria@example.org", service=world.unrouted)
    sealed = _case(world, "Joana Prado", "joana@example.org", service=world.unrouted, kind="denuncia")
    attendant = world.actor("attendant")
    merge_case(actor=attendant, case=sealed, primary=first)
    draft_answer(actor=attendant, case=first, outcome="solved", body="Olá, Maria!\n\nFeito.")
    send_answer(actor=attendant, case=first)
    assert "Joana" not in sealed.answers_given.get().body


def test_somebody_elses_document_does_not_tell_their_name(world):
    """A CPF is no secret: whoever types it with an address of their own must not learn whose it is."""
    known = _case(world, "Maria das Dores", "maria@example.org", "529.982.247-25")
    stranger = _case(world, "Fulano", "fulano@example.org", "529.982.247-25")
    assert stranger.reporter_id == known.reporter_id
    assert "Maria" in case_letter(known, "receipt", access_code="x").body
    assert "Maria" not in case_letter(stranger, "receipt", access_code="x").body
    on_page = world.open(reporter=known.reporter)
    assert "Maria" not in fields_of(on_page, locale="pt-br")["person"]


def test_who_comes_back_is_greeted_by_name_where_they_were_written_to_before(world):
    _case(world, "Maria das Dores", "maria@example.org", "529.982.247-25")
    again = _case(world, "Maria das Dores", "maria@example.org", "529.982.247-25")
    assert fields_of(again, locale="pt-br")["person"] == "Maria"


def test_a_legal_priority_counts_also_for_somebody_whom_we_knew_without_it(world):
    document = "529.982.247-25"
    person, _contacts = know_person(actor=world.citizen, agency_id=world.agency.pk, name="Maria", document=document)
    install(PriorityGroup.objects)  # a test that empties every table may have run before
    group = PriorityGroup.objects.get(jurisdiction="BR", slug="gestante")
    again, _contacts = know_person(
        actor=world.citizen, agency_id=world.agency.pk, name="Maria", document=document, priority=group
    )
    assert world.open(reporter=again).priority == group.rank
    person.refresh_from_db()
    assert person.priority is None
