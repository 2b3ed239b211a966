"""Another agency goes on only with the person's own yes, and neither sees what is the other's."""

from __future__ import annotations

import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from balcao.inbox.conversations.jobs import tend
from balcao.inbox.conversations.letting_go import forget
from balcao.inbox.conversations.lines import claim, write_note
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.presence import beat
from balcao.inbox.conversations.queries import inbox
from balcao.inbox.conversations.speaking import say
from balcao.inbox.conversations.states import State
from balcao.inbox.conversations.window import may_write
from balcao.inbox.handing.asking import ask
from balcao.inbox.handing.places import places
from balcao.inbox.models import Account, Conversation, Handover, Message, MessageFile
from balcao.inbox.receiving import Incoming, receive
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed, Refusal
from balcao.platform.files.models import StoredFile
from balcao.platform.models import Event
from balcao.privacy.exporting import export_person

from .conftest import NUMBER, later

pytestmark = pytest.mark.django_db


def test_with_a_yes_the_other_agency_gets_the_words_and_the_conversation_closes(maria, procon):
    case = maria.desk.world.open()
    write_note(actor=maria.ana, conversation=maria.talk, text="Ela parece nervosa", now=later(minutes=1))
    letter = {"direction": "out", "case": case, "purpose": "receipt", "body": "Código secreto 7K2", "locale": "pt-br"}
    talk = maria.talk
    Conversation.objects.filter(pk=talk.pk).update(last_number=3)
    Message.objects.create(
        agency=talk.agency, conversation=talk, number=3, key="r", created_at=later(minutes=1), **letter
    )
    asked = maria.is_asked(procon.line)
    question = maria.heard()
    assert "Defesa do consumidor" in question.body and "Prefeitura de procon" in question.body
    assert [one["id"] for one in question.data["buttons"]] == [f"handover{asked.pk}=true", f"handover{asked.pk}=false"]
    assert procon.talks == [], "nothing goes before they have answered"
    maria.taps(f"handover{asked.pk}=true")
    maria.goes_on()  # once more
    [theirs] = procon.talks
    assert (theirs.state, theirs.line, theirs.account) == (State.WAITING, procon.line, procon.account)
    assert (theirs.address, theirs.said_name, theirs.person_id) == (NUMBER, "Maria das Dores", None)
    assert theirs.waits_for_us and not may_write(theirs, later(minutes=6)), "WhatsApp's window is each number's own"
    notes = procon.notes()
    assert "Fui cobrada duas vezes" in notes and "Cobrança indevida" in notes and "Prefeitura de vila-serena" in notes
    assert "nervosa" not in notes and "7K2" not in notes
    assert set(Message.objects.filter(conversation=theirs).values_list("purpose", flat=True)) == {"note"}
    assert (maria.talk.state, maria.talk.ending) == (State.CLOSED, "passed")
    assert "PROCON" in maria.heard().body, "she knows where it goes on"
    asked.refresh_from_db()
    assert (asked.state, asked.asked_by_id, asked.question) == ("done", maria.ana.id, question.number)
    assert Message.objects.get(conversation=maria.talk, number=asked.answer).kind == "reply" and asked.answered_at


def test_what_they_write_behind_their_yes_goes_along(maria, procon):
    asked = maria.is_asked(procon.line)
    told = {"address": maria.address, "at": later(minutes=3)}
    maria.desk.writes("maria", "", kind="reply", details={"id": f"handover{asked.pk}=true"}, **told)
    maria.desk.writes("maria", "A fatura é a de março", **told)
    maria.goes_on()
    assert "A fatura é a de março" in procon.notes() and maria.talk.state == State.CLOSED


@pytest.mark.parametrize("words", ["Sim", "sim, por favor!", "Claro. Obrigada, Maria"])
def test_a_yes_in_words(maria, procon, words):
    maria.is_asked(procon.line)
    maria.says(words)
    assert len(procon.talks) == 1


@pytest.mark.parametrize("words", ["Não", "nao, obrigada"])
def test_with_a_no_everything_stays_where_it_is(maria, procon, words):
    asked = maria.is_asked(procon.line)
    beat(actor=maria.ana, now=later(minutes=5))
    maria.says(words)
    maria.taps(f"handover{asked.pk}=true")
    assert procon.talks == [] and maria.talk.state == State.HELD and "nada" in maria.heard().body
    assert Handover.objects.get().state == "declined"


@pytest.mark.parametrize("words", ["Sim, mas sem o meu nome", "sim?", "1", "Sim. Não.", "Talvez", "Quem são eles?"])
def test_in_doubt_nobody_has_agreed(maria, procon, words):
    maria.is_asked(procon.line)
    maria.says(words)
    assert procon.talks == [] and Handover.objects.get().state == "asked"


