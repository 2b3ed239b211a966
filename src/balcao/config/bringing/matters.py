"""Demands of a file for the bulk writer, which makes of each the rows that `living.live` writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import Exists, OuterRef

from balcao.cases.actions.opening import MAX_DESCRIPTION, other_name
from balcao.cases.models import Case
from balcao.cases.words import MAX_ANSWER, MAX_WORDS, required
from balcao.citizens.actions import contact_hash, document_hash
from balcao.citizens.models import ContactPoint, Person
from balcao.config.replay.bulk import EVERYBODY
from balcao.config.replay.matters import Known, Matter, Unusual, Who, shortened
from balcao.config.replay.repeats import Seen
from balcao.platform.errors import Refusal
from balcao.platform.text import clean_text

from .ground import Ground
from .living import reason_of, words_of
from .reading import Past


@dataclass(frozen=True)
class Acquaintance:
    """A person who is known by a document."""

    pk: int
    name: str
    priority: int
    asked: bool
    """Has a demand here."""
    contacts: Mapping[tuple[str, bytes], int]


class Matters:
    """Of one run. Somebody who is on their way in with an earlier demand, or is to have another contact point, is the
    actions' matter."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self._met = ground, Seen()

    def __call__(self, batch: Sequence[Past]) -> Sequence[Callable[[], Matter[Past]]]:
        hashes = {past.document: document_hash(past.document) for past in batch if past.document}
        known = self._known(list(hashes.values())) if hashes else {}
        return [partial(self._matter, past, hashes.get(past.document, b""), known) for past in batch]

    def _known(self, hashes: list[bytes]) -> dict[bytes, Acquaintance]:
        people = Person.objects.filter(agency=self.ground.agency, document_hash__in=hashes).annotate(
            asked=Exists(Case.objects.filter(reporter=OuterRef("pk")))
        )
        points: dict[int, dict[tuple[str, bytes], int]] = defaultdict(dict)
        rows = ContactPoint.objects.filter(person__in=people.values("pk"))
        for pk, person, kind, value in rows.values_list("pk", "person_id", "kind", "value_hash"):
            points[person][kind, bytes(value)] = pk
        found = people.values_list("document_hash", "pk", "name", "priority__rank", "asked")
        return {
            bytes(document or b""): Acquaintance(pk, name, EVERYBODY if rank is None else rank, asked, points[pk])
            for document, pk, name, rank, asked in found
        }

    def _matter(self, past: Past, document: bytes, known: Mapping[bytes, Acquaintance]) -> Matter[Past]:
        first = not document or self._met.add(document.hex())
        found = self.ground.find(past)
        friend = known.get(document)
        if friend is None and not first:
            raise Unusual
        return Matter(
            demand=past,
            service=found.service,
            kind=past.kind,
            area=found.area,
            reason=reason_of(self.ground.agency.locale, past.area),
            opened_at=past.opened_at,
            closed_at=past.closed_at,
            ending=past.ending,
            words=self._words(past) if past.closed_at else "",
            quoted=bool(past.answer),
            channel=past.channel,
            key=past.key,
            description=_again(past.description, MAX_DESCRIPTION),
            told="{}",
            address=past.address,
            place=found.location.place,
            lat=found.location.lat,
            lon=found.location.lon,
            elsewhere=found.elsewhere,
            who=self._known_by(past, friend) if friend is not None else self._somebody(past),
        )

    def _somebody(self, past: Past) -> Who | None:
        return None if past.anonymous else Who(past.name, past.document, past.email, past.phone)

    def _known_by(self, past: Past, friend: Acquaintance) -> Known:
        told = [(kind, value) for kind, value in (("email", past.email), ("phone", past.phone)) if value]
        points = [friend.contacts.get((kind, contact_hash(kind, value))) for kind, value in told]
        if not friend.asked or None in points:
            raise Unusual
        return Known(
            friend.pk, other_name(past.name, Person(name=friend.name)), friend.priority, points[0] if points else None
        )

    def _words(self, past: Past) -> str:
        words = words_of(self.ground, past)
        if past.answer and len(words) < MAX_WORDS:
            return words
        try:
            required(shortened(words), field="text")
            return required(words, field="body", most=MAX_ANSWER)
        except Refusal:  # what is left once it is cut has no words
            raise Unusual from None


def _again(text: str, most: int) -> str:
    """What was cut may end in a space now; nothing else changes when clean words are cleaned once more."""
    return clean_text(text) if len(text) == most else text
