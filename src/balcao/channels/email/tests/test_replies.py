"""A person answers a letter by e-mail: their words stand on their case, and nobody else's can."""

from __future__ import annotations

import io
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone
from PIL import Image

from balcao.cases.actions import ask_citizen
from balcao.cases.events import CitizenAsked
from balcao.channels.email.receiving import Became, take
from balcao.console.faults.words import of
from balcao.inbox.correcting import correct_contact
from balcao.inbox.letters import send_question
from balcao.inbox.mailing import forget_kept, retry_kept
from balcao.inbox.models import Account, Conversation, Delivery, Line, Message
from balcao.inbox.sending import deliver
from balcao.inbox.tests.conftest import send_an_answer
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.events import Happened
from balcao.platform.faults import end
from balcao.platform.files.refused import FileRefused
from balcao.platform.models import Event, Fault

from .mails import BOX, letter, signed


@pytest.fixture
def asked(world, settings):
    """A case that waits for its person, and the delivery of the question."""
    settings.MAILBOXES = "vila-serena=smtp://atendimento@vila.example"
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    remark = ask_citizen(actor=world.actor("attendant"), case=case, question="Qual é o número da casa?")
    fact = CitizenAsked(remark_id=remark.pk, paused=True)
    system = Actor.system(case.agency_id)
    happened = Happened(fact=fact, actor=system, agency_id=case.agency_id, case_id=case.pk, at=remark.at, event_id=1)
    send_question(happened)
    case.refresh_from_db()
    assert case.state == "waiting"
    return case, Delivery.objects.get(message__purpose="question")


REPLY = """É o número 42, ao lado da padaria.

Em seg., 23 de nov. de 2026 às 00:40, Prefeitura <atendimento@vila.example>
escreveu:

> Qual é o número da casa?
> Obrigado.
"""


def test_the_reply_is_heard_the_clock_runs_again_and_what_is_quoted_is_folded(asked):
    case, delivery = asked
    assert take(BOX, letter(signed(delivery), REPLY, sender=f"Maria <{delivery.address}>")) == Became.CASE
    case.refresh_from_db()
    said = case.remarks.get(kind="addition")
    assert said.text == "É o número 42, ao lado da padaria." and said.author_kind == "citizen" and said.public
    assert case.state != "waiting"
    kept = Message.objects.get(purpose="mail")
    assert kept.case == case and kept.direction == "in" and "> Obrigado." in kept.body


def test_the_same_mail_again_says_nothing_twice_and_another_of_the_same_name_is_heard(asked):
    case, delivery = asked
    first = letter(signed(delivery), "É o 42.", Message_ID="<1@bad.example>")
    assert [take(BOX, first), take(BOX, b"Received: by another way\r\n" + first)] == [Became.CASE, Became.REPEAT]
    assert take(BOX, letter(signed(delivery), "Digo, o 43.", Message_ID="<1@bad.example>")) == Became.CASE
    assert case.remarks.filter(kind="addition", text__startswith="É o 42.").count() == 1
    assert case.remarks.filter(kind="addition").count() == 2


def test_a_program_that_lost_the_address_is_known_by_thread_and_sender_together(asked):
    case, delivery = asked
    thread = {"In_Reply_To": f"<{delivery.uid}@localhost>", "References": f"<{delivery.uid}@localhost>"}
    mine = letter(BOX.address, "É o 42.", sender=f"Maria <{delivery.address}>", **thread)
    stranger = letter(BOX.address, "É o 13.", sender="x@evil.example", **thread)
    assert take(BOX, stranger) == Became.KEPT
    assert take(BOX, mine) == Became.CASE
    assert case.remarks.get(kind="addition").text == "É o 42."


def test_whoever_knows_the_number_and_the_name_says_nothing_on_the_case(asked):
    case, delivery = asked
    forged = letter(
        BOX.address, "Podem encerrar.", sender=f"Maria <{delivery.address}>", Subject=f"Re: Protocolo {case.protocol}"
    )
    assert take(BOX, forged) == Became.KEPT
    assert not case.remarks.filter(kind="addition").exists()
    fault = Fault.objects.get(kind="mail")
    assert fault.case_id is None and fault.agency_id == case.agency_id
    assert Message.objects.get(pk=fault.data["message_id"]).data["from"] == delivery.address


