"""A person's mail finds its place: their words on a case, a conversation, or an operator who looks at it.

Who writes is proven by the letter that they answer (its address was signed for them alone), never by what a mail says
of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from balcao.cases.actions import add_information
from balcao.cases.models import Case
from balcao.cases.words import MAX_WORDS
from balcao.organization.models import Agency
from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.models import Fault, StoredFile
from balcao.platform.text import clean_text

from .conversations.models import Account, Conversation
from .conversations.proving import vouch
from .conversations.states import Direction
from .correcting import TO_CITIZEN
from .models import Delivery, Message, MessageFile
from .receiving import Incoming, receive

PURPOSE = "mail"
KEPT = "mail"  # the kind of its fault, too
FORGOTTEN = timedelta(days=90)  # after somebody has ended its fault
OF_A_PERSON = (*TO_CITIZEN, "way_back")


class Place(StrEnum):
    CASE = "case"
    CONVERSATION = "conversation"
    KEPT = "kept"
    REPEAT = "repeat"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One mail of a person. `key` is the same for the same mail. `words`: what they wrote now; `text`: with what they
    quote. `letter`: the delivery that it is proven to answer. `files` are stored and checked; `problems` names those
    that were refused."""

    key: str
    mailbox: str
    sender: str
    sender_name: str
    subject: str
    words: str
    text: str
    letter: Delivery | None = None
    files: Sequence[StoredFile] = ()
    problems: str = ""


def was_heard(key: str) -> bool:
    """Whether the mail of this key has its place."""
    return Message.objects.filter(key=key).exists() or Message.objects.filter(provider_id=key).exists()


def hear(*, agency: Agency, mail: Heard, now: datetime | None = None) -> Place:
    """Put it where it belongs; the same one again changes nothing. What no case and no conversation takes is kept and
    stands on the operator's page."""
    now = now or timezone.now()
    if was_heard(mail.key):
        return Place.REPEAT
    case, why = _case_of(mail.letter)
    if case is not None:
        try:
            _add(agency=agency, case=case, mail=mail, now=now)
            return Place.CASE
        except Refusal:  # it has its answer, or there are no words in it
            why = "answered"
    if _converse(agency=agency, mail=mail, now=now) is not None:
        return Place.CONVERSATION
    keep(agency=agency, mail=mail, case=case, why=why, now=now)
    return Place.KEPT


def _case_of(letter: Delivery | None) -> tuple[Case | None, str]:
    """The case that a proven letter is about, when it went to whoever asked and that is still where we write to."""
    if letter is None:
        return None, "unknown"
    message = letter.message
    if message.case is None or message.staff_id is not None or message.purpose not in OF_A_PERSON:
        return None, "not_a_case"
    contact = message.case.contact
    if contact is None or contact.value.lower() != letter.address.lower():
        return None, "old_address"
    return message.case, ""


@action
def _add(*, agency: Agency, case: Case, mail: Heard, now: datetime) -> None:
    """Their words on the case, as if written on its page. The whole mail stays beside it, quotations folded away."""
    message = _message(agency, mail, case=case, now=now)
    with translation.override(case.locale):
        add_information(
            actor=Actor.citizen(agency.pk), case=case, text=_as_information(mail), files=mail.files, now=now
        )
    MessageFile.objects.bulk_create(MessageFile(message=message, file=file) for file in mail.files)


def _as_information(mail: Heard) -> str:
    notes = []
    if mail.problems:
        notes.append(_("Files that could not be kept: %(which)s") % {"which": mail.problems})
    if mail.letter is not None and mail.sender.lower() != mail.letter.address.lower():
        notes.append(_("(This reply to our letter came from another e-mail address.)"))
    end = ("\n\n" + "\n".join(notes))[:1500] if notes else ""
    words = clean_text(mail.words or mail.subject)
    room = MAX_WORDS - len(end) - 10
    return (words if len(words) <= room else words[:room] + " […]") + end


