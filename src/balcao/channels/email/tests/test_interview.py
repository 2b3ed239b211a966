"""An interview by e-mail: one letter with all questions, one reply with the answers, a review, the demand's number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.models import Case
from balcao.channels.contract import InboundContract, Reply
from balcao.channels.email.receiving import Became, take
from balcao.inbox.conversations.jobs import tend
from balcao.inbox.conversations.states import State
from balcao.inbox.interviews.running import proceed
from balcao.inbox.models import Account, Conversation, Line, Message
from balcao.platform.actors import Actor
from tests.world import make_world

from .mails import BOX, letter, signed

pytestmark = pytest.mark.django_db
MARIA = "Maria <maria@example.org>"


@dataclass
class Maria:
    """Writes from her own mailbox, and answers the newest letter that she got."""

    line: Line
    seen: int = 0
    last: bytes = b""

    @property
    def talk(self) -> Conversation:
        return Conversation.objects.get(channel="email")

    def writes(self, words: str, to: str = BOX.address, **headers: str) -> str:
        """What she hears after it."""
        self.last = letter(to, words, sender=MARIA, **headers)
        return self.again()

    def again(self) -> str:
        took = take(BOX, self.last)
        if took == Became.CONVERSATION:
            proceed(actor=Actor.system(self.line.agency_id), conversation=self.talk)
        said = Message.objects.filter(conversation=self.talk, direction="out", number__gt=self.seen).order_by("number")
        heard = [one.body for one in said]
        self.seen = self.talk.last_number
        return "\n\n".join(heard)

    def replies(self, words: str, **headers: str) -> str:
        newest = Message.objects.filter(conversation=self.talk, direction="out", case=None).latest("number")
        return self.writes(words, signed(newest.deliveries.get()), **headers)

    @property
    def answers(self) -> dict[str, object]:
        return {code: one["value"] for code, one in self.talk.asked["state"]["answers"].items()}


@pytest.fixture
def maria(db, settings, tmp_path):
    settings.MAILBOXES, settings.MEDIA_ROOT = "vila-serena=smtp://atendimento@vila.example", tmp_path
    world = make_world(BOX.agency)
    line = Line.objects.create(
        agency=world.agency, slug="geral", name="Geral", interview="service:poda", interview_by_mail=True
    )
    Account.objects.create(agency=world.agency, channel="email", key=BOX.address, name="Correio", line=line)
    return Maria(line)


WHO = "1. Reclamação\n2. {said}\n3. Rua A, 10\n4. pular\n5. Sim, vou dizer quem sou"
QUOTED = "\n\nEm seg., 23 de nov. de 2026 às 00:40, Prefeitura <atendimento@vila.example> escreveu:\n> 1. Que tipo é?\n"


def test_a_whole_demand_by_three_letters_with_a_correction_and_its_number(maria):
    first = maria.writes("Há um galho sobre os fios.")
    assert "1. Que tipo de mensagem é?" in first and "5. Você gostaria de dizer quem é?" in first
    assert "3. Onde é?" in maria.replies("Bom dia!\n\n1. Reclamação\n2. Galho sobre os fios" + QUOTED), "what is left"
    second = maria.replies("3. Rua A, 10\n4. pular\n5. Sim, vou dizer quem sou")
    assert "1. Que tipo" not in second and "seu nome" in second.lower()
    numbers = {line.split(". ")[1]: line.split(". ")[0] for line in second.splitlines() if line[:1].isdigit()}
    name = next(number for asked, number in numbers.items() if "nome" in asked.lower())
    skipped = "\n".join(
        f"{n}. {'concordo' if 'concord' in q.lower() else 'pular'}" for q, n in numbers.items() if n != name
    )
    review = maria.replies(f"{name}. Maria das Dores\n{skipped}")
    while "enviar" not in review:  # what those answers opened
        review = maria.replies("sim")
    assert "2. " in review and "Galho sobre os fios" in review
    assert "Galho grande" in maria.replies("2. Galho grande sobre os fios")
    told = maria.replies("Enviar\n\nMaria")
    case = Case.objects.get()
    assert (case.kind, case.description, case.channel) == ("reclamacao", "Galho grande sobre os fios", "email")
    assert str(case.protocol)[-2:] in told and "Código de acesso" in told
    assert case.reporter is not None and case.reporter.name == "Maria das Dores"
    assert maria.talk.state == State.CLOSED


def test_what_the_first_letter_told_is_not_asked_again_and_can_be_changed(maria):
    first = maria.writes("Há um galho sobre os fios.")
    assert "1. Que tipo" in first and "\n2. " not in first and "já está anotado" in first
    assert (
        "3. Onde é?" in maria.replies("1. Reclamação") and maria.answers["description"] == "Há um galho sobre os fios."
    )
    maria.replies("2. Há dois galhos sobre os fios.")
    assert maria.answers["description"] == "Há dois galhos sobre os fios."


def test_a_letter_that_only_says_hello_is_asked_everything(maria):
    first = maria.writes("Olá, bom dia!")
    assert "\n2. " in first and "já está anotado" not in first


def test_mail_whose_sender_nothing_proves_answers_for_nobody(maria):
    maria.writes("Olá")
    assert maria.writes(WHO.format(said="Galho")) == "" and maria.answers == {}
    tend(timezone.now() + timedelta(minutes=3))
    assert maria.talk.state == State.WAITING, "a person reads it"


def test_a_machines_answer_moves_nothing_and_is_not_answered(maria):
    maria.writes("Olá")
    before = maria.talk.last_number
    assert maria.replies("1. Reclamação", Auto_Submitted="auto-replied") == "" and maria.answers == {}
    assert maria.talk.last_number == before


def test_who_answers_nothing_is_read_by_a_person_and_gets_no_further_letter(maria):
    maria.writes("Há um galho sobre os fios.")
    tend(timezone.now() + timedelta(hours=25))
    assert maria.talk.state == State.WAITING and maria.talk.messages.filter(direction="out").count() == 1


def test_a_person_is_called_with_what_was_answered(maria):
    maria.writes("Olá")
    maria.replies("1. Reclamação")
    assert "pessoa" in maria.replies("falar com uma pessoa\n\nMaria")
    assert maria.talk.state == State.WAITING and maria.answers["kind"] == "reclamacao"


def test_where_the_line_does_not_say_so_a_person_answers_and_no_letter_goes_out(maria):
    Line.objects.update(interview_by_mail=False)
    assert maria.writes("Olá") == "" and maria.talk.state == State.WAITING


SAID = {"Que tipo": "Reclamação", "Onde": "Rua A, 10", "quem é": "Sim, vou dizer quem sou",
        "seu nome": "Maria das Dores",
        "meus dados": "Concordo"}  # fmt: skip


@dataclass
class Correspondent(Maria):
    """Answers every question of each letter, until one asks again what was answered."""

    def ask(self, description: str) -> Reply:
        told, asked = self.writes("Bom dia"), set[str]()
        while "“enviar”" not in told:
            lines = [line for line in told.splitlines() if line[:1].isdigit() and "…" not in line]
            if not asked.isdisjoint(lines):
                return Reply(False, told)
            asked |= set(lines)
            told = self.replies("\n".join(self._answer(line, description) for line in lines))
        self.replies("Enviar")
        return self.heard()

    def _answer(self, line: str, description: str) -> str:
        number, _dot, question = line.partition(". ")
        said = (answer for word, answer in {**SAID, "Conte": description}.items() if word in question)
        return f"{number}. {next(said, 'pular')}"

    def deliver(self) -> Reply:
        """Her server brings the last mail once more, and our workers try again what failed."""
        take(BOX, self.last)
        proceed(actor=Actor.system(self.line.agency_id), conversation=self.talk)
        return self.heard()

    def heard(self) -> Reply:
        told = "\n".join(one.body for one in Message.objects.filter(direction="out").order_by("number"))
        return Reply("Código de acesso" in told, told)


class Served:
    """As the contract speaks of it."""

    def __init__(self, maria: Correspondent) -> None:
        self.ask, self.again = maria.ask, maria.deliver


class TestDemandsByMail(InboundContract):
    explains = "letras"

    @pytest.fixture
    def driver(self, maria):
        return Served(Correspondent(maria.line))
