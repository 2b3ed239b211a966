"""An agency's own interview ends where its outcomes say; and a typed document opens nothing to whoever types it."""

from __future__ import annotations

from typing import Any

import pytest

from balcao.cases.models import Case
from balcao.citizens.actions import know_person, verify_contact
from balcao.inbox.conversations.states import Kind, State
from balcao.inbox.interviews.actions import publish, save_draft
from balcao.inbox.interviews.answers import answers_of
from balcao.inbox.models import Line
from balcao.platform.files.actions import store_file

from .conftest import NOW, Talk, words

SUBJECT = {
    "code": "subject",
    "type": "singlevaluelist",
    "prompt": "Qual é o assunto?",
    "required": True,
    "options": [
        {"value": "tree", "label": "Árvore"},
        {"value": "bill", "label": "Cobrança"},
        {"value": "hours", "label": "Horários"},
        {"value": "far", "label": "Outra cidade"},
    ],
}
WHO = {"code": "who", "type": "identity", "documents": ["cpf"], "ask": ["name", "document"], "required": ["name"]}
STORY = {"code": "story", "type": "text", "prompt": "O que aconteceu?", "when": {"in": ["subject", ["tree", "bill"]]}}
FAR = {
    "code": "elsewhere", "type": "end", "prompt": "Só atendemos esta cidade.",
    "next_step": "Procure a outra prefeitura.", "when": {"eq": ["subject", "far"]},
}  # fmt: skip
OUTCOMES = [
    {"when": {"eq": ["subject", "tree"]}, "open": "poda", "description": "story"},
    {"when": {"eq": ["subject", "bill"]}, "line": "procon"},
    {"when": {"eq": ["subject", "hours"]}, "close": "Abrimos das 8h às 17h. Até logo!"},
]


def put_up(world, *, questions: list[Any] | None = None, **more: Any) -> None:
    asked = questions or [SUBJECT, FAR, WHO, STORY]
    definition = {"title": "Casa", "steps": [{"slug": "a", "title": "A", "questions": asked}], "outcomes": OUTCOMES}
    admin = world.actor("administrator")
    draft = save_draft(actor=admin, agency_id=world.agency.pk, slug="casa", definition=definition | more)
    publish(actor=admin, interview=draft)


@pytest.fixture
def asked(world, line):
    Line.objects.create(agency=world.agency, slug="procon", name="Procon")
    put_up(world)
    line.interview = "casa"
    line.save()
    return line


def through(talk: Talk, *given: str) -> str:
    return "\n".join(words(talk.writes(one)) for one in given)


def test_a_demand_with_the_answers_that_its_service_takes(chat):
    review = through(chat, "Oi", "Árvore", "Ana Souza", "52998224725", "Um galho caiu")
    assert "529.982.247-25" in review
    said = through(chat, "enviar")
    case = Case.objects.get()
    assert (case.description, case.service.slug, case.kind) == ("Um galho caiu", "poda", "solicitacao")
    assert "Código de acesso" in said and "Olá, Ana!" in said
    assert case.reporter == chat.conversation.person and case.reporter.document == "52998224725"


def test_an_answer_of_no_goes_along(chat, world):
    world.service.current.script = {"questions": [{"code": "wires", "type": "boolean", "prompt": "Há fios?"}]}
    world.service.current.save()
    put_up(
        world, questions=[SUBJECT, FAR, WHO, {"code": "wires", "type": "boolean", "prompt": "Toca nos fios?"}, STORY]
    )
    through(chat, "Oi", "1", "Ana Souza", "pular", "não", "Um galho caiu", "enviar")
    assert Case.objects.get().answers == {"wires": False}


def test_another_line(chat):
    said = through(chat, "Oi", "2", "Ana Souza", "pular", "Cobraram duas vezes", "enviar")
    talk = chat.conversation
    assert (talk.state, talk.line.slug, talk.person.name) == (State.WAITING, "procon", "Ana Souza")
    assert "próxima pessoa" in said and ("O que aconteceu?", "Cobraram duas vezes") in answers_of(talk)


def test_a_person_is_called_in_the_line_that_the_answers_lead_to(chat):
    through(chat, "Oi", "Cobrança", "falar com uma pessoa")
    assert chat.conversation.line.slug == "procon"


def test_words_and_good_bye(chat):
    said = through(chat, "Oi", "3", "Ana Souza", "pular", "enviar")
    assert chat.conversation.state == State.CLOSED and "Até logo!" in said and "De 0 a 10" in said


