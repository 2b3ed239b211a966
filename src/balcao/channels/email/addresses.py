"""The signed addresses of one letter, and the proof of which letter a mail to them belongs to.

`atendimento+r812-kq3f5m2z7ayx4c6b@example.gov.br`: the delivery's number, and 80 bits of an HMAC over it and the
address that the letter went to. `+r` is where its answers come to; `+b`, which only the envelope names, where mail
servers return it to (as VERP does): what is sent to the one proves nothing at the other. Whoever corrects where we
write to makes the addresses of the old letter worthless. Small letters and digits only: mail servers may change the
case."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from balcao.inbox.models import Delivery
from balcao.platform.crypto import keyed_hash

from .mailboxes import Mailbox

SIGNED = re.compile(
    r"(?P<local>[^+@]+)\+(?P<way>[br])(?P<number>[1-9][0-9]{0,17})-(?P<proof>[a-z2-7]{16})@(?P<domain>[^@]+)"
)
ANSWERS, BOUNCES = "r", "b"
PURPOSES = {ANSWERS: "mail.reply", BOUNCES: "mail.bounce"}
MOST = 60  # addresses of one mail that are looked at


def signed_address(mailbox: Mailbox, number: int, address: str, way: str = ANSWERS) -> str:
    """Where the answers to the letter of delivery `number` to `address` come to; with BOUNCES, where it returns to."""
    return f"{mailbox.local}+{way}{number}-{_proof(number, address, way)}@{mailbox.domain}"


def letter_of(addresses: Iterable[str], mailbox: Mailbox, agency_id: int, way: str = ANSWERS) -> Delivery | None:
    """The delivery that one of these addresses was made for; None when none is ours, or its proof does not hold. A
    proof under an older secret holds as long as the settings name that."""
    for found in list(addresses)[:MOST]:
        match = SIGNED.fullmatch(found.strip().lower())
        if match is None or (match["local"], match["domain"], match["way"]) != (mailbox.local, mailbox.domain, way):
            continue
        delivery = _deliveries(agency_id).filter(pk=int(match["number"])).first()
        for secret in (None, *settings.OLD_SECRET_KEYS) if delivery else ():
            assert delivery is not None
            if hmac.compare_digest(_proof(delivery.pk, delivery.address, way, secret), match["proof"]):
                return delivery
    return None


def letter_by_thread(message_ids: Iterable[str], written_to: str, agency_id: int) -> Delivery | None:
    """The delivery whose Message-ID (122 random bits that only its recipient was sent) stands in a thread, when the
    mail also names the address that it went to. For programs that lose the signed address."""
    for uid in _uids(message_ids):
        delivery = _deliveries(agency_id).filter(uid=uid).first()
        if delivery and delivery.address.lower() == written_to.strip().lower():
            return delivery
    return None


def is_ours(message_id: str, agency_id: int) -> bool:
    """Whether a letter of ours carries this Message-ID: it came back to us as it went out."""
    return any(_deliveries(agency_id).filter(uid=uid).exists() for uid in _uids([message_id]))


def _deliveries(agency_id: int) -> QuerySet[Delivery]:
    related = ("message__case__contact", "message__answer", "message__agency")
    return Delivery.objects.filter(channel="email", message__agency_id=agency_id).select_related(*related)


def _proof(number: int, address: str, way: str, secret: str | None = None) -> str:
    said = keyed_hash(f"{number}\0{address.strip().lower()}", PURPOSES[way], secret)[:10]
    return base64.b32encode(said).decode().lower()


UID = re.compile(r"<?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@[^@\s]+", re.IGNORECASE)


def _uids(message_ids: Iterable[str]) -> list[str]:
    return [match[1] for match in map(UID.match, list(message_ids)[:MOST]) if match]
