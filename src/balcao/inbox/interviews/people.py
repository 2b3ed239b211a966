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
from balcao.platform.text import clean_text, sort_key

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
    if held.channel == "email" and "@" in held.address:
        known["who_email"] = held.address
    own = owner_of(held)
    if own is not None and held.person_id in (None, own.pk):
        known |= {"who_name": own.name} | ({"who_document": own.document} if own.document else {})
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
    digits = (kept(held).phone or held.address).removeprefix("+")
    if held.channel not in PERSONAL or not digits.isdecimal():
        return ""
    return _good(identifiers.phone, f"+{digits}")


def owner_of(held: Conversation) -> Person | None:
    """The one person who has shown that the number of this conversation is theirs."""
    number = phone_of(held)
    if not number:
        return None
    shown = ContactPoint.objects.filter(
        person__agency_id=held.agency_id,
        kind=ContactPoint.Kind.PHONE,
        value_hash=contact_hash("phone", number),
        verified_at__isnull=False,
    )
    owners = {point.person_id: point.person for point in shown.select_related("person__priority")[:2]}
    return next(iter(owners.values())) if len(owners) == 1 else None


def meet(held: Conversation, values: Mapping[str, Any], *, actor: Actor) -> None:
    """The conversation is from now on with the person who these answers say it is, and has the place in line that the
    law gives them. A document that we know from somebody else opens nothing: anybody can type anybody's."""
    rank = _rank(held, values)
    name, document = str(values.get("who_name") or ""), _good(identifiers.document, values.get("who_document"))
    person: Person | None = None
    if name and held.person is None:
        own = owner_of(held)
        same = Person.objects.filter(agency_id=held.agency_id, document_hash=document_hash(document))
        known = same.first() if document else None
        if own is not None and sort_key(own.name) == sort_key(name) and document in ("", own.document):
            person = own
        elif known is None:
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
    if person is not None:
        identify(actor=actor, conversation=held, person=person, rank=rank)
        return
    if name and held.person is None and not held.said_name:
        change(held, said_name=clean_text(name, one_line=True)[:200])  # what they are called, and nothing proves it
    if rank is not None and rank < held.rank:
        change(held, rank=rank)


def _good(check: Callable[[str], str], value: object) -> str:
    """What a script asked without the check of its kind is kept where it passes it."""
    try:
        return check(str(value)) if value else ""
    except Invalid:
        return ""


def _rank(held: Conversation, values: Mapping[str, Any]) -> int | None:
    slug = values.get("priority")
    groups = PriorityGroup.objects.in_force(held.agency.jurisdiction).filter(slug=slug)
    return groups.values_list("rank", flat=True).first() if slug else None
