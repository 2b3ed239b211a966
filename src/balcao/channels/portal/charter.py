"""The *carta de serviços* of a service (Lei 13.460/2017, art. 7, §§ 2 and 3) as a page shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from balcao.catalog.models import Service
from balcao.citizens.models import PriorityGroup
from balcao.clocks.explain import amount_in_words
from balcao.clocks.rules import rule


@dataclass(frozen=True)
class Promise:
    """How long it takes: one sentence, and the law that stands behind it ("" when it is our own promise)."""

    sentence: str
    law: str


def promise(service: Service) -> Promise:
    """In words, from the same rule that will count the deadline."""
    law = rule(service.rule)
    amount = amount_in_words(law.terms(service.amount, service.unit or None), law.unit)
    if law.amount is not None and service.amount and service.amount < law.amount:
        longest = amount_in_words(law.amount, law.unit)
        sentence = _("You get an answer within %(amount)s; the law allows %(longest)s.") % {
            "amount": amount,
            "longest": longest,
        }
    else:
        sentence = _("You get an answer within %(amount)s.") % {"amount": amount}
    return Promise(sentence, law.citation)


_NUMBER = re.compile(r"(?:^|(?<=\s))(\d{1,2})[.)º]\s+(?=\S)")


def numbered(text: str) -> list[str]:
    """The steps of "1. You tell us. 2. We read it.", on one line or on several, without their numbers.

    Empty unless the text begins with 1 and has at least two steps, counted without a gap: a date or a law's number in
    the words is no step."""
    steps: list[str] = []
    begun = 0
    for found in _NUMBER.finditer(text):
        if int(found[1]) != len(steps) + 1:
            continue
        if not steps and text[: found.start()].strip():
            return []
        if steps:
            steps[-1] = text[begun : found.start()].strip()
        steps.append("")
        begun = found.end()
    if len(steps) < 2:
        return []
    steps[-1] = text[begun:].strip()
    return steps if all(steps) else []


def charter(service: Service) -> list[tuple[str, str, list[str]]]:
    """(title, text, its numbered steps) of what the agency has written and who is served first; the law's own order."""
    parts = [
        (_("Who may ask"), service.who_may_ask),
        (_("What is needed"), service.what_is_needed),
        (_("What happens, step by step"), service.steps),
        (_("On which channels"), service.channels),
        (_("Where"), service.where),
        (_("How long you wait to be attended"), service.waiting_time),
        (_("Who is served first"), _first(service)),
        (_("What it costs"), service.cost),
        (_("Legal basis"), service.legal_basis),
    ]
    return [(title, text, numbered(text)) for title, text in parts if text.strip()]


def _first(service: Service) -> str:
    """The legal priorities of the agency's country (art. 7, § 3, I), the first of them first, with their law."""
    groups = PriorityGroup.objects.in_force(service.agency.jurisdiction)
    by_law: dict[tuple[int, str], list[str]] = {}
    for group in groups:
        by_law.setdefault((group.rank, group.law.partition(":")[0]), []).append(group.name)
    lines = [f"{', '.join(names)} ({law})" for (_rank, law), names in by_law.items()]
    if unbooked := [group.name for group in groups if group.unless_booked]:
        lines.append(
            _("Where you have an appointment, this does not hold: %(groups)s.") % {"groups": ", ".join(unbooked)}
        )
    return "\n".join(lines)