def test_a_yes_to_something_that_was_said_since_is_no_consent_but_the_button_is(maria, procon):
    asked = maria.is_asked(procon.line)
    say(actor=maria.ana, conversation=maria.talk, client_id="1", text="A senhora mora aqui?", now=later(minutes=3))
    maria.says("Sim")
    assert procon.talks == []
    maria.taps("more=true")
    assert procon.talks == [], "the button of another question"
    maria.taps(f"handover{asked.pk}=true")
    assert len(procon.talks) == 1


def test_after_a_day_a_yes_is_none_any_more(maria, procon):
    asked = maria.is_asked(procon.line)
    maria.taps("x")
    tend(later(days=1, minutes=3))
    assert Handover.objects.get().state == "lapsed" and Event.objects.filter(kind="HandoverEnded").count() == 1
    maria.says("", kind="reply", details={"id": f"handover{asked.pk}=true"}, at=later(days=1, minutes=4))
    assert procon.talks == []


def test_asked_again_the_newest_question_holds(maria, procon):
    first = maria.is_asked(procon.line)
    with pytest.raises(Refusal):
        maria.is_asked(procon.line)
    say(actor=maria.ana, conversation=maria.talk, client_id="1", text="O que acha?", now=later(minutes=3))
    second = maria.is_asked(procon.line, note="", now=later(minutes=4))
    maria.taps(f"handover{first.pk}=true")
    assert procon.talks == []
    maria.taps(f"handover{second.pk}=true")
    assert len(procon.talks) == 1 and "Cobrança" not in procon.notes()
    assert list(Handover.objects.order_by("pk").values_list("state", flat=True)) == ["lapsed", "done"]


def test_refused_where_the_other_agency_could_not_write_to_her(maria, procon):
    Account.objects.filter(pk=procon.account.pk).update(is_active=False)
    with pytest.raises(Refusal, match="procon"):
        maria.is_asked(procon.line)
    Account.objects.filter(pk=procon.account.pk).update(is_active=True)
    Conversation.objects.update(address="BR.1502576394655843")  # Meta's id for one business alone
    with pytest.raises(Refusal, match="procon"):
        maria.is_asked(procon.line)
    Conversation.objects.update(address=NUMBER, channel="webchat")
    with pytest.raises(Refusal, match="procon"):
        maria.is_asked(procon.line)
    assert not Handover.objects.exists()


def test_only_whoever_has_it_or_leads_asks_and_only_for_lines_that_are_open(maria, procon):
    beto, lead = maria.desk.attendant("beto"), maria.desk.world.actor("supervisor")
    with pytest.raises(NotAllowed):
        ask(actor=beto, conversation=maria.talk, line=procon.line, now=later(minutes=2))
    with pytest.raises(NotAllowed):
        ask(actor=procon.world.actor("supervisor"), conversation=maria.talk, line=procon.line)
    procon.line.open_to_others = False
    procon.line.save()
    assert not places(maria.talk.agency_id).exists()
    with pytest.raises(Refusal):
        ask(actor=lead, conversation=maria.talk, line=procon.line, now=later(minutes=2))
    procon.line.open_to_others = True
    procon.line.save()
    Conversation.objects.update(proven=False)
    with pytest.raises(Refusal):
        ask(actor=lead, conversation=maria.talk, line=procon.line, now=later(minutes=2))
    Conversation.objects.update(proven=True)
    assert ask(actor=lead, conversation=maria.talk, line=procon.line, now=later(minutes=2)).asked_by_id == lead.id


def test_the_line_closed_meanwhile_nothing_is_passed_on_and_the_attendant_knows(maria, procon):
    maria.is_asked(procon.line)
    procon.line.open_to_others = False
    procon.line.save()
    maria.says("Sim")
    assert procon.talks == [] and maria.talk.state != State.CLOSED
    assert "Defesa do consumidor" in Message.objects.filter(conversation=maria.talk, purpose="note").get().body
    assert Handover.objects.get().state == "failed"


def test_neither_agency_sees_the_other_ones(maria, procon):
    maria.is_asked(procon.line)
    about = Event.objects.get(kind="HandoverAsked")
    assert about.agency_id == maria.talk.agency_id and procon.line.pk not in about.data.values()
    maria.says("Sim")
    [theirs] = procon.talks
    here, there = maria.desk.world.actor("supervisor"), procon.world.actor("supervisor")
    assert list(inbox(here, "closed")) == [maria.talk] and list(inbox(there, "waiting")) == [theirs]
    assert set(Conversation.objects.visible_to(here)) == {maria.talk}
    assert set(Conversation.objects.visible_to(there)) == {theirs}
    assert not Handover.objects.visible_to(there).exists() and Handover.objects.visible_to(here).exists()
    assert {m.agency_id for m in Message.objects.filter(conversation=theirs)} == {procon.world.agency.pk}
    for event in Event.objects.filter(agency_id=procon.world.agency.pk):
        assert event.data.get("conversation_id") in (None, theirs.pk)
    for event in Event.objects.filter(agency_id=maria.talk.agency_id):
        assert event.data.get("conversation_id") in (None, maria.talk.pk)


