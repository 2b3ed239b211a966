"""The services and places that the words of a search name: "buraco estação" is a pothole in the district Estação."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Model, Q, QuerySet, Value

from balcao.catalog.models import Service
from balcao.organization.models import Place
from balcao.platform.search import Vector, every_word, nothing_asked, words

SHORT = 3  # letters; a shorter word names nothing by itself
_SAYS_HOW = re.compile(r'"|(?:^|\s)-|\sor\s', re.IGNORECASE)  # what `matching` reads as more than words


def named(text: str, agency_id: int | None) -> Q | None:
    """The cases for which every word of `text` is in what they say and where they are, in the name (or among the other
    words that people use) of their service, or in the name of their place or of one above it; the last word perhaps
    unfinished.

    None when no word names a service or a place, and where `text` says more than words (quotes, a minus, "or"). One
    query, of two small tables."""
    said = words(text)
    asked = {n: (word, n == len(said) - 1) for n, word in enumerate(said) if len(word) >= SHORT}
    if not asked or agency_id is None or _SAYS_HOW.search(text):
        return None
    services = Service.objects.filter(agency_id=agency_id)
    above = Vector(**dict.fromkeys(("name", "parent__name", "parent__parent__name"), "A"))
    places = Place.objects.filter(agency_id=agency_id).alias(search=above)
    named_by: dict[int, dict[str, list[int]]] = defaultdict(lambda: {"service_id": [], "place_id": []})
    for kind, pk, *fits in _fitting("service_id", services, asked).union(_fitting("place_id", places, asked), all=True):
        for n, fits_here in zip(asked, fits, strict=True):
            if fits_here:
                named_by[n][kind].append(pk)
    if not named_by:
        return None
    where = Q()
    for n, ids in named_by.items():
        word, unfinished = asked[n]
        any_of = Q(search=every_word([word], unfinished=unfinished))
        for column, found in ids.items():
            any_of |= Q(**{f"{column}__in": found}) if found else Q()
        where &= any_of
    if others := [word for n, word in enumerate(said) if n not in named_by]:
        rest = every_word(others, unfinished=len(said) - 1 not in named_by)
        where &= Q(search=rest) | nothing_asked(rest)  # "de" alone asks for nothing
    return where


def _fitting(kind: str, rows: QuerySet[Any], asked: dict[int, tuple[str, bool]]) -> QuerySet[Any]:
    """(kind, pk, whether the first word is in its name, whether the second …) of the rows that any word names."""
    tests = {
        f"word{n}": Q(search=every_word([word], unfinished=unfinished, weight="A"))
        for n, (word, unfinished) in asked.items()
    }
    either = Q()
    for test in tests.values():
        either |= test
    fits: dict[str, Any] = {name: ExpressionWrapper(test, BooleanField()) for name, test in tests.items()}
    found: QuerySet[Model] = rows.filter(either).order_by().annotate(names=Value(kind), **fits)
    return found.values_list("names", "pk", *fits)
