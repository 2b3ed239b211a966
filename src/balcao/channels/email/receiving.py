"""What becomes of a mail that came in. Whoever brought it acknowledges it when `take` has returned: it is kept then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import structlog

from balcao.inbox.bouncing import take_back
from balcao.inbox.models import Delivery
from balcao.organization.models import Agency
from balcao.platform.actors import Actor

from .addresses import is_ours, letter_by_thread, letter_of
from .mailboxes import Mailbox
from .reading import Mail, understand
from .reports import code_in_words

log = structlog.get_logger()


class Became(StrEnum):
    """The words of the log for what a mail was."""

    BOUNCE = "bounce"  # a delivery came back
    LATE = "late"  # a mail server says that it still tries, or speaks of a letter that we do not know
    AUTOMATIC = "automatic"  # a machine's: nobody's words
    LOOP = "loop"  # our own letter


def take(mailbox: Mailbox, raw: bytes, *, sent_to: Iterable[str] = (), now: datetime | None = None) -> Became:
    """Act on one mail. The same one again changes nothing, whoever brings it and however often. `sent_to`: the
    envelope's recipients, where they are known. Nothing is ever sent in answer, so no two machines can write to each
    other for ever. Raises `inbox.bouncing.StillSending`: ask again in a moment."""
    agency = Agency.objects.get(slug=mailbox.agency)
    mail = understand(raw)
    letter = letter_of([*sent_to, *mail.written_to], mailbox, agency.pk)
    became = _act(mailbox, agency, mail, letter, now)
    log.info("mail_came", mailbox=mailbox.address, became=became.value, delivery=letter.pk if letter else None)
    return became


def _act(mailbox: Mailbox, agency: Agency, mail: Mail, letter: Delivery | None, now: datetime | None) -> Became:
    if mail.automatic == "bounce":
        return _bounced(agency, mail, letter, now)
    if is_ours(mail.message_id, agency.pk):
        return Became.LOOP
    return Became.AUTOMATIC


def _bounced(agency: Agency, mail: Mail, letter: Delivery | None, now: datetime | None) -> Became:
    """By the signed address that the letter left from; or by its Message-ID and whom it did not reach. A stranger knows
    neither, so nobody can report another's letter as lost."""
    report = mail.report
    if report is None:  # older than RFC 3464: words only
        code = code_in_words(mail.text) if letter else ""
    else:
        code = report.code if report.failed else ""
        letter = letter or letter_by_thread([report.about], report.recipient, agency.pk)
    if letter is None or not code:
        return Became.LATE
    take_back(actor=Actor.system(agency.pk), delivery=letter, code=code, now=now)
    return Became.BOUNCE
