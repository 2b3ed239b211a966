"""Knowing who asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash
from balcao.platform.text import clean_text

from . import identifiers
from .models import ContactPoint, Person, PriorityGroup


def document_hash(document: str) -> bytes:
    """What a normalised document is found by."""
    return keyed_hash(document, "citizens.document")


def contact_hash(kind: str, value: str) -> bytes:
    """What a normalised contact point is found by; e-mail addresses ignore case."""
    key = identifiers.email_key(value) if kind == "email" else value
    return keyed_hash(f"{kind}:{key}", "citizens.contact")


@action
def know_person(
    *,
    actor: Actor,
    agency_id: int,
    name: str,
    document: str = "",
    contacts: Mapping[str, str] | None = None,
    priority: PriorityGroup | None = None,
    locale: str = "pt-br",
) -> tuple[Person, dict[str, ContactPoint]]:
    """The person with this document in this agency, or a new one; and their contact points by kind ("email", "phone").

    Values are validated and normalised (InvalidIdentifier names the field). A name typed by whoever comes with a known
    document never renames the person: anybody can type anybody's CPF."""
    actor.same_agency(agency_id)
    name = clean_text(name, one_line=True)[:200]
    kind = identifiers.guess(document) if document else None
    document = identifiers.document(document) if document else ""
    fields = {
        "name": name,
        "nature": Person.Nature.LEGAL if kind == "cnpj" else Person.Nature.NATURAL,
        "document_kind": kind or "",
        "document": document,
        "locale": locale,
        "priority": priority,
    }
    if document:
        person, _ = Person.objects.get_or_create(
            agency_id=agency_id, document_hash=document_hash(document), defaults=fields
        )
        # What the law gives them today counts for today's demand; it is not written over what we know of them.
        person.priority = priority or person.priority
    else:
        person = rows.write(Person(agency_id=agency_id, **fields))
    points = {k: know_contact(actor=actor, person=person, kind=k, value=v) for k, v in (contacts or {}).items() if v}
    return person, points


def know_contact(*, actor: Actor, person: Person, kind: str, value: str) -> ContactPoint:
    """The contact point of `person` with this value, or a new one."""
    actor.same_agency(person.agency_id)
    value = identifiers.email(value) if kind == "email" else identifiers.phone(value)
    if rows.waits(person):  # somebody whom we meet now is known by nothing yet
        fresh = ContactPoint(person=person, kind=kind, value=value, value_hash=contact_hash(kind, value))
        return rows.write(fresh)
    contact, _ = ContactPoint.objects.get_or_create(
        person=person, kind=kind, value_hash=contact_hash(kind, value), defaults={"value": value}
    )
    return contact


def verify_contact(*, actor: Actor, contact: ContactPoint, now: datetime) -> None:
    """Whoever holds this contact point has just shown that they read what is sent there. The first time is kept."""
    actor.same_agency(contact.person.agency_id)
    ContactPoint.objects.filter(pk=contact.pk, verified_at=None).update(verified_at=now)
