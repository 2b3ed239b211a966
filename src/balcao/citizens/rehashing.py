"""After BALCAO_SECRET_KEY has changed: documents and contact points are found again.

Their keyed hashes depend on that key; the values themselves are kept encrypted under BALCAO_FIELD_KEYS, so the hashes
can be made anew from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import IntegrityError, models, transaction

from .actions import contact_hash, document_hash
from .models import ContactPoint, Person

BATCH = 500


@dataclass
class Tally:
    """`seen` rows, `renewed` hashes, and `twice`: people who came back after the key changed and so stand here as two
    records. Both stay; the newer one is found."""

    seen: int = 0
    renewed: int = 0
    twice: int = 0


def hash_people_anew(batch: int = BATCH) -> Iterator[Tally]:
    """Yields the running tally after each batch. Erased people have neither document nor hash."""
    tally, last = Tally(), 0
    while rows := list(Person.objects.filter(pk__gt=last).exclude(document_hash=None).order_by("pk")[:batch]):
        for person in rows:
            renew(tally, person, "document_hash", document_hash(person.document))
        tally.seen, last = tally.seen + len(rows), rows[-1].pk
        yield tally


def hash_contacts_anew(batch: int = BATCH) -> Iterator[Tally]:
    tally, last = Tally(), 0
    while rows := list(ContactPoint.objects.filter(pk__gt=last).order_by("pk")[:batch]):
        for contact in rows:
            renew(tally, contact, "value_hash", contact_hash(contact.kind, contact.value))
        tally.seen, last = tally.seen + len(rows), rows[-1].pk
        yield tally


def hashes_are_old(sample: int = 50) -> bool:
    """Whether the oldest people's documents are kept under another secret than today's."""
    oldest = Person.objects.filter(document_hash__isnull=False).order_by("pk")[:sample]
    return any(bytes(person.document_hash or b"") != document_hash(person.document) for person in oldest)


def renew(tally: Tally, row: models.Model, name: str, fresh: bytes) -> None:
    """Only where it differs, and only if nobody has changed it since it was read."""
    kept = getattr(row, name)
    if kept is None or bytes(kept) == fresh:
        return
    try:
        with transaction.atomic():
            tally.renewed += type(row)._base_manager.filter(pk=row.pk, **{name: kept}).update(**{name: fresh})
    except IntegrityError:
        tally.twice += 1
