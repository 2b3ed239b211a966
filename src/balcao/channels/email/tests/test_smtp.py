"""E-mail over a real SMTP server: what arrives, what is tried again, what is given up."""

import io
import socket
import uuid
from dataclasses import replace

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from balcao.channels.email.channel import EmailChannel
from balcao.inbox.outbound import Outgoing, Rejected, TryLater
from balcao.platform.files.actions import store_file

LETTER = Outgoing(
    uid=uuid.UUID("0b0e7f8e-6f0e-4a51-9d6c-2f1d1f9a7b11"),
    address="maria@example.org",
    subject="Sua solicitação foi concluída — protocolo 2026 0001",
    body="Olá, Maria!\n\nA poda da árvore está pronta. Até já: São João.\n.\nFim.",
    locale="pt-br",
    sender_name="Prefeitura de São João",
    sender_address="nao-responda@saojoao.gov.br",
    protocol="20260001",
)


def test_a_letter_arrives_with_its_accents_its_sender_and_its_language(postbox):
    EmailChannel().send(LETTER)
    (letter,) = postbox.letters
    assert letter["Subject"].strip() == LETTER.subject  # a folded header begins with the space of its fold
    assert letter["To"] == "maria@example.org"
    assert letter["From"].addresses[0].display_name == "Prefeitura de São João"
    assert letter["From"].addresses[0].addr_spec == "nao-responda@saojoao.gov.br"
    assert letter["Auto-Submitted"] == "auto-generated" and letter["Content-Language"] == "pt-br"
    assert letter.get_content().replace("\r\n", "\n").strip() == LETTER.body


@pytest.mark.django_db
def test_a_word_in_a_conversation_goes_with_its_files_and_by_the_name_of_the_agency(world, postbox):
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(drawn, "PNG")
    upload = ContentFile(drawn.getvalue(), name="endereço.png")
    stored = store_file(actor=world.actor("attendant"), agency_id=world.agency.pk, upload=upload)
    EmailChannel().send(replace(LETTER, subject="", files=[stored]))
    (letter,) = postbox.letters
    (file,) = letter.iter_attachments()
    assert letter["Subject"].strip() == LETTER.sender_name
    assert file.get_filename() == stored.name and Image.open(io.BytesIO(file.get_content())).size == (40, 30)
    assert letter.get_body(("plain",)).get_content().startswith("Olá, Maria!")


def test_a_repeat_keeps_its_message_id(postbox):
    EmailChannel().send(LETTER)
    EmailChannel().send(LETTER)
    EmailChannel().send(replace(LETTER, uid=uuid.uuid4()))
    first, again, other = (letter["Message-ID"] for letter in postbox.letters)
    assert first == again != other and str(LETTER.uid) in first


@pytest.mark.parametrize("says", ["421 too busy", "451 try later", "452 mailbox full"])
def test_a_4xx_is_tried_later(postbox, says):
    postbox.says = says
    with pytest.raises(TryLater, match=says[:3]):
        EmailChannel().send(LETTER)


@pytest.mark.parametrize("says", ["550 no such user", "554 spam"])
def test_a_5xx_is_final_and_the_reason_quotes_no_address(postbox, says):
    postbox.says = f"{says} maria@example.org"
    with pytest.raises(Rejected) as error:
        EmailChannel().send(LETTER)
    assert says[:3] in str(error.value) and "maria" not in str(error.value)


@pytest.mark.parametrize(("answer", "verdict"), [("550 unknown", Rejected), ("450 greylisted", TryLater)])
def test_a_refused_recipient_is_judged_by_its_own_code(postbox, answer, verdict):
    postbox.refuses["maria@example.org"] = answer
    with pytest.raises(verdict):
        EmailChannel().send(LETTER)


def test_a_server_that_keeps_its_last_word_may_have_taken_the_letter_and_it_is_said(postbox, monkeypatch):
    monkeypatch.setattr("balcao.channels.email.patience.LAST_WORD", 0.3)
    postbox.silent = True
    with pytest.raises(TryLater) as caught:
        EmailChannel().send(LETTER)
    assert caught.value.code == "unanswered"


def test_a_server_that_is_slow_with_its_last_word_gets_the_letter_once(postbox, settings):
    settings.EMAIL_TIMEOUT = 0.3
    postbox.slow = 1.0
    EmailChannel().send(LETTER)
    assert len(postbox.letters) == 1


def test_no_server_at_all_is_tried_later(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    with pytest.raises(TryLater):
        EmailChannel().send(LETTER)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Resposta\r\nBcc: todos@example.org\r\n\r\nOutro corpo"},
        {"sender_name": "Prefeitura\r\nBcc: todos@example.org"},
        {"subject": "Resposta\nX-Injected: 1"},
    ],
)
def test_words_make_no_headers_and_reach_nobody_else(postbox, change):
    try:
        EmailChannel().send(replace(LETTER, **change))
    except Rejected:
        assert not postbox.letters
        return
    (letter,) = postbox.letters
    assert letter["Bcc"] is None and letter["X-Injected"] is None
    assert postbox.envelopes[0].rcpt_tos == ["maria@example.org"]
    assert letter.get_content().replace("\r\n", "\n").strip() == LETTER.body


@pytest.mark.parametrize(
    "address", ["maria@example.org\r\nRCPT TO:<todos@example.org>", "maria@example.org, todos@example.org", "maria", ""]
)
def test_an_address_is_one_address_or_refused(postbox, address):
    with pytest.raises(Rejected):
        EmailChannel().send(replace(LETTER, address=address))
    assert not postbox.letters