@action
def _converse(*, agency: Agency, mail: Heard, now: datetime) -> Conversation | None:
    """Into the conversation of that mailbox, where the agency has given it a line: a proven reply into that of the
    letter that it answers, a mail of which only its From says who wrote it into one apart from all that are proven."""
    account = Account.objects.filter(agency=agency, channel="email", key=mail.mailbox, is_active=True).first()
    address = mail.letter.address if mail.letter else mail.sender
    if account is None or not address:
        return None
    actor, contact = Actor.system(agency.pk), address.lower()
    talk = mail.letter.message.conversation if mail.letter else None
    if talk is not None and talk.account_id == account.pk:
        contact = vouch(actor=actor, conversation=talk, contact=contact, now=now).contact
    subject = clean_text(mail.subject, one_line=True)
    head = f"{subject}\n\n" if subject else ""
    words = clean_text(mail.words)
    said = [f"{head}{words}".strip(), mail.problems]
    incoming = Incoming(
        provider_id=mail.key,
        contact=contact,
        address=address,
        name=mail.sender_name,
        text="\n\n".join(part for part in said if part),
        details={"proven": mail.letter is not None, "words": [len(head), len(head) + len(words)]},
        proven=mail.letter is not None,
        files=mail.files,
    )
    return receive(actor=actor, account=account, incoming=incoming, now=now).conversation


@action
def keep(*, agency: Agency, mail: Heard, case: Case | None, why: str, now: datetime) -> Fault:
    """It belongs nowhere that we know: somebody looks at it. `why`: unknown, not_a_case, old_address, answered."""
    message = _message(agency, mail, case=case, now=now)
    MessageFile.objects.bulk_create(MessageFile(message=message, file=file) for file in mail.files)
    return faults.record(
        KEPT,
        str(message.pk),
        f"a mail has no place ({why})",
        agency_id=agency.pk,
        case_id=case.pk if case else None,
        data={"message_id": message.pk, "why": why},
    )


def _message(agency: Agency, mail: Heard, *, case: Case | None, now: datetime) -> Message:
    details: dict[str, Any] = {
        "from": mail.sender,
        "name": mail.sender_name,
        "words": mail.words,
        "mailbox": mail.mailbox,
        "letter": mail.letter.pk if mail.letter else None,
        "problems": mail.problems,
    }
    return Message.objects.create(
        agency=agency,
        case=case,
        purpose=PURPOSE,
        direction=Direction.IN,
        author_kind="citizen",
        locale=case.locale if case else agency.locale,
        subject=mail.subject[:200],
        body=mail.text,
        details=json.dumps(details),
        key=mail.key,
        created_at=now,
    )


@action
def retry_kept(fault: Fault, actor: Actor) -> None:
    """Once more: the mailbox may have a line by now, the case may be open again. Refusal when it still has no place."""
    message = Message.objects.select_for_update(of=("self",)).get(pk=fault.data["message_id"], purpose=PURPOSE)
    actor.same_agency(message.agency_id)
    said, now = message.data, timezone.now()
    related = ("message__case__contact", "message__case__agency")
    letter = Delivery.objects.select_related(*related).filter(pk=said["letter"] or 0).first()
    mail = Heard(
        key=message.key,
        mailbox=said["mailbox"],
        sender=said["from"],
        sender_name=said["name"],
        subject=message.subject,
        words=said["words"],
        text=message.body,
        letter=letter,
        files=[one.file for one in message.files.select_related("file")],
        problems=said["problems"],
    )
    case, _why = _case_of(letter)
    if case is not None:
        with translation.override(case.locale):
            add_information(
                actor=Actor.citizen(message.agency_id), case=case, text=_as_information(mail), files=mail.files, now=now
            )
        message.case = case
        message.save(update_fields=["case"])
    elif _converse(agency=message.agency, mail=mail, now=now) is not None:
        message.delete()  # it stands there now
    else:
        raise Refusal(_("It still has no place: no open demand and no waiting line takes it."))
    faults.mended(fault.kind, fault.key)


def forget_kept(now: datetime | None = None) -> int:
    """Delete the mails of no case whose fault was ended long ago; how many. Their files go with the unused ones."""
    now = now or timezone.now()
    old = Message.objects.filter(purpose=PURPOSE, case=None, conversation=None, created_at__lt=now - FORGOTTEN)
    over = Fault.objects.filter(kind=KEPT, key=Cast(OuterRef("pk"), CharField()), ended_at__lt=now - FORGOTTEN)
    return old.filter(Exists(over)).delete()[1].get("inbox.Message", 0)