def test_an_answer_that_ends_it_says_what_to_do_instead(chat):
    said = through(chat, "Oi", "4")
    assert "Procure a outra prefeitura." in said and "De 0 a 10" not in said
    assert chat.conversation.state == State.CLOSED


NEW = {**STORY, "code": "since", "prompt": "Desde quando?", "when": {"in": ["subject", ["tree", "bill"]]}}


@pytest.mark.parametrize("running", ["finish", "move"])
def test_a_new_version_in_the_middle(chat, world, running):
    through(chat, "Oi", "1", "Ana Souza", "pular")
    put_up(world, questions=[SUBJECT, FAR, WHO, STORY, NEW], running=running)
    assert ("Desde quando?" in through(chat, "Um galho caiu")) == (running == "move")
    through(chat, "enviar" if running == "finish" else "ontem", "enviar")
    assert Case.objects.get().description == "Um galho caiu"
    assert "Desde" not in str(answers_of(chat.conversation)) or running == "move"


def test_anothers_document_opens_nothing(chat, world):
    maria, _ = know_person(actor=world.citizen, agency_id=world.agency.pk, name="Maria", document="529.982.247-25")
    said = through(chat, "Oi", "1", "Ana Souza", "529.982.247-25", "Um galho caiu", "enviar")
    talk = chat.conversation
    assert "Maria" not in said and talk.person is None, "anybody can type anybody's"
    assert talk.said_name == "Ana Souza", "whoever attends to them sees what they are called"
    maria.refresh_from_db()
    assert maria.name == "Maria" and Case.objects.get().said_name == "Ana Souza"


def test_whose_number_it_is_need_not_say_it_again(whatsapp, world):
    maria, points = know_person(
        actor=world.citizen, agency_id=world.agency.pk, name="Maria das Dores", document="529.982.247-25",
        contacts={"phone": "+5527999990001"},
    )  # fmt: skip
    through(whatsapp, "Oi")
    assert "nome" in through(whatsapp, "1"), "nobody has shown that the number is hers"
    verify_contact(actor=world.citizen, contact=points["phone"], now=NOW)
    other = Talk(whatsapp.desk, whatsapp.account, contact="dora")
    assert "O que aconteceu?" in through(other, "Oi", "1")
    assert ("Seu nome completo", "Maria das Dores") in answers_of(other.conversation)
    through(other, "falar com uma pessoa")
    assert other.conversation.person == maria


def test_the_name_that_the_channel_says_is_not_asked_where_it_is_one(chat):
    chat.writes("Oi", name="Ana Maria de Souza")
    assert "documento" in words(chat.writes("1", name="Ana Maria de Souza"))
    assert ("Seu nome completo", "Ana Maria de Souza") in answers_of(chat.conversation)


PHOTOS = {"code": "photos", "type": "files", "max": 3, "prompt": "Envie fotos"}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000"
    "000049454e44ae426082"
)


def photo(world, name: str = "a.png") -> Any:
    import io

    return store_file(actor=world.citizen, agency_id=world.agency.pk, upload=io.BytesIO(PIXEL), name=name)


def test_files_are_taken_also_those_that_came_before_they_were_asked_for(chat, world, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    put_up(world, questions=[SUBJECT, FAR, WHO, STORY, PHOTOS])
    chat.writes("Oi")
    assert "guardamos este arquivo" in words(chat.gives(Kind.FILES, files=[photo(world)]))
    said = through(chat, "1", "Ana Souza", "pular", "Um galho caiu")
    assert "Recebidos até agora: 1" in said
    assert "Recebidos até agora: 2" in words(chat.gives(Kind.FILES, files=[photo(world, "b.png")]))
    through(chat, "pronto", "enviar")
    assert Case.objects.get().attachments.count() == 2


def test_nobody_takes_anothers_file_along_by_naming_it(chat, world, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    put_up(world, questions=[SUBJECT, FAR, WHO, STORY, PHOTOS])
    theirs = str(photo(world).uuid)
    through(chat, "Oi", "1", "Ana Souza", "pular", "Um galho caiu")
    chat.gives(details={"raw": [theirs]}, text="x")
    chat.taps(f"photos={theirs}", "x")
    chat.taps("photos!skip")
    chat.taps(f"photos={theirs}", "x")  # once it is open no more
    through(chat, "enviar")
    assert Case.objects.get().attachments.count() == 0
