"""Who the person is, as far as they and their channel have said: not asked again, and never more than they proved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from balcao.citizens import identifiers
from balcao.citizens.actions import contact_hash, document_hash, know_person
from balcao.citizens.models import ContactPoint, Person, PriorityGroup
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.moving import change
from balcao.inbox.conversations.papers import identify
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from .keeping import Kept, kept

SELF = ("who_name", "who_document", "who_email", "who_phone", "priority")  # what people say of themselves
#: Where a contact is one person's own for long, and what they said last month is theirs still. A browser is not.
PERSONAL = ("whatsapp",)
_FULL_NAME = re.compile(r"[^\W\d_]{2,}(?:[ '’-][^\W\d_]+)*(?: [^\W\d_]{2,})(?:[ '’-][^\W\d_]+)*")


def known_of(held: Conversation, asked: Kept) -> dict[str, Any]:
    """Answers that need not be asked for, by code: what this contact said of themselves before, what the channel says,
    and what we know of a person whose number this is. Nothing that a typed document alone would open."""
    known: dict[str, Any] = {}
    number = phone_of(held)
    if number:
        known["who_phone"] = number
    if _FULL_NAME.fullmatch(held.said_name):
        known["who_name"] = held.said_name
    if held.person is not None and is_theirs(held, held.person):
        known |= {"who_name": held.person.name}
        known |= {"who_document": held.person.document} if held.person.document else {}
    return known | _before(held) | dict(asked.known)


def said_of_self(values: Mapping[str, Any]) -> dict[str, Any]:
    """What of these answers is about the person, for their next round."""
    return {code: values[code] for code in SELF if values.get(code)}


def _before(held: Conversation) -> dict[str, Any]:
    """What the same contact answered in their last conversation on this account."""
    if held.channel not in PERSONAL or not held.proven:
        return {}
    earlier = Conversation.objects.filter(
        account_id=held.account_id, contact_hash=held.contact_hash, pk__lt=held.pk, interview__isnull=False
    ).order_by("-pk").first()  # fmt: skip
    if earlier is None:
        return {}
    asked = kept(earlier)
    answers = (asked.state or {}).get("answers", {})
    return dict(asked.known) | said_of_self({code: one.get("value") for code, one in answers.items()})


def phone_of(held: Conversation) -> str:
    """The number that the person writes from, where the channel vouches for it; else nothing."""
    digits = held.address.removeprefix("+")
    if held.channel not in PERSONAL or not digits.isdecimal():
        return ""
    try:
        return identifiers.phone(f"+{digits}")
    except Invalid:
        return ""


def is_theirs(held: Conversation, person: Person) -> bool:
    """Whether this conversation's number is one that `person` has shown to be theirs."""
    number = phone_of(held)
    if not number:
        return False
    points = ContactPoint.objects.filter(person=person, kind=ContactPoint.Kind.PHONE, verified_at__isnull=False)
    return points.filter(value_hash=contact_hash("phone", number)).exists()


def meet(held: Conversation, values: Mapping[str, Any], *, actor: Actor) -> None:
    """The conversation is from now on with the person who these answers say it is, and has the place in line that the
    law gives them. A document that we know from somebody else opens nothing: anybody can type anybody's."""
    rank = _rank(held, values)
    name, document = str(values.get("who_name") or ""), _good(identifiers.document, values.get("who_document"))
    person: Person | None = None
    if name and held.person is None:
        known = Person.objects.filter(agency_id=held.agency_id, document_hash=document_hash(document)).first()
        if not document or known is None:
            person = know_person(
                actor=actor,
                agency_id=held.agency_id,
                name=name,
                document=document,
                contacts={
                    "email": _good(identifiers.email, values.get("who_email")),
                    "phone": _good(identifiers.phone, values.get("who_phone")),
                },
                locale=held.language,
            )[0]
        elif is_theirs(held, known):
            person = known
    if person is not None:
        identify(actor=actor, conversation=held, person=person, rank=rank)
    elif rank is not None and rank < held.rank:
        change(held, rank=rank)


def _good(check: Callable[[str], str], value: object) -> str:
    """What a script asked without the check of its kind is kept where it passes it."""
    try:
        return check(str(value)) if value else ""
    except Invalid:
        return ""


def _rank(held: Conversation, values: Mapping[str, Any]) -> int | None:
    slug = values.get("priority")
    groups = PriorityGroup.objects.filter(jurisdiction=held.agency.jurisdiction, slug=slug)
    return groups.values_list("rank", flat=True).first() if slug else None
