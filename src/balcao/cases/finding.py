"""One box that guesses what was typed: a protocol number, a document, an e-mail, a phone, a name, or words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from balcao.citizens import identifiers
from balcao.citizens.actions import contact_hash, document_hash
from balcao.citizens.models import ContactPoint, Person
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.numbering import UnknownProtocol, completed, parse_protocol
from balcao.platform.search import SortKey, matching, words
from balcao.platform.text import clean_text, sort_key

from .models import Case
from .naming import Said, named

MOST_PEOPLE = 200  # a name that fits more people than this is too common to search by alone
_LIKE_A_PROTOCOL = re.compile(r"(?:20|21)\d{11,}")


@dataclass(frozen=True)
class Guess:
    """What the text was taken for. `kinds` says it for people; `people`: somebody's data took part, so whoever was
    shown the result is to be logged; `note` explains why nothing can be found that way; `words`: it is looked for in
    what cases say (`paging.page_of_found`), and `said` how, where `where` is nothing but words."""

    where: Q
    kinds: list[str | Promise] = field(default_factory=list)
    people: bool = False
    note: str | Promise = ""
    protocol: str = ""
    words: bool = False
    said: Said | None = None


NOTHING = Q(pk__in=[])


def guess(text: str, actor: Actor, *, region: str = "BR") -> Guess:
    """How to find what `text` names among the cases that `actor` sees. At most three queries (a number without its
    check digits, what the words name, people and cases by a name).

    A protocol number needs no permission beyond `case.read`. Anything else needs `case.search`; what searches people
    needs `person.read` too. `region` decides how a phone without its country's code is read."""
    text = clean_text(text, one_line=True)[:200]
    digits = re.sub(r"\D", "", text)
    try:
        number = parse_protocol(text)
        return Guess(Q(protocol=number), [_("protocol")], protocol=number)
    except UnknownProtocol as wrong:
        mistyped = wrong
    number = completed(text)
    if number and not Case.objects.visible_to(actor).filter(protocol=number).exists():
        number = ""
    if not actor.can("case.search"):
        if number:
            return Guess(Q(protocol=number), [_("protocol")], protocol=number)
        return Guess(NOTHING, note=_("You may look for a case by its protocol number."))
    by_person, kinds = _by_identifier(text, region) if actor.can("person.read") else (Q(), [])
    if number and not by_person:
        return Guess(Q(protocol=number), [_("protocol")], protocol=number)
    if by_person:
        found = by_person & author_may_be_known(actor)
        if number:  # eleven digits may be both
            found, kinds = found | Q(protocol=number), [*kinds, _("protocol")]
        return Guess(found, kinds, people=True)
    if _LIKE_A_PROTOCOL.fullmatch(digits) and not re.search(r"[^\W\d_]", text):
        return Guess(NOTHING, note=mistyped.sentence)
    if not words(text):
        return Guess(NOTHING, note=_("Type a protocol number, a name, a document, an e-mail, a phone or some words."))
    said, kinds = named(text, actor.agency_id), [_("text and address"), _("service or place")]
    if said is None or not said.shape:
        kinds = kinds[:1]
    where = said.where if said is not None else Q(search=matching(text))
    people, cases = called(text, actor)
    if people or cases:
        where |= (Q(reporter_id__in=people) | Q(pk__in=cases)) & author_may_be_known(actor)
        kinds.append(_("name"))
    known = bool(people or cases)
    return Guess(where, kinds, people=known, words=True, said=None if known else said)


def author_may_be_known(actor: Actor) -> Q:
    """A sealed author is not found by their name, nor any author where the actor may not know them: to be found is to
    be known."""
    known, sealed = actor.areas_with("person.read"), actor.areas_with("person.sealed")
    where = Q() if sealed is None else Q(sealed=False) | Q(area_id__in=sealed)
    return where if known is None else where & Q(area_id__in=known)


def _by_identifier(text: str, region: str) -> tuple[Q, list[str | Promise]]:
    """A document, an e-mail address, a phone: or several where the digits fit more than one."""
    where, kinds = Q(), list[str | Promise]()
    if "@" in text:
        if address := _valid(identifiers.email, text):
            where |= Q(reporter__in=_holders("email", address))
            kinds.append(_("e-mail"))
        return where, kinds
    if identifiers.guess(text) and (number := _valid(identifiers.document, text)):
        where |= Q(reporter__in=Person.objects.filter(document_hash=document_hash(number)))
        kinds.append(_("document"))
    if not re.search(r"[^\W\d_]", text) and (number := _valid(lambda t: identifiers.phone(t, region), text)):
        where |= Q(reporter__in=_holders("phone", number))
        kinds.append(_("phone"))
    return where, kinds


def _valid(check: object, text: str) -> str:
    try:
        return check(text)  # type: ignore[operator]
    except Refusal:
        return ""


def _holders(kind: str, value: str) -> QuerySet[ContactPoint, Any]:
    return ContactPoint.objects.filter(value_hash=contact_hash(kind, value)).values("person_id")


def called(text: str, actor: Actor) -> tuple[list[int], list[int]]:
    """The people whose name is like `text`, misspellings and missing accents included; and the cases whose author gave
    a name like it that is not the one their document is known by. One query, by trigrams."""
    if not (_like_a_name(text) and actor.can("person.read")):
        return [], []
    found: dict[str, list[int]] = {"person": [], "case": []}
    people = _alike(Person.objects.visible_to(actor), "name", "person", text)
    told = Case.objects.visible_to(actor).filter(said_name__gt="")  # as the index has it
    for kind, pk in people.union(_alike(told, "said_name", "case", text), all=True):
        found[kind].append(pk)
    return found["person"], found["case"]


def _like_a_name(text: str) -> bool:
    return len(text) >= 3 and not re.search(r"\d", text)


def _alike(rows: QuerySet[Any], column: str, kind: str, text: str) -> QuerySet[Any]:
    """(kind, pk) of the rows whose name is like the whole of `text`, misspelt, or has words like each of its words."""
    every = Q(*(Q(key__trigram_word_similar=sort_key(word)) for word in words(text)))
    like = rows.alias(key=SortKey(column)).filter(Q(key__trigram_similar=sort_key(text)) | every)
    return like.order_by().annotate(kind_of=Value(kind)).values_list("kind_of", "pk")[:MOST_PEOPLE]
