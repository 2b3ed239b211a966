"""Which column of a city's file is what: a YAML file, read once, wrong in one sentence that names the key.

The format stands in docs/guides/bring-your-past.md."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from balcao.catalog.models import Kind, Outcome
from balcao.config.catalog_files.reading import BadFiles, Entry, parse
from balcao.platform.text import sort_key
from balcao.platform.trouble import Trouble
from balcao.platform.written import plain

OPEN = "open"
ISO = "iso"
ENDINGS = (OPEN, *Outcome.values)
# What a row may tell. Of those in JOINED several columns make one text; of the others one column is the value.
JOINED: Mapping[str, str] = {"service": " – ", "address": ", ", "description": "\n", "answer": "\n", "name": " "}
COLUMNS = (
    "number", "service", "group", "kind", "channel", "opened", "closed", "description", "address", "lat", "lon",
    "district", "area", "status", "answer", "name", "document", "email", "phone",
)  # fmt: skip
VALUES = ("service", "kind", "channel", "status", "area", "district")
DEFAULTS = ("service", "group", "kind", "channel", "area", "outcome", "answer")
UNKNOWN: Mapping[str, tuple[str, ...]] = {
    "service": ("refuse", "create"),
    "area": ("refuse", "create", "matrix"),
    "district": ("leave_out", "refuse", "create"),
    "point": ("refuse", "leave_out"),
}
ANSWER_FIELDS = {"status": "", "day": "", "source": ""}
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")


@dataclass(frozen=True)
class CaseMapping:
    """A mapping, understood. `values` are by what is mapped and by the file's word, folded by `fold`."""

    name: str
    source: str
    encoding: str
    delimiter: str
    columns: Mapping[str, tuple[str, ...]]
    formats: tuple[str, ...]
    zone: ZoneInfo | None
    """Of moments without one; None: the agency's."""
    values: Mapping[str, Mapping[str, str]]
    defaults: Mapping[str, str]
    unknown: Mapping[str, str]
    """What happens to a word that stands nowhere: one of UNKNOWN, or (service, area) what it becomes."""


@lru_cache(maxsize=2**16)  # a city has some thousand words, and a file each of them some thousand times
def fold(word: str) -> str:
    """Words are compared without accents, case and repeated spaces."""
    return sort_key(" ".join(word.split()))


def read_mapping(path: Path) -> CaseMapping:
    """Trouble, in one sentence with the file's line and the key, when it cannot be meant."""
    try:
        node = parse(path, path.name)
    except BadFiles as bad:
        raise Trouble(f"{bad.lines[0]}.") from None
    if not isinstance(node, dict):
        raise Trouble(f"{path.name}: expects keys and values, such as “source: old-system”.")
    return _Reader(Entry({}, node, path.name)).mapping()


