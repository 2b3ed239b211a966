"""What comes back: reports of mail servers, by a real SMTP server of ours, told apart from what else machines write."""

from __future__ import annotations

import smtplib
import socket
from datetime import timedelta

import pytest

from balcao.channels.email.channel import EmailChannel
from balcao.channels.email.listening import Server
from balcao.channels.email.mailboxes import Mailbox
from balcao.channels.email.receiving import Became, take
from balcao.channels.email.reports import code_in_words
from balcao.inbox.models import Delivery
from balcao.inbox.outbound import SENDERS
from balcao.inbox.sending import deliver
from balcao.inbox.tests.conftest import send_an_answer
from balcao.platform.models import Fault
from tests.world import make_world

from .mails import BOX, letter, report, returns, signed

HERE = "vila-serena=smtp://atendimento@vila.example"


@pytest.fixture
def sent(world, settings, postbox):
    """A case that is closed, for our mail server took its answer; and the delivery of that."""
    settings.MAILBOXES = HERE
    SENDERS["email"] = EmailChannel()
    case, delivery = send_an_answer(world)
    deliver(delivery.pk)
    case.refresh_from_db(), delivery.refresh_from_db()
    assert case.state == "closed"
    return case, delivery


def test_a_letter_leaves_from_an_address_of_its_own_and_wants_its_answers_there(sent, postbox):
    _case, delivery = sent
    (envelope,), (mail,) = postbox.envelopes, postbox.letters
    assert envelope.mail_from == returns(delivery) != returns(Delivery(pk=delivery.pk + 1, address=delivery.address))
    assert returns(delivery) not in str(mail) and returns(delivery).replace("+b", "+r") != signed(delivery)
    assert mail["Reply-To"].addresses[0].addr_spec == signed(delivery)
    assert mail["From"].addresses[0].addr_spec != signed(delivery)
    assert len(envelope.mail_from.partition("@")[0]) <= 64


def test_a_bounce_opens_the_case_again_and_stands_on_the_operators_page(sent):
    case, delivery = sent
    assert take(BOX, report(returns(delivery))) == Became.BOUNCE
    case.refresh_from_db(), delivery.refresh_from_db()
    assert (case.state, case.undelivered, delivery.state) == ("answering", True, "given_up")
    assert Fault.objects.get(kind="delivery").data["code"] == "smtp:550"
    assert take(BOX, report(returns(delivery))) == Became.BOUNCE
    assert Fault.objects.get(kind="delivery").count == 1


def test_a_server_that_lost_our_address_is_believed_by_the_letter_and_whom_it_did_not_reach(sent):
    _case, delivery = sent
    ours = f"<{delivery.uid}@localhost>"
    assert take(BOX, report(BOX.address, about=ours, recipient="other@example.org")) == Became.LATE
    assert take(BOX, report(BOX.address, about=ours, recipient=delivery.address)) == Became.BOUNCE


@pytest.mark.parametrize(
    "forged",
    [
        lambda d: f"atendimento+r{d.pk}-aaaaaaaaaaaaaaaa@vila.example",
        lambda d: returns(Delivery(pk=d.pk, address="other@example.org")),
        lambda d: returns(d).replace("vila.example", "sado.example"),
        lambda d: BOX.address,
        signed,
        lambda d: signed(d).replace("+r", "+b"),
    ],
)
def test_a_stranger_reports_no_letter_of_somebody_else_as_lost(sent, forged):
    case, delivery = sent
    assert take(BOX, report(forged(delivery))) == Became.LATE
    case.refresh_from_db()
    assert case.state == "closed"


def test_what_comes_back_after_every_server_has_given_up_is_no_bounce(sent):
    case, delivery = sent
    late, later = (delivery.sent_at + timedelta(days=days) for days in (9, 11))
    assert take(BOX, report(returns(delivery)), now=later) == Became.LATE
    case.refresh_from_db()
    assert case.state == "closed"
    assert take(BOX, report(returns(delivery)), now=late) == Became.BOUNCE


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report"])
def test_that_it_was_read_or_called_spam_is_no_bounce(sent, kind):
    case, delivery = sent
    assert take(BOX, report(returns(delivery), kind=kind)) == Became.AUTOMATIC
    case.refresh_from_db()
    assert case.state == "closed"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("A multa é de 550 euros, na casa 512.", ""),
        ("Connected to 5.10.3.20 but it said 421 4.4.2.", ""),
        ("550-5.1.1 The account does not exist.", "smtp:550"),
        ("Remote host said: 552 5.2.2 Mailbox full", "smtp:552"),
        ("#5.1.1 (user unknown)", "smtp:550"),
    ],
)
def test_a_number_alone_is_no_refusal(words, code):
    assert code_in_words(words) == code