def test_a_reply_to_a_letter_from_before_the_secret_changed_is_heard(asked, settings):
    case, delivery = asked
    old = signed(delivery)
    settings.OLD_SECRET_KEYS, settings.SECRET_KEY = [settings.SECRET_KEY], "quite another secret"
    assert signed(delivery) != old
    assert take(BOX, letter(old, "É o 42.")) == Became.CASE
    settings.OLD_SECRET_KEYS = []
    assert take(BOX, letter(old, "É o 43.")) == Became.KEPT
    assert case.remarks.filter(kind="addition").count() == 1


@pytest.mark.parametrize(
    "headers",
    [{"List_Unsubscribe": "<mailto:x@example.org>"}, {"List_Id": "<equipe.example.org>"}, {"Precedence": "bulk"}],
)
def test_a_reply_that_a_gateway_marked_as_a_circular_is_heard(asked, headers):
    case, delivery = asked
    assert take(BOX, letter(signed(delivery), "É o 42.", **headers)) == Became.CASE
    thread = {"In_Reply_To": f"<{delivery.uid}@localhost>"}
    lost = letter(BOX.address, "Digo, 43.", sender=delivery.address, **thread, **headers)
    assert take(BOX, lost) == Became.CASE
    assert case.remarks.filter(kind="addition").count() == 2


def test_the_same_words_of_two_people_or_days_without_a_message_id_are_not_one_mail(asked):
    def mail(sender, to=BOX.address, date="Mon, 23 Nov 2026 00:40:00 -0300"):
        return letter(to, "Sim.", sender=sender, Date=date).replace(b"Message-ID", b"X-No")

    _case, delivery = asked
    assert take(BOX, mail("a@example.org")) == Became.KEPT
    assert take(BOX, mail("b@example.org")) == Became.KEPT
    assert take(BOX, mail("a@example.org", date="Tue, 24 Nov 2026 00:40:00 -0300")) == Became.KEPT
    assert take(BOX, mail("a@example.org", to=signed(delivery))) == Became.CASE
    assert take(BOX, mail("a@example.org")) == Became.REPEAT


def test_a_reply_from_another_address_says_so(asked):
    case, delivery = asked
    assert take(BOX, letter(signed(delivery), "É o 42.", sender="filho@example.org")) == Became.CASE
    assert "another e-mail address" in case.remarks.get(kind="addition").text or case.locale != "en"
    assert len(case.remarks.get(kind="addition").text.splitlines()) == 3


