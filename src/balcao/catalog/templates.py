"""The words of letters: what a public servant wrote for their agency or service, else what we ship in each language.

A body holds fields as `{{ name }}`; only the fields given are filled in, and nothing in it is ever run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from ruamel.yaml import YAML

from balcao.platform.settled import settled

from .models import Template

FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")
WORDS = Path(__file__).parent / "words"

# What a template may name; the console's editor lists them.
FIELDS = (
    "person", "protocol", "service", "kind", "agency", "due", "link", "access_code", "area", "report", "because",
    "subject", "body", "outcome", "opened", "days", "hours", "staff", "by",
)  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """Words ready to go. `version` is the edited template's; None for the words we ship."""

    subject: str
    body: str
    version: int | None = None


@cache
def shipped(locale: str) -> Mapping[str, Any]:
    """The words that come with Balcão, by purpose (and outcome): {"receipt": {"subject": …, "body": …}}."""
    path = WORDS / f"{locale}.yaml"
    if not path.exists():
        path = WORDS / f"{settings.LANGUAGE_CODE}.yaml"
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def source(*, agency_id: int, service_id: int | None, purpose: str, outcome: str, locale: str) -> Letter:
    """The unfilled template: the service's own, else the agency's, else the shipped one. Remembered."""
    key = ("words", agency_id, service_id, purpose, outcome, locale)
    return settled(key, lambda: _source(agency_id, service_id, purpose, outcome, locale))


def _source(agency_id: int, service_id: int | None, purpose: str, outcome: str, locale: str) -> Letter:
    edited = (
        Template.objects.filter(Q(service_id=service_id) | Q(service=None), agency_id=agency_id, purpose=purpose)
        .filter(outcome=outcome, locale=locale)
        .order_by(F("service_id").asc(nulls_last=True))
        .first()
    )
    if edited is not None:
        return Letter(edited.subject, edited.body, edited.version)
    words = shipped(locale)[purpose]
    if outcome:
        words = words.get(outcome) or words["informed"]
    return Letter(words["subject"], words["body"])


def render(
    fields: Mapping[str, Any], *, agency_id: int, service_id: int | None, purpose: str, outcome: str = "", locale: str
) -> Letter:
    """The letter with its fields filled in. An unknown or empty field leaves nothing, and no empty line behind it."""
    letter = source(agency_id=agency_id, service_id=service_id, purpose=purpose, outcome=outcome, locale=locale)
    return Letter(fill(letter.subject, fields), fill(letter.body, fields), letter.version)


def fill(text: str, fields: Mapping[str, Any]) -> str:
    """`text` with its fields. An unknown or empty one leaves nothing, and no empty line behind it."""
    lines = []
    for line in text.splitlines():
        filled = FIELD.sub(lambda m: str(fields.get(m[1]) or ""), line)
        if filled.strip() or not line.strip():
            lines.append(filled.rstrip())
    return "\n".join(lines).strip()
