"""An agency's settings as files, in one order and one form, so that a change of one word is a diff of one line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from balcao.organization.models import Agency

from .nouns import BOUNDARIES, NOUNS, PLACES, SERVICES, Noun, Row

QUESTION = (
    "code", "type", "prompt", "help", "why", "example", "required", "default", "min_length", "max_length", "pattern",
    "meaningful", "min", "max", "options", "validators", "when", "sensitive", "unsure", "currency",
    "compute", "next_step", "url", "order",
)  # fmt: skip
OPTION = ("value", "label", "help")


def write(agency: Agency, folder: Path) -> Iterator[str]:
    """Write every file; yields a line for each. Files of services that are gone are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for noun in NOUNS:
        rows = [row for _obj, row in noun.objects(agency)]
        if noun is SERVICES:
            yield from _write_services(folder / noun.file, rows)
            continue
        if noun is PLACES:
            yield _write_boundaries(folder / BOUNDARIES, rows)
        yield _write(folder / noun.file, [_shown(noun, row) for row in rows])


def _write_services(folder: Path, rows: list[Row]) -> Iterator[str]:
    folder.mkdir(exist_ok=True)
    names = {f"{row['slug']}.yaml" for row in rows}
    for path in sorted(folder.glob("*.yaml")):
        if path.name not in names:
            path.unlink()
            yield f"{SERVICES.file}/{path.name}: removed, there is no such service"
    for row in rows:
        _write(folder / f"{row['slug']}.yaml", _shown(SERVICES, row))
    yield f"{SERVICES.file}/: {len(rows)}"


def _write(path: Path, data: Any) -> str:
    yaml = YAML()
    yaml.width = 110
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(data, text)
    path.write_text(text.getvalue(), encoding="utf-8")
    return f"{path.name}: {len(data)}"


def _write_boundaries(path: Path, rows: list[Row]) -> str:
    """One line a place: git then shows which one changed."""
    lines = [
        json.dumps(
            {"type": "Feature", "properties": {"slug": r["slug"]}, "geometry": r["boundary"]},
            ensure_ascii=False,
            sort_keys=True,
        )
        for r in rows
        if r["boundary"]
    ]
    body = ",\n".join(lines)
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}\n', encoding="utf-8")
    return f"{path.name}: {len(lines)}"


def _shown(noun: Noun, row: Row) -> Row:
    row = {name: row[name] for name in noun.keys if name in row and name != "boundary"}
    short = noun.short(row)
    if "questions" in short:
        short["questions"] = [_ordered(question, QUESTION) for question in short["questions"]]
    if "days" in short:
        short["days"] = [day | {"date": date.fromisoformat(day["date"])} for day in short["days"]]
    return _literal(short)


def _ordered(data: Row, order: tuple[str, ...]) -> Row:
    """PostgreSQL's jsonb forgets the order of keys; people should not have to."""
    found = {name: data[name] for name in order if name in data} | data
    if "options" in found:
        found["options"] = [_ordered(option, OPTION) for option in found["options"]]
    return found


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return LiteralScalarString(value) if "\n" in value else value
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_literal(item) for item in value]
    return value
