"""The files become rows, each knowing its file and lines; what is wrong is a sentence with both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from balcao.catalog.questions import BadQuestion, check_questions

from .nouns import BOUNDARIES, MATRIX, NOUNS, PLACES, SERVICES, Noun, Row, numbered

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
        line, node = _line(self.node), self.node
        for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
            part: Any = int(index) if index else key
            try:
                line = (node.lc.item(part) if index else node.lc.key(part))[0] + 1
                node = node[part]
            except (KeyError, IndexError, AttributeError, TypeError):
                break
        return f"{self.file}:{line}"


@dataclass
class Files:
    """Entries by noun. `complete` nouns are whole lists: what they lack is to be removed."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)


def _line(node: Any) -> int:
    return node.lc.line + 1 if hasattr(node, "lc") else 1


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
        if noun is not SERVICES or path.is_dir():
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
        listed = [(noun, path / noun.file) for noun in NOUNS if noun is not SERVICES and (path / noun.file).is_file()]
        return listed + [(SERVICES, file) for file in sorted((path / SERVICES.file).glob("*.yaml"))]
    noun = next((noun for noun in NOUNS if noun.file == path.name), SERVICES)
    return [(noun, path)]


def _read_file(noun: Noun, path: Path, shown: str, bad: list[str]) -> list[Entry]:
    data = parse(path, shown)
    if noun is SERVICES:
        data = [data]
    elif data is None:
        return []
    if not isinstance(data, list):
        raise BadFiles([f"{shown}:{_line(data)}: expects a list, each entry beginning with “- ”"])
    entries = []
    for node in data:
        if not isinstance(node, CommentedMap):
            bad.append(f"{shown}:{_line(node)}: expects keys and values, such as “name: …”")
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
        return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = str(error.problem or error.context or "cannot be read").splitlines()[0]
        raise BadFiles([f"{shown}:{line}: this is not YAML: {problem}"]) from None
    except (UnicodeDecodeError, YAMLError, RecursionError) as error:
        raise BadFiles([f"{shown}:1: this is no YAML file in UTF-8: {str(error).splitlines()[0]}"]) from None


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


def plain(value: Any) -> Any:
    """ruamel's own types as Python's, dates as text inside questions."""
    if isinstance(value, CommentedMap | dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, CommentedSeq | list):
        return [plain(item) for item in value]
    if isinstance(value, bool | date) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


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
