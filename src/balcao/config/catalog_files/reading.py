"""The files become rows, each knowing its file and lines; what is wrong is a sentence with both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from balcao.catalog.questions import BadQuestion, check_questions
from balcao.dialogue import ScriptError
from balcao.inbox.interviews.definitions import load_definition
from balcao.platform.written import NotYaml, line_at, line_of, plain, read_yaml

from .nouns import BOUNDARIES, INTERVIEWS, MATRIX, NOUNS, PLACES, SERVICES, Noun, Row, numbered

LARGEST = 5 * 1024 * 1024  # bytes of a YAML file; a boundary file may have ten times as many


class BadFiles(Exception):
    """`lines` are "file:line: sentence"."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        super().__init__("; ".join(lines))


@dataclass
class Entry:
    """One object as a file has it. `row` has the canonical value of each key that stands there."""

    row: Row
    node: Any
    file: str

    def where(self, path: str = "") -> str:
        """ "services/poda.yaml:12" of the deepest part of `path` ("questions[2].when") that exists."""
        return f"{self.file}:{line_at(self.node, path)}"


@dataclass
class Files:
    """Entries by noun. `complete` nouns are whole lists: what they lack is to be removed."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)


def read(path: Path) -> Files:
    """A folder of an export, or one of its files. BadFiles names everything that cannot be read."""
    found = Files()
    bad: list[str] = []
    for noun, file in _sources(path):
        try:
            entries = _read_file(noun, file, _shown(path, file), bad)
        except BadFiles as error:
            bad += error.lines
            continue
        found.entries.setdefault(noun.name, []).extend(entries)
        if not noun.one_each or path.is_dir():
            found.complete.add(noun.name)
    if path.is_dir() and (path / BOUNDARIES).exists():
        _add_boundaries(found, path / BOUNDARIES, bad)
    _number_rules(found)
    bad += _twice(found)
    if bad:
        raise BadFiles(bad)
    if not found.entries:
        raise BadFiles([f"{path.name}: there is no catalogue file here ({', '.join(n.file for n in NOUNS)})"])
    return found


def _shown(path: Path, file: Path) -> str:
    return str(file.relative_to(path)) if path.is_dir() else file.name


def _sources(path: Path) -> list[tuple[Noun, Path]]:
    if path.is_dir():
        lists = [(noun, path / noun.file) for noun in NOUNS if (path / noun.file).is_file()]
        each = [(n, file) for n in NOUNS if n.one_each for file in sorted((path / n.file).glob("*.yaml"))]
        return lists + each
    named = next((noun for noun in NOUNS if noun.file == path.name), None)
    return [(named or (INTERVIEWS if path.resolve().parent.name == INTERVIEWS.file else SERVICES), path)]


def _read_file(noun: Noun, path: Path, shown: str, bad: list[str]) -> list[Entry]:
    data = parse(path, shown)
    if noun.one_each:
        data = [data]
    elif data is None:
        return []
    if not isinstance(data, list):
        raise BadFiles([f"{shown}:{line_of(data)}: expects a list, each entry beginning with “- ”"])
    entries = []
    for node in data:
        if not isinstance(node, dict):
            bad.append(f"{shown}:{line_of(node)}: expects keys and values, such as “name: …”")
            continue
        entry = Entry({}, node, shown)
        before = len(bad)
        _read_row(noun, entry, bad)
        if len(bad) == before:
            entries.append(entry)
    return entries


def parse(path: Path, shown: str) -> Any:
    """What a YAML file holds, each node knowing its line. BadFiles, with `shown` as its name, when it is none."""
    if path.stat().st_size > LARGEST:
        raise BadFiles([f"{shown}:1: is larger than 5 MB; split it, or take the boundaries out"])
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except NotYaml as error:
        raise BadFiles([f"{shown}:{error.line}: {error.problem}"]) from None
    except UnicodeDecodeError as error:
        raise BadFiles([f"{shown}:1: this is no YAML file in UTF-8: {error}"]) from None


def _read_row(noun: Noun, entry: Entry, bad: list[str]) -> None:
    for name, value in entry.node.items():
        key = noun.keys.get(name)
        if key is None or name == "boundary":
            known = ", ".join(n for n in noun.keys if n != "boundary")
            bad.append(f"{entry.where(str(name))}: there is no key “{name}”; known are {known}")
            continue
        try:
            entry.row[name] = key.read(plain(value))
        except ValueError as error:
            bad.append(f"{entry.where(name)}: “{name}” {error}")
    for name, key in noun.keys.items():
        if key.required and not entry.node.get(name):
            bad.append(f"{entry.where()}: “{name}” is missing")
    if noun is SERVICES and isinstance(entry.row.get("questions"), list):
        try:
            check_questions(
                str(entry.row.get("slug") or "service").lower(), entry.row["questions"],
                kinds=entry.row.get("kinds", SERVICES.keys["kinds"].default),
            )  # fmt: skip
        except BadQuestion as error:
            bad.append(f"{entry.where(error.path)}: {error.sentence}")
    if noun is INTERVIEWS and set(entry.row) >= {"slug", "steps"}:
        try:
            load_definition(entry.row)
        except ScriptError as fault:
            bad.append(f"{entry.where(fault.path)}: {fault}")


def _add_boundaries(found: Files, path: Path, bad: list[str]) -> None:
    try:
        if path.stat().st_size > 10 * LARGEST:
            raise ValueError("is larger than 50 MB")
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        shapes = {feature["properties"]["slug"]: feature["geometry"] for feature in features}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        bad.append(f"{BOUNDARIES}:{line}: expects a GeoJSON FeatureCollection whose features have a “slug” ({error})")
        return
    for entry in found.entries.get(PLACES.name, []):
        entry.row["boundary"] = shapes.pop(entry.row["slug"], None)
    bad += [f"{BOUNDARIES}:1: no place in {PLACES.file} is called “{slug}”" for slug in shapes]


def _number_rules(found: Files) -> None:
    seen: dict[str, int] = {}
    for entry in found.entries.get(MATRIX.name, []):
        entry.row = numbered(MATRIX.full(entry.row), seen)


def _twice(found: Files) -> list[str]:
    bad = []
    for noun in NOUNS:
        seen: dict[str, Entry] = {}
        for entry in found.entries.get(noun.name, []):
            name = noun.identity(noun.full(entry.row) | _own(entry.row))
            if name in seen:
                bad.append(f"{entry.where()}: “{name}” stands already at {seen[name].where()}")
            seen[name] = entry
    return bad


def _own(row: Mapping[str, Any]) -> Row:
    return {"#": row["#"]} if "#" in row else {}
