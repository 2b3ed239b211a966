"""Whom an attendant may be given, by language: by the first part of its tag, so "pt" is Brazil's and Portugal's."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q

from .models import Attendant

Speakers = dict[int, list[str]]  # who serves a line → what they speak; nothing: every language


def speakers(lines: Iterable[int]) -> dict[int, Speakers]:
    """Who of the active staff serves each of these lines, whether they are there now or not."""
    found: dict[int, Speakers] = {line: {} for line in lines}
    served = Attendant.lines.through.objects.filter(line__in=list(found), attendant__staff__is_active=True)
    for line, attendant, languages in served.values_list("line_id", "attendant_id", "attendant__languages"):
        found[line][attendant] = languages
    return found


def understood(languages: Collection[str], line: Speakers) -> Q:
    """The conversations that somebody with these languages may be given in a line with these speakers: in one of
    theirs, and in what nobody of the line speaks, for they would wait for ever."""
    if not languages:
        return Q()
    if not all(line.values()):  # a colleague speaks whatever it is
        return _in(languages)
    return ~_in({each for one in line.values() for each in one}.difference(languages))


def _in(languages: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for one in languages:
        found |= Q(language=one) | Q(language__startswith=f"{one}-")
    return found
