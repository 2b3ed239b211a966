"""Who writes, as one name that does not change: Meta's id and the number, known together or one after the other."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction

from balcao.inbox.interviews.keeping import kept
from balcao.inbox.models import Account, Conversation
from balcao.platform.crypto import keyed_hash

from .models import Contact, WhatsAppNumber
from .phones import canonical
from .shapes import Sender

LOCK = 225231  # the advisory lock on an agency's contacts


def contact_of(agency_id: int, sender: Sender) -> Contact:
    """The contact of a sender, made when there is none.

    A number that comes with a Meta id joins the contact that had only the number. The same number with *another* Meta
    id is another person: numbers are given away again, ids are not. Call it outside transactions."""
    found = _known(agency_id, sender)
    if found is not None:
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, agency_id])
        return _known(agency_id, sender) or _learn(agency_id, sender)


class AcrossByNumber:
    """Meta's id of somebody is one business's own: another agency reaches them by their number, where we know it."""

    one_window = False

    def address(self, conversation: Conversation) -> str:
        number = conversation.address if conversation.address.isdigit() else kept(conversation).phone
        return number.removeprefix("+")

    def contact(self, agency_id: int, address: str) -> str:
        return str(contact_of(agency_id, Sender(wa_id=address)).uuid)

    def shown(self, account: Account) -> str:
        number: WhatsAppNumber | None = getattr(account, "whatsapp", None)
        return number.shown if number is not None else account.name


def _known(agency_id: int, sender: Sender) -> Contact | None:
    """The contact that knows all that the sender says."""
    contacts = Contact.objects.filter(agency_id=agency_id)
    users, phones = _hashes("user", sender.user_id), _hashes("phone", canonical(sender.wa_id))
    if users and phones:
        return contacts.filter(user_hash__in=users, phone_hash__in=phones).first()
    return contacts.filter(user_hash__in=users).first() if users else contacts.filter(phone_hash__in=phones).first()


def _learn(agency_id: int, sender: Sender) -> Contact:
    contacts = Contact.objects.filter(agency_id=agency_id)
    users, phones = _hashes("user", sender.user_id), _hashes("phone", canonical(sender.wa_id))
    by_user = contacts.filter(user_hash__in=users).first() if users else None
    by_phone = contacts.filter(phone_hash__in=phones).first() if phones else None
    if by_user is None and by_phone is not None and by_phone.user_hash is None:
        by_user, by_phone = by_phone, None  # known by the number alone until now
    if by_phone is not None:  # whoever had this number before has it no more
        Contact.objects.filter(pk=by_phone.pk).update(phone_hash=None)
    found = by_user or Contact(agency_id=agency_id)
    found.user_hash = users[0] if users else found.user_hash
    found.phone_hash = phones[0] if phones else found.phone_hash
    found.save()
    return found


def _hashes(kind: str, value: str) -> list[bytes]:
    """By the secret of today first, then by those that were."""
    secrets: Iterable[str | None] = (None, *settings.OLD_SECRET_KEYS)
    return [keyed_hash(value, f"whatsapp.{kind}", secret) for secret in secrets] if value else []
