"""What becomes of a mail that came in. Whoever brought it acknowledges it when `take` has returned: it is kept then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import structlog
from django.core.files.base import ContentFile
from django.utils import timezone, translation

from balcao.inbox.bouncing import take_back
from balcao.inbox.conversations.proving import known_as
from balcao.inbox.flooding import allow
from balcao.inbox.mailing import Heard, hear, was_heard
from balcao.inbox.models import Delivery
from balcao.inbox.uploads import keep
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash

from .addresses import ANSWERS, BOUNCES, is_ours, letter_by_thread, letter_of
from .folding import fold
from .mailboxes import Mailbox
from .reading import Mail, understand
from .reports import code_in_words

log = structlog.get_logger()
GIVEN_UP = timedelta(days=10)  # RFC 5321 §4.5.4.1: a server tries for four or five days; twice that


class Became(StrEnum):
    """The words of the log for what a mail was."""

    BOUNCE = "bounce"  # a delivery came back
    LATE = "late"  # a mail server says that it still tries, or speaks of a letter that we do not know
    AUTOMATIC = "automatic"  # a machine's: nobody's words
    LOOP = "loop"  # our own letter
    CASE = "case"  # a person's words on the case that our letter was about
    CONVERSATION = "conversation"
    KEPT = "kept"  # it belongs nowhere: an operator looks at it
    REPEAT = "repeat"


def take(mailbox: Mailbox, raw: bytes, *, sent_to: Iterable[str] = (), now: datetime | None = None) -> Became:
    """Act on one mail. The same one again changes nothing, whoever brings it and however often. `sent_to`: the
    envelope's recipients, where they are known. Nothing is ever sent in answer, so no two machines can write to each
    other for ever. Raises `inbox.bouncing.StillSending`: ask again in a moment; FileRefused when its files cannot be
    checked or kept just now; `platform.limits.TooMany` when its sender writes too much: leave it where it is."""
    agency = Agency.objects.get(slug=mailbox.agency)
    mail = understand(raw)
    way = BOUNCES if mail.automatic == "bounce" else ANSWERS
    addresses = [*sent_to, *mail.written_to]
    letter = letter_of(addresses, mailbox, agency.pk, way)
    if mail.automatic == "bulk" and letter_of(addresses, mailbox, agency.pk, BOUNCES):
        mail = replace(mail, automatic="auto-replied")  # vacation(1) marks its notices so, and sends them there
    became = _act(mailbox, agency, mail, letter, raw, now)
    log.info("mail_came", mailbox=mailbox.address, became=became.value, delivery=letter.pk if letter else None)
    return became


def _act(
    mailbox: Mailbox, agency: Agency, mail: Mail, letter: Delivery | None, raw: bytes, now: datetime | None
) -> Became:
    if mail.automatic == "bounce":
        return _bounced(agency, mail, letter, now)
    if is_ours(mail.message_id, agency.pk):
        return Became.LOOP
    letter = letter or letter_by_thread(mail.thread, mail.sender, agency.pk)
    if mail.automatic and (mail.automatic != "bulk" or letter is None):  # our letter's answer is no newsletter
        return Became.AUTOMATIC
    key = _key(mailbox, mail, letter, raw)
    if was_heard(key):
        return Became.REPEAT
    sender = known_as((letter.address if letter else mail.sender).lower(), proven=letter is not None)
    allow(way=f"mail:{mailbox.address}", sender=sender, agency_id=agency.pk, name=mailbox.address)
    words, _quoted = fold(mail.text)
    with translation.override(letter.message.locale if letter else agency.locale):
        uploads = [ContentFile(one.content, name=one.name) for one in mail.files]
        files, problems = keep(uploads, actor=Actor.citizen(agency.pk), come_again=True)
    heard = Heard(
        key=key,
        mailbox=mailbox.address,
        sender=mail.sender,
        sender_name=mail.sender_name,
        subject=mail.subject,
        words=words,
        text=mail.text,
        letter=letter,
        files=files,
        problems=problems,
    )
    return Became(hear(agency=agency, mail=heard, now=now).value)


def _key(mailbox: Mailbox, mail: Mail, letter: Delivery | None, raw: bytes) -> str:
    """The same for the same mail, whichever way it came. Some programs give one Message-ID to several mails, or none:
    who says what, when, and in answer to what, is part of it."""
    _head, _line, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    said = sha256(body).hexdigest()
    who = (mail.sender.lower(), mail.date, str(letter.pk if letter else ""))
    whole = "\0".join((mailbox.address, mail.message_id, said, *who))
    return f"mail:{keyed_hash(whole, 'mail.key').hex()}"


def _bounced(agency: Agency, mail: Mail, letter: Delivery | None, now: datetime | None) -> Became:
    """By the signed address that the letter left from, which no header of it names; or by its Message-ID and whom it
    did not reach. A stranger knows neither, so nobody can report another's letter as lost; and no letter is lost when
    every server has long given up on it."""
    report = mail.report
    if report is None:  # older than RFC 3464: words only
        code = code_in_words(mail.text) if letter else ""
    else:
        code = report.code if report.failed else ""
        letter = letter or letter_by_thread([report.about], report.recipient, agency.pk)
    over = letter is not None and letter.sent_at and (now or timezone.now()) - letter.sent_at > GIVEN_UP
    if letter is None or not code or over:
        return Became.LATE
    take_back(actor=Actor.system(agency.pk), delivery=letter, code=code, now=now)
    return Became.BOUNCE
