"""Meta's templates: kept as it has them, said outside of the 24 hours, and what a letter leaves by then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.cases.actions import ask_citizen
from balcao.channels.whatsapp.jobs import sync_templates
from balcao.channels.whatsapp.templates import read
from balcao.inbox.approved.actions import say_template, set_for_letters, synchronise
from balcao.inbox.approved.models import ApprovedTemplate, HeldLetter
from balcao.inbox.conversations.papers import open_case_from
from balcao.inbox.conversations.pausing import close
from balcao.inbox.models import Delivery, Line, Message
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.events import react
from balcao.platform.models import Event, Fault

from .phones import Phone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def templates(phone: Phone, meta):
    assert sync_templates(0) == 1
    return {one.name: one for one in ApprovedTemplate.objects.all()}


def a_day_later() -> None:
    Message.objects.filter(direction="in").update(provider_at=timezone.now() - timedelta(hours=24))


def test_they_are_kept_as_meta_has_them_and_marked_when_they_go(phone, templates, meta):
    assert {name: (one.status, one.variables, one.may_be_sent) for name, one in templates.items()} == {
        "resposta": ("APPROVED", ["1", "2"], True),
        "lembrete": ("APPROVED", ["nome"], True),
        "campanha": ("PAUSED", [], False),
    }
    admin, account = meta.world.actor("administrator"), meta.number.account
    set_for_letters(actor=admin, template=templates["resposta"], fillings=["{name}", "{protocol}"])
    phone.cloud.templates = [phone.cloud.templates[0] | {"status": "REJECTED"}]
    assert synchronise(actor=admin, account=account) == 1
    assert dict(ApprovedTemplate.objects.values_list("name", "status")) == {
        "resposta": "REJECTED", "lembrete": "DELETED", "campanha": "DELETED"
    }  # fmt: skip
    with pytest.raises(NotAllowed):
        synchronise(actor=meta.world.actor("attendant"), account=account)
    phone.cloud.faults.expired = True
    with pytest.raises(Refusal):
        synchronise(actor=admin, account=account)
    assert sync_templates(0) == 0 and ApprovedTemplate.objects.count() == 3


def test_one_is_said_after_the_window_has_closed_with_its_variables(phone, templates):
    phone.writes("oi")
    a_day_later()
    actor = Actor.system(phone.agency_id)
    with pytest.raises(Invalid):
        say_template(actor=actor, conversation=phone.conversation, template=templates["lembrete"], values=[" "],
                     client_id="1")  # fmt: skip
    with pytest.raises(Refusal):
        say_template(actor=actor, conversation=phone.conversation, template=templates["campanha"], values=[],
                     client_id="1")  # fmt: skip
    said = say_template(actor=actor, conversation=phone.conversation, template=templates["lembrete"],
                        values=["Maria\ndas  Dores"], client_id="1")  # fmt: skip
    assert said.body == "Olá, Maria das Dores! Ainda podemos ajudar?"
    assert phone.tried(said.deliveries.get()).state == "delivered"
    sent = phone.cloud.bubbles[-1].shown["template"]["components"][0]["parameters"]
    assert sent == [{"type": "text", "text": "Maria das Dores", "parameter_name": "nome"}]


def letter(phone: Phone, meta, words: str) -> Delivery:
    """A letter about a demand that began in the conversation, a day after the person last wrote."""
    world, actor = meta.world, Actor.system(phone.agency_id)
    opened = open_case_from(actor=actor, conversation=phone.conversation, client_id="c", service=world.service,
                            kind="solicitacao", description="Árvore seca")  # fmt: skip
    phone.tried(Delivery.objects.get(message__purpose="receipt"))
    a_day_later()
    ask_citizen(actor=world.actor("supervisor"), case=opened.case, question=words)
    event = Event.objects.get(kind="CitizenAsked")
    react(event.pk, "balcao.inbox.letters.send_question")
    return phone.tried(Delivery.objects.get(message__purpose="question"))


def test_a_letter_leaves_as_the_set_template_and_in_full_when_the_person_writes(phone, templates, meta):
    phone.writes("oi")
    admin = meta.world.actor("administrator")
    set_for_letters(actor=admin, template=templates["resposta"], fillings=["{name}", "{protocol}: {answer}"])
    delivery = letter(phone, meta, "Qual é a altura da árvore?")
    assert delivery.state == "delivered" and not Fault.objects.exists()
    sent = phone.cloud.bubbles[-1].shown["template"]
    first, second = [one["text"] for one in sent["components"][0]["parameters"]]
    assert sent["name"] == "resposta" and first == "Maria"
    assert second.startswith(delivery.message.case.protocol) and len(second) < 400
    delivery.message.refresh_from_db()
    assert "Há uma resposta à sua demanda" in delivery.message.data["left_as"]
    phone.writes("quero ler")
    full = Message.objects.filter(purpose="said").get()
    assert "Qual é a altura da árvore?" in full.body
    assert phone.tried(full.deliveries.get()).state == "delivered" and phone.shown[-1] == full.body
    phone.writes("obrigada")
    assert not HeldLetter.objects.exists() and Message.objects.filter(purpose="said").count() == 1


def test_without_a_set_template_an_operator_hears_of_it_and_a_template_set_later_takes_it(phone, templates, meta):
    phone.writes("oi")
    delivery = letter(phone, meta, "Qual é a altura?")
    assert delivery.state == "given_up" and Fault.objects.get().data["code"] == "whatsapp:131047"


def test_the_end_of_a_conversation_is_told_by_the_template_that_its_line_names(phone, templates, meta):
    phone.writes("oi")
    a_day_later()
    silent = close(actor=Actor.system(phone.agency_id), conversation=phone.conversation)
    assert silent.messages.count() == 1, "no template is named: Meta would refuse our own words"
    phone.writes("voltei")
    a_day_later()
    phone.cloud.templates[2]["status"] = "APPROVED"
    sync_templates(0)
    Line.objects.filter(accounts=meta.number.account).update(closing_template="campanha")
    close(actor=Actor.system(phone.agency_id), conversation=phone.conversation)
    said = Message.objects.get(purpose="closing")
    assert said.body == phone.cloud.templates[2]["components"][0]["text"]
    assert phone.tried(said.deliveries.get()).state == "delivered"
    assert phone.cloud.bubbles[-1].shown["template"]["name"] == "campanha"


def test_what_stands_for_a_variable_is_checked(templates, meta):
    admin = meta.world.actor("administrator")
    for fillings in (["{name}"], ["{name}", ""], ["{nome}", "x"]):
        with pytest.raises(Invalid):
            set_for_letters(actor=admin, template=templates["resposta"], fillings=fillings)
    with pytest.raises(Invalid):
        set_for_letters(actor=admin, template=templates["campanha"], fillings=[])


@pytest.mark.parametrize("component, sendable", [
    ({"type": "HEADER", "format": "IMAGE"}, False), ({"type": "HEADER", "format": "TEXT", "text": "Olá"}, True),
    ({"type": "HEADER", "format": "TEXT", "text": "Olá {{1}}"}, False),
    ({"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.example/{{1}}"}]}, False),
    ({"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.example/"}]}, True),
    ({"type": "BUTTONS", "buttons": [{"type": "COPY_CODE"}]}, False),
])  # fmt: skip
def test_what_we_could_not_fill_in_is_not_offered(component, sendable):
    body = {"type": "BODY", "text": "Há novidades."}
    told = read({"name": "n", "language": "pt_BR", "status": "APPROVED", "components": [body, component]})
    assert told is not None and told.sendable is sendable
