"""What may stand behind a key of the files, and how it is read: each reader returns the one canonical form, or raises
ValueError with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from balcao.organization.worktime import clock, intervals_from
from balcao.platform.written import as_json

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,100}")
Reader = Callable[[Any], Any]


@dataclass(frozen=True)
class Key:
    """A key with its reader; `default` is what an absent key means. `refers` names the noun that holds the value."""

    read: Reader
    default: Any = ""
    required: bool = False
    refers: str = ""


def words(value: Any) -> str:
    """Text without white space at its ends and at the ends of its lines."""
    if not isinstance(value, str):
        raise ValueError("expects a text (in YAML, put numbers, dates and yes/no in quotes)")
    if any(ord(c) < 32 and c not in "\n\r\t" for c in value):
        raise ValueError("holds a control character")
    return tidy(value)


def tidy(value: str) -> str:
    return "\n".join(line.rstrip() for line in value.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def slug(value: Any) -> str:
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise ValueError("expects letters without accents, digits, - or _")
    return value


def optional_slug(value: Any) -> str:
    return "" if value in (None, "") else slug(value)


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expects true or false")
    return value


def whole(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise ValueError("expects a whole number from 0")
    return value


def one_of(allowed: Collection[str]) -> Reader:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"expects one of: {', '.join(a or '(empty)' for a in allowed)}")
        return str(value)

    return read


def fractions(value: Any) -> list[float]:
    """Parts of a deadline's time at which it warns; how many and which, the action says."""
    if not isinstance(value, list) or not all(isinstance(f, int | float) and not isinstance(f, bool) for f in value):
        raise ValueError("expects a list of numbers between 0 and 1, such as [0.5, 0.8]")
    return sorted(float(f) for f in value)


def some_of(allowed: Collection[str]) -> Reader:
    def read(value: Any) -> list[str]:
        if not isinstance(value, list) or not all(item in allowed for item in value):
            raise ValueError(f"expects a list of: {', '.join(allowed)}")
        return [item for item in allowed if item in value]

    return read


def questions(value: Any) -> list[Any]:
    """Only that it is a list of mappings; what stands in them is judged by the interview's own loader."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("expects a list of questions")
    return value


def data(value: Any) -> Any:
    """Whatever it is, as JSON holds it; what stands in it is judged by its own loader."""
    return as_json(value)


def origins(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("expects a list of addresses such as https://www.example.gov.br")
    return value


def hours(value: Any) -> str:
    """ "08:00-12:00, 13:00-17:00", sorted; "" is closed."""
    if value in (None, ""):
        return ""
    try:
        pairs = [part.split("-") for part in words(value).split(",")]
        return join_hours([[a.strip(), b.strip()] for a, b in pairs])
    except ValueError:
        raise ValueError('expects hours as "08:00-12:00, 13:00-17:00", that do not overlap') from None


def join_hours(pairs: Any) -> str:
    return ", ".join(f"{clock(a)}-{clock(b)}" for a, b in intervals_from(pairs or []))


def split_hours(text: str) -> list[list[str]]:
    return [part.strip().split("-") for part in text.split(",")] if text else []


def week(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not set(value) <= set(DAYS):
        raise ValueError(f"expects the days {', '.join(DAYS)}, each with its hours")
    read = {}
    for day in DAYS:
        if text := hours(value.get(day)):
            read[day] = text
    return read


def own_days(value: Any) -> list[dict[str, Any]]:
    """Municipal days: date, name, kind (holiday, closure, extra), yearly, with_easter, hours."""
    if not isinstance(value, list):
        raise ValueError("expects a list of days")
    found: dict[str, dict[str, Any]] = {}
    for item in value:
        if not isinstance(item, Mapping) or not set(item) <= {"date", "name", "kind", "yearly", "with_easter", "hours"}:
            raise ValueError("expects days with date, name, kind, yearly, with_easter, hours")
        when = item.get("date")
        try:
            day = when.isoformat()[:10] if isinstance(when, date) else date.fromisoformat(str(when)).isoformat()
        except ValueError:
            raise ValueError(f"{when!r} is no date as 2026-04-25") from None
        if day in found:
            raise ValueError(f"{day} stands twice")
        entry: dict[str, Any] = {"date": day, "name": words(item.get("name", ""))}
        if not entry["name"]:
            raise ValueError(f"{day} has no name")
        if (kind := one_of(("holiday", "closure", "extra"))(item.get("kind", "holiday"))) != "holiday":
            entry["kind"] = kind
        if flag(item.get("yearly", False)):
            entry["yearly"] = True
        if flag(item.get("with_easter", False)):
            entry["with_easter"] = True
        if text := hours(item.get("hours")):
            entry["hours"] = text
        found[day] = entry
    return [found[day] for day in sorted(found)]