class _Reader:
    def __init__(self, entry: Entry) -> None:
        self.entry, self.data = entry, plain(entry.node)

    def wrong(self, key: str, sentence: str) -> Trouble:
        return Trouble(f"{self.entry.where(key)}: “{key}” {sentence}.")

    def mapping(self) -> CaseMapping:
        parts = ("source", "file", "columns", "dates", "values", "defaults", "unknown")
        self.known("", self.data, parts)
        columns = self.columns()
        defaults = self.defaults()
        if "service" not in columns and "service" not in defaults:
            raise self.wrong("columns.service", "is missing: which column names what was asked for")
        unknown = self.unknown()
        if unknown["service"] == "create" and not {"group"} & (set(columns) | set(defaults)):
            raise self.wrong("defaults.group", "is missing: in which group of the catalogue are services created")
        formats, zone = self.dates()
        file = self.part("file", ("encoding", "delimiter"))
        return CaseMapping(
            name=self.entry.file,
            source=self.slug("source"),
            encoding=self.checked("file.encoding", file.get("encoding", "utf-8"), _encoding),
            delimiter=self.checked("file.delimiter", file.get("delimiter", ","), _delimiter),
            columns=columns,
            formats=formats,
            zone=zone,
            values=self.values(),
            defaults=defaults,
            unknown=unknown,
        )

    def known(self, key: str, found: Any, names: tuple[str, ...]) -> None:
        for name in found:
            if name not in names:
                path = f"{key}.{name}" if key else str(name)
                raise self.wrong(path, f"is no key that is known here; known are {', '.join(names)}")

    def part(self, key: str, names: tuple[str, ...]) -> dict[str, Any]:
        found = self.data.get(key) or {}
        if not isinstance(found, dict):
            raise self.wrong(key, "expects keys and values below it")
        self.known(key, found, names)
        return found

    def text(self, key: str, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            raise self.wrong(key, "expects a text (in YAML, put yes, no and dates in quotes)")
        return str(value) if key == "file.delimiter" else str(value).strip()

    def checked(self, key: str, value: Any, check: Callable[[str], str]) -> str:
        try:
            return check(self.text(key, value))
        except ValueError as error:
            raise self.wrong(key, str(error)) from None

    def slug(self, key: str) -> str:
        if key not in self.data:
            raise self.wrong(key, "is missing: a short name of the system that the file comes from")
        return self.checked(key, self.data[key], _source)

    def columns(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for name, value in self.part("columns", COLUMNS).items():
            key = f"columns.{name}"
            several = value if isinstance(value, list) else [value]
            if len(several) != 1 and name not in JOINED:
                raise self.wrong(key, f"expects one column; several make one text for {', '.join(JOINED)} only")
            if not several:
                raise self.wrong(key, "names no column")
            found[name] = tuple(self.text(key, one) for one in several)
        if "opened" not in found:
            raise self.wrong("columns.opened", "is missing: which column tells when a demand was opened")
        if ("lat" in found) != ("lon" in found):
            raise self.wrong("columns.lat", "and “columns.lon” go together: one of them is missing")
        return found

    def dates(self) -> tuple[tuple[str, ...], ZoneInfo | None]:
        part = self.part("dates", ("format", "timezone"))
        formats = part.get("format", ISO)
        several = formats if isinstance(formats, list) else [formats]
        read = tuple(self.checked("dates.format", one, _format) for one in several)
        if not read:
            raise self.wrong("dates.format", "names no format")
        zone = None
        if "timezone" in part:
            zone = ZoneInfo(self.checked("dates.timezone", part["timezone"], _zone))
        return read, zone

    def values(self) -> dict[str, dict[str, str]]:
        checks: dict[str, Callable[[str], str]] = {"kind": _kind, "channel": _channel, "status": _ending}
        found = {}
        for name, table in self.part("values", VALUES).items():
            if not isinstance(table, dict):
                raise self.wrong(f"values.{name}", "expects a table: “their word: ours”")
            check = checks.get(name, str)
            found[name] = {fold(str(key)): self.checked(f"values.{name}.{key}", v, check) for key, v in table.items()}
        return found

    def defaults(self) -> dict[str, str]:
        checks: dict[str, Callable[[str], str]] = {
            "kind": _kind, "channel": _channel, "outcome": _outcome, "answer": _answer,
        }  # fmt: skip
        part = self.part("defaults", DEFAULTS)
        return {name: self.checked(f"defaults.{name}", value, checks.get(name, str)) for name, value in part.items()}

    def unknown(self) -> dict[str, str]:
        found = {name: allowed[0] for name, allowed in UNKNOWN.items()}
        for name, value in self.part("unknown", tuple(UNKNOWN)).items():
            word = self.text(f"unknown.{name}", value)
            if word not in UNKNOWN[name] and name not in ("service", "area"):
                raise self.wrong(f"unknown.{name}", f"expects one of: {', '.join(UNKNOWN[name])}")
            found[name] = word
        return found


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"expects one of: {', '.join(allowed)}")
    return value


def _kind(value: str) -> str:
    return _one_of(value, tuple(Kind.values))


def _ending(value: str) -> str:
    return _one_of(value, ENDINGS)


def _outcome(value: str) -> str:
    return _one_of(value, tuple(Outcome.values))


def _channel(value: str) -> str:
    if not _CHANNEL.fullmatch(value):
        raise ValueError("expects a channel such as portal, phone, counter, email, app: up to 20 small letters")
    return value


def _source(value: str) -> str:
    if not _CHANNEL.fullmatch(value):
        raise ValueError("expects up to 20 small letters, digits, - or _")
    return value


def _encoding(value: str) -> str:
    try:
        name = codecs.lookup(value).name
    except LookupError:
        raise ValueError(f"expects an encoding such as utf-8, iso-8859-1 or cp1252, and {value} is none") from None
    return "utf-8-sig" if name == "utf-8" else name


def _delimiter(value: str) -> str:
    value = {"tab": "\t", "semicolon": ";", "comma": ","}.get(value, value)
    if len(value) != 1 or value in '"\r\n':
        raise ValueError("expects one character, such as “;”, or the word tab")
    return value


def _format(value: str) -> str:
    if value == ISO:
        return value
    sample = datetime(2017, 3, 15, 14, 30)
    try:
        written = sample.strftime(value)
        if "%" in value and datetime.strptime(written, value).date() == sample.date():
            return value
    except ValueError:
        pass
    raise ValueError("expects iso, or a format with day, month and year such as “%d/%m/%Y %H:%M”")


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"expects a time zone such as America/Sao_Paulo, and {value} is none") from None


def _answer(value: str) -> str:
    try:
        value.format(**ANSWER_FIELDS)
    except (KeyError, IndexError, ValueError, AttributeError):
        fields = ", ".join(f"{{{name}}}" for name in ANSWER_FIELDS)
        raise ValueError(f"may name these fields and no others: {fields}") from None
    return value
