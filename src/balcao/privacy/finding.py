"""Which person is meant: by protocol, document, e-mail address or telephone, within one agency."""

from __future__ import annotations

from balcao.cases.models import Case
from balcao.citizens import identifiers
from balcao.citizens.actions import contact_hash, document_hash
from balcao.citizens.models import Person
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.numbering import parse_protocol

MOST = 20


def find_people(*, actor: Actor, agency_id: int, text: str) -> list[Person]:
    """The people whom `text` names, the newest last; several may share an address. Empty when nobody is."""
    actor.same_agency(agency_id)
    actor.require("privacy.manage")
    text = text.strip()
    people = Person.objects.filter(agency_id=agency_id).select_related("agency")
    cases = Case.objects.filter(agency_id=agency_id)
    ways = [
        lambda: people.filter(pk__in=cases.filter(protocol=parse_protocol(text)).values("reporter")),
        lambda: people.filter(document_hash=document_hash(identifiers.document(text))),
        lambda: people.filter(contacts__value_hash=contact_hash("email", identifiers.email(text))),
        lambda: people.filter(contacts__value_hash=contact_hash("phone", identifiers.phone(text))),
    ]
    for way in ways:
        try:
            found = list(way().distinct().order_by("pk")[:MOST])
        except (Refusal, ValueError):
            continue
        if found:
            return found
    return []