def test_another_agencys_mailbox_knows_nothing_of_it(sent):
    case, delivery = sent
    make_world("vale-do-sado", default=False)
    other = Mailbox("vale-do-sado", BOX.address, "smtp")
    assert take(other, report(returns(delivery))) == Became.LATE
    case.refresh_from_db()
    assert case.state == "closed"


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_a_letter_that_is_only_late_has_not_come_back(sent, action):
    case, delivery = sent
    assert take(BOX, report(returns(delivery), action=action)) == Became.LATE
    case.refresh_from_db()
    assert case.state == "closed"


@pytest.mark.parametrize(
    ("said", "code"), [("552 5.2.2", "smtp:552"), ("421 4.4.1", "smtp:421"), ("unknown 5.7.1", "smtp:554")]
)
def test_the_operator_reads_why(sent, said, code):
    _case, delivery = sent
    take(BOX, report(returns(delivery), said=said))
    assert Fault.objects.get(kind="delivery").data["code"] == code


def test_a_report_of_the_old_kind_is_read_for_its_code(sent):
    case, delivery = sent
    words = "Hi. This is the qmail-send program.\n\n<maria@example.org>:\nRemote host said: 550 5.1.1 User unknown\n"
    old = letter(returns(delivery), words, sender="MAILER-DAEMON@mx.example.org", Return_Path="<>")
    assert take(BOX, old) == Became.BOUNCE
    case.refresh_from_db()
    assert case.undelivered


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
    ],
)
def test_a_machine_that_answers_is_nobodys_words_and_no_bounce(sent, headers):
    case, delivery = sent
    assert take(BOX, letter(signed(delivery), "Estou de férias até 550 5.1.1.", **headers)) == Became.AUTOMATIC
    case.refresh_from_db()
    assert case.state == "closed" and not case.remarks.filter(kind="addition").exists()


@pytest.mark.parametrize("headers", [{"Precedence": "bulk"}, {"List_Id": "<noticias.example.org>"}])
def test_a_circular_or_an_old_holiday_notice_is_nobodys_words(sent, headers):
    """The programs that sign a notice only so send it to where the letter came from."""
    _case, delivery = sent
    thread = {"In_Reply_To": f"<{delivery.uid}@localhost>", "sender": delivery.address}
    assert take(BOX, letter(returns(delivery), "Estou de férias.", **thread, **headers)) == Became.AUTOMATIC
    assert take(BOX, letter(BOX.address, "Oferta!", **headers)) == Became.AUTOMATIC
    assert not Fault.objects.filter(kind="mail").exists()


def test_our_own_letter_that_comes_round_is_left(sent, postbox):
    assert sent
    (own,) = postbox.envelopes
    came = own.content.replace(b"Auto-Submitted", b"X-Was")
    assert take(BOX, came) == Became.LOOP


@pytest.mark.django_db(transaction=True)
def test_our_smtp_server_says_yes_when_it_is_kept_and_not_now_when_it_is_not(sent, monkeypatch):
    case, delivery = sent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server((BOX,), "127.0.0.1", port)
    server.start()
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as post:
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                post.sendmail("", ["somebody@vila.example"], report(returns(delivery)))
            monkeypatch.setattr("balcao.channels.email.receiving.take_back", _breaks)
            with pytest.raises(smtplib.SMTPDataError) as refused:
                post.sendmail("", [returns(delivery)], report("undisclosed"))
            assert refused.value.smtp_code == 451
            assert Fault.objects.get(kind="mailbox", ended_at=None).data["mailbox"] == BOX.address
            monkeypatch.undo()
            post.sendmail("", [returns(delivery).upper()], report("undisclosed"))
    finally:
        server.stop()
    case.refresh_from_db()
    assert case.undelivered and not Fault.objects.filter(kind="mailbox", ended_at=None).exists()


def _breaks(**_more):
    raise RuntimeError("the disk is full")