def test_a_letter_to_an_address_that_was_corrected_since_proves_nothing(asked):
    case, delivery = asked
    old = signed(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(state="sent")
    correct_contact(actor=Actor.citizen(case.agency_id), case=case, email="nova@example.org")
    assert take(BOX, letter(old, "É o 42.")) == Became.KEPT
    assert Fault.objects.get(kind="mail").data["why"] == "old_address"
    assert not case.remarks.filter(kind="addition").exists()


def test_photos_are_checked_and_stripped_and_what_is_refused_is_named(asked):
    case, delivery = asked
    photo = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    Image.new("RGB", (40, 30), "green").save(photo, "JPEG", exif=exif)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = f"Maria <{delivery.address}>", signed(delivery), "<p@example.org>"
    mail.set_content("Segue a foto.")
    mail.add_attachment(photo.getvalue(), maintype="image", subtype="jpeg", filename="casa.jpg")
    mail.add_attachment(b"MZ\x90\0 this is a program", maintype="image", subtype="jpeg", filename="foto.jpg")
    assert take(BOX, mail.as_bytes()) == Became.CASE
    held = case.attachments.get()
    assert held.by_citizen and held.file.kind == "image"
    with held.file.file.open() as content:
        assert b"SecretCamera" not in content.read()
    assert "foto.jpg" in case.remarks.get(kind="addition").text


@pytest.mark.parametrize("code", ["scanner_down", "no_room"])
def test_a_mail_whose_files_cannot_be_kept_just_now_is_not_acknowledged_and_comes_whole_later(asked, monkeypatch, code):
    case, delivery = asked
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(drawn, "PNG")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = f"Maria <{delivery.address}>", signed(delivery), "<p@example.org>"
    mail.set_content("Segue a foto.")
    mail.add_attachment(drawn.getvalue(), maintype="image", subtype="png", filename="casa.png")

    def refuses(**_more):
        raise FileRefused(code)

    monkeypatch.setattr("balcao.inbox.uploads.store_file", refuses)
    with pytest.raises(FileRefused):
        take(BOX, mail.as_bytes())
    assert not case.remarks.filter(kind="addition").exists() and not Message.objects.filter(purpose="mail").exists()
    monkeypatch.undo()
    assert take(BOX, mail.as_bytes()) == Became.CASE
    assert case.attachments.get().file.kind == "image"


def test_a_demand_that_has_its_answer_takes_no_words_and_somebody_reads_them(sent_and_answered, world):
    case, delivery = sent_and_answered
    assert take(BOX, letter(signed(delivery), "Não foi resolvido!")) == Became.KEPT
    fault = Fault.objects.get(kind="mail")
    assert fault.case_id == case.pk and fault.data["why"] == "answered" and of(fault).why
    with pytest.raises(Refusal):
        retry_kept(fault, world.actor("supervisor"))
    assert take(BOX, letter(signed(delivery), "Não foi resolvido!")) == Became.REPEAT


@pytest.fixture
def sent_and_answered(world, settings):
    case, delivery = send_an_answer(world)
    deliver(delivery.pk)
    case.refresh_from_db(), delivery.refresh_from_db()
    assert case.state == "closed"
    return case, delivery


def test_a_mailbox_with_a_line_makes_conversations_and_takes_in_what_was_kept(world):
    first = letter(BOX.address, "Bom dia, como peço uma poda?", Subject="Poda")
    assert take(BOX, first) == Became.KEPT
    fault = Fault.objects.get(kind="mail")
    with pytest.raises(Refusal):
        retry_kept(fault, world.actor("supervisor"))
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral")
    Account.objects.create(agency=world.agency, channel="email", key=BOX.address, name="Atendimento", line=line)
    retry_kept(fault, world.actor("supervisor"))
    assert not Fault.objects.filter(kind="mail", ended_at=None).exists()
    talk = Conversation.objects.get()
    assert talk.address == "maria@example.org" and talk.line == line and talk.messages.get().data["proven"] is False
    assert take(BOX, first) == Became.REPEAT
    assert take(BOX, letter(BOX.address, "E quanto custa?", Subject="Poda")) == Became.CONVERSATION
    assert [m.body for m in talk.messages.order_by("number")][1] == "Poda\n\nE quanto custa?"


def test_what_belonged_nowhere_is_forgotten_long_after_somebody_has_read_it(world):
    for words in ("Oferta!", "Outra."):
        take(BOX, letter(BOX.address, words))
    now = timezone.now()
    fault = Fault.objects.filter(kind="mail").first()
    end(actor=world.actor("supervisor"), fault=fault, reason="Propaganda.")
    assert forget_kept(now + timedelta(days=80)) == 0
    assert forget_kept(now + timedelta(days=100)) == 1
    assert Message.objects.get(purpose="mail").pk != fault.data["message_id"]  # nobody has read this one yet


def test_nothing_that_was_kept_tells_of_people_in_the_fault_or_the_events(asked):
    _case, delivery = asked
    take(BOX, letter(BOX.address, "Sou a Maria, CPF 123."))
    told = str(list(Fault.objects.values_list("reason", "data"))) + str(list(Event.objects.values_list("data")))
    assert "Maria" not in told and "maria@" not in told and delivery.address not in told
