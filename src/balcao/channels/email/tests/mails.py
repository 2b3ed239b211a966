"""Mails as the world writes them."""

from __future__ import annotations

from email.message import EmailMessage

from balcao.channels.email.addresses import BOUNCES, signed_address
from balcao.channels.email.mailboxes import Mailbox
from balcao.inbox.models import Delivery

BOX = Mailbox("vila-serena", "atendimento@vila.example", "smtp")


def signed(delivery: Delivery, box: Mailbox = BOX) -> str:
    """Where answers go to."""
    return signed_address(box, delivery.pk, delivery.address)


def returns(delivery: Delivery, box: Mailbox = BOX) -> str:
    """Where it comes back to."""
    return signed_address(box, delivery.pk, delivery.address, BOUNCES)


def letter(to: str, words: str, *, sender: str = "Maria <maria@example.org>", **headers: str) -> bytes:
    """A person's plain mail. Headers with `_` for `-`."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, "Re: Sua demanda"
    mail["Message-ID"] = f"<{abs(hash((to, words, sender)))}@mail.example.org>"
    for name, value in headers.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    return mail.as_bytes()


def report(
    to: str,
    *,
    recipient: str = "maria@example.org",
    action: str = "failed",
    about: str = "<x@y>",
    said: str = "550 5.1.1",
    kind: str = "delivery-status",
) -> bytes:
    """A delivery status notification as Postfix writes it."""
    status = said.split()[-1]
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="B"
Message-Id: <4XyZ@mx.example.org>

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Mon, 23 Nov 2026 03:40:00 +0000 (UTC)

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx2.example.org
Diagnostic-Code: smtp; {said} <{recipient}>: Recipient address rejected: User unknown

--B
Content-Type: text/rfc822-headers

From: Prefeitura <nao-responda@vila.example>
To: {recipient}
Message-ID: {about}

--B--
""".replace("\n", "\r\n").encode()