def test_when_she_writes_there_it_is_that_conversation_and_who_is_there_already_goes_on_in_it(maria, procon):
    from balcao.channels.whatsapp.contacts import contact_of
    from balcao.channels.whatsapp.shapes import Sender

    maria.is_asked(procon.line)
    maria.says("Sim")
    contact = contact_of(procon.world.agency.pk, Sender(user_id="BR.77", wa_id=NUMBER))
    told = Incoming(provider_id="p1", contact=str(contact.uuid), address="BR.77", text="Bom dia")
    system = Actor.system(procon.world.agency.pk)
    got = receive(actor=system, account=procon.account, incoming=told, now=later(hours=1))
    assert not got.opened and [got.conversation] == procon.talks
    maria.says("Voltei", at=later(hours=2))
    assert maria.talk.state == State.WAITING
    claim(actor=maria.ana, conversation=maria.talk, now=later(hours=2))
    maria.is_asked(procon.line, now=later(hours=2, minutes=1))
    maria.says("Sim", at=later(hours=2, minutes=2))
    assert len(procon.talks) == 1 and "Voltei" in procon.notes()


def test_by_mail_only_a_reply_that_is_proven_agrees(maria, procon, line):
    system = maria.desk.system
    box = Account.objects.create(agency=line.agency, channel="email", key="a@vila.example", name="Mail", line=line)
    there = Account.objects.create(
        agency=procon.world.agency, channel="email", key="p@procon.example", name="PROCON", line=procon.line
    )

    def mails(text: str, **more):
        known = {"contact": "rui@example.org", "address": "Rui@example.org", "name": "Rui", "proven": True, **more}
        where = {"words": [text.index("\n\n") + 2, len(text)]}
        told = Incoming(provider_id=text, text=text, details=where, **known)
        got = receive(actor=system, account=box, incoming=told, now=later(minutes=5)).conversation
        maria.goes_on()
        return got

    talk = mails("Cobrança\n\nPaguei duas vezes")
    lead = maria.desk.world.actor("supervisor")
    claim(actor=maria.ana, conversation=talk, now=later(minutes=2))
    ask(actor=lead, conversation=talk, line=procon.line, now=later(minutes=2))
    mails("Re: Cobrança\n\nSim.", proven=False)
    assert procon.talks == []
    mails("Re: Cobrança\n\nSim\n\nRui")
    assert [(one.account, one.contact, one.proven) for one in procon.talks] == [(there, "rui@example.org", True)]


def test_forgetting_and_the_persons_copy(maria, procon):
    person, _contact = maria.desk.world.person()
    Conversation.objects.filter(pk=maria.talk.pk).update(person=person)
    held = StoredFile.objects.create(
        agency_id=maria.talk.agency_id, kind="pdf", name="conta.pdf", mime="application/pdf", size=3, sha256="0" * 64
    )
    MessageFile.objects.create(message=Message.objects.get(conversation=maria.talk, number=1), file=held)
    maria.is_asked(procon.line)
    maria.says("Sim")
    [theirs] = procon.talks
    assert not MessageFile.objects.filter(message__conversation=theirs).exists() and "conta.pdf" not in procon.notes()
    assert "arquivos que ficam lá: 1" in procon.notes()
    elsewhere, _contact = procon.world.person()
    Conversation.objects.filter(pk=theirs.pk).update(person=elsewhere)
    copies = {}
    MessageFile.objects.all().delete()
    for world, whose in ((maria.desk.world, person), (procon.world, elsewhere)):
        to = BytesIO()
        export_person(actor=world.actor("administrator"), person=whose, to=to)
        [copies[world.agency.slug]] = json.loads(ZipFile(to).read("dados.json"))["conversations"]
    assert [one["state"] for one in copies["vila-serena"]["passed_on"]] == ["done"]
    [words] = copies["procon"]["passed_on_to_us"]
    assert "Fui cobrada" in words and "indevida" not in words, "the colleagues' note is theirs"
    close(actor=Actor.system(theirs.agency_id), conversation=theirs)
    for talk in Conversation.objects.all():
        forget(Conversation.objects.filter(pk=talk.pk))
    assert Handover.objects.get().note == "" and not procon.notes().strip()
