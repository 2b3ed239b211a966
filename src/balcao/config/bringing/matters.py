"""Demands of a file for the bulk writer, which makes of each the rows that `living.live` writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from balcao.cases.actions.opening import MAX_DESCRIPTION
from balcao.cases.words import MAX_ANSWER, MAX_WORDS, required
from balcao.citizens.actions import document_hash
from balcao.citizens.models import Person
from balcao.config.replay.matters import Matter, Unusual, Who, shortened
from balcao.config.replay.repeats import Seen
from balcao.platform.errors import Refusal
from balcao.platform.text import clean_text

from .ground import Ground
from .living import reason_of, words_of
from .reading import Past


class Matters:
    """Of one run. Whom an earlier demand named by the same document is somebody known: the actions' matter."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self._met = ground, Seen()

    def __call__(self, batch: Sequence[Past]) -> Sequence[Callable[[], Matter[Past]]]:
        hashes = {past.document: document_hash(past.document) for past in batch if past.document}
        people = Person.objects.filter(agency=self.ground.agency, document_hash__in=hashes.values())
        known = {bytes(found) for found in people.values_list("document_hash", flat=True) if found} if hashes else set()
        return [partial(self._matter, past, hashes.get(past.document, b""), known) for past in batch]

    def _matter(self, past: Past, document: bytes, known: set[bytes]) -> Matter[Past]:
        first = not document or self._met.add(document.hex())
        found = self.ground.find(past)
        if not first or document in known:
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
            who=None if past.anonymous else Who(past.name, past.document, past.email, past.phone),
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
