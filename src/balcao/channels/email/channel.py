"""E-mail over SMTP: plain text with a Message-ID that a repeat keeps, so that a mail server can tell it is the same."""

from __future__ import annotations

import smtplib
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import sanitize_address

from balcao.inbox.models import Account, Conversation, Delivery
from balcao.inbox.outbound import UNANSWERED, Outgoing, Rejected, TryLater

from .addresses import ANSWERS, BOUNCES, signed_address
from .mailboxes import mailbox_of
from .patience import PatientBackend, Unanswered

RESERVED = (".example", ".invalid", ".test")  # RFC 2606


class EmailChannel:
    """Hands a message to the mail server that the settings name: five seconds a step, a minute for its last word."""

    def send(self, message: Outgoing) -> None:
        """Raises Rejected on a permanent refusal (5xx), TryLater on anything else that keeps it from being taken."""
        if "@" not in message.address:
            raise Rejected("the address is not a valid e-mail address", "address")
        domain = urlsplit(settings.BASE_URL).hostname or "localhost"
        sender = message.sender_address or settings.DEFAULT_FROM_EMAIL.split("<")[-1].rstrip("> ")
        shown = formataddr((message.sender_name, sender))
        answers, bounces = _own_addresses(message)
        mail = EmailMessage(
            subject=" ".join(message.subject.split()) or message.sender_name,  # a word in a conversation has none
            body=message.body,
            from_email=bounces or shown,  # the envelope's: where it comes back to
            to=[message.address],
            reply_to=[formataddr((message.sender_name, answers))] if answers else [],
            headers={
                "From": shown,
                "Message-ID": f"<{message.uid}@{domain}>",
                "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office reply to a machine
                "Content-Language": message.locale,
            },
            connection=_connection(message.address),
        )
        for stored in message.files:
            with stored.file.open("rb") as content:
                mail.attach(stored.name, content.read(), stored.mime)
        try:
            sanitize_address(message.address, "utf-8")
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _verdict(code, text) from error
        except smtplib.SMTPResponseException as error:
            raise _verdict(error.smtp_code, error.smtp_error) from error
        except ValueError as error:
            raise Rejected("the address is not a valid e-mail address", "address") from error
        except Unanswered as error:
            raise TryLater("the mail server took it and said no more", UNANSWERED) from error
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(f"the mail server did not take it ({type(error).__name__})", "unreachable") from error


class AcrossByMail:
    """Whoever has an address has it for every agency."""

    one_window = False

    def address(self, conversation: Conversation) -> str:
        return conversation.address if "@" in conversation.address else ""

    def contact(self, agency_id: int, address: str) -> str:
        return address.lower()

    def shown(self, account: Account) -> str:
        return account.key


def _own_addresses(message: Outgoing) -> tuple[str, str]:
    """Where the answers to this letter come to, and where it comes back to; empty when its agency has no mailbox."""
    if not settings.MAILBOXES:
        return "", ""
    found = Delivery.objects.filter(uid=message.uid).values_list("pk", "message__agency__slug").first()
    mailbox = mailbox_of(found[1]) if found else None
    if found is None or mailbox is None:
        return "", ""
    number, to = found[0], message.address
    return signed_address(mailbox, number, to, ANSWERS), signed_address(mailbox, number, to, BOUNCES)


def _connection(address: str) -> Any:
    """The mail server; a file for an address of a reserved domain, where nobody lives: the demonstration's people."""
    if settings.EMAIL_HOST and address.lower().endswith(RESERVED):
        return get_connection("django.core.mail.backends.filebased.EmailBackend")
    if settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
        return PatientBackend(fail_silently=False)
    return get_connection(fail_silently=False)


def _verdict(code: int, text: bytes | str) -> Exception:
    """RFC 5321 §4.2.1: 5yz is permanent, 4yz is not. Its words may quote the address: only the code is kept."""
    kind = Rejected if 500 <= code < 600 else TryLater
    return kind(f"the mail server answered {code}", f"smtp:{code}")
