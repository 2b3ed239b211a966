"""The services and places that the words of a search name: "buraco estação" is a pothole in the district Estação."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Expression, ExpressionWrapper, Model, Q, QuerySet, Value

from balcao.catalog.models import Service
from balcao.organization.models import Place
from balcao.platform.search import SAYS_HOW, Vector, asked, each_of, every_word, nothing_asked, only_words, words
from balcao.platform.settled import settled_all

SHORT = 3  # letters; a shorter word names nothing by itself


Ids = tuple[tuple[str, tuple[int, ...]], ...]  # column → which of its rows


@dataclass(frozen=True)
class Said:
    """A search that says no more than its words: what it is like, and the texts that go in."""

    shape: tuple[Ids, ...]
    """What each of the first texts names; the last, if there is one more, is of all words that name nothing."""
    texts: tuple[str, ...]

    @property
    def where(self) -> Q:
        return where_of(self.shape, self.texts)


def where_of(shape: Sequence[Ids], texts: Sequence[str | Expression]) -> Q:
    where = Q()
    for text, names in zip(texts, shape, strict=False):
        any_of = Q(search=asked(text))
        for column, ids in names:
            any_of |= Q(**{f"{column}__in": ids})
        where &= any_of
    if len(texts) > len(shape):
        rest = asked(texts[-1])
        where &= Q(search=rest) | nothing_asked(rest) if shape else Q(search=rest)  # "de" alone asks for nothing
    return where


def named(text: str, agency_id: int | None) -> Said | None:
    """The cases for which every word of `text` is in what they say and where they are, in the name (or among the other
    words that people use) of their service, or in the name of their place or of one above it; the last word perhaps
    unfinished.

    None where `text` says more than words (quotes, a minus, "or"). What a word names is remembered until a setting
    changes; at most one query, of two small tables, for the others."""
    said = words(text)
    wanted = {n: (word, n == len(said) - 1) for n, word in enumerate(said) if len(word) >= SHORT}
    if not wanted or agency_id is None or SAYS_HOW.search(text):
        return None
    keys = {n: ("names", agency_id, word.lower(), unfinished) for n, (word, unfinished) in wanted.items()}
    known = settled_all(list(dict.fromkeys(keys.values())), lambda missing: _looked_up(agency_id, missing))
    named_by = {n: known[key] for n, key in keys.items() if any(known[key].values())}
    if not named_by and not only_words(text):
        return None
    texts = [each_of([wanted[n][0]], unfinished=wanted[n][1]) for n in named_by]
    if others := [word for n, word in enumerate(said) if n not in named_by]:
        texts.append(each_of(others, unfinished=len(said) - 1 not in named_by))
    found = (tuple((column, tuple(ids)) for column, ids in names.items() if ids) for names in named_by.values())
    return Said(tuple(found), tuple(texts))


Key = tuple[str, int, str, bool]


def _looked_up(agency_id: int, keys: Sequence[Key]) -> dict[Key, dict[str, list[int]]]:
    """The services and places that each of these words names."""
    services = Service.objects.filter(agency_id=agency_id)
    above = Vector(**dict.fromkeys(("name", "parent__name", "parent__parent__name"), "A"))
    places = Place.objects.filter(agency_id=agency_id).alias(search=above)
    said = {n: (word, unfinished) for n, (_kind, _agency, word, unfinished) in enumerate(keys)}
    found: dict[Key, dict[str, list[int]]] = {key: {"service_id": [], "place_id": []} for key in keys}
    for kind, pk, *fits in _fitting("service_id", services, said).union(_fitting("place_id", places, said), all=True):
        for key, fits_here in zip(keys, fits, strict=True):
            if fits_here:
                found[key][kind].append(pk)
    return found


def _fitting(kind: str, rows: QuerySet[Any], said: dict[int, tuple[str, bool]]) -> QuerySet[Any]:
    """(kind, pk, whether the first word is in its name, whether the second …) of the rows that any word names."""
    tests = {
        f"word{n}": Q(search=every_word([word], unfinished=unfinished, weight="A"))
        for n, (word, unfinished) in said.items()
    }
    either = Q()
    for test in tests.values():
        either |= test
    fits: dict[str, Any] = {name: ExpressionWrapper(test, BooleanField()) for name, test in tests.items()}
    found: QuerySet[Model] = rows.filter(either).order_by().annotate(names=Value(kind), **fits)
    return found.values_list("names", "pk", *fits)
