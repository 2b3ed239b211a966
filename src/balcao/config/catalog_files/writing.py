"""An agency's settings as files, in one order and one form, so that a change of one word is a diff of one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from balcao.dialogue.loading import QUESTION_KEYS as QUESTION
from balcao.organization.models import Agency
from balcao.platform.written import write_yaml

from .nouns import BOUNDARIES, NOUNS, PLACES, Noun, Row

OPTION = ("value", "label", "help")


def write(agency: Agency, folder: Path) -> Iterator[str]:
    """Write every file; yields a line for each. Files of services and interviews that are gone are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for noun in NOUNS:
        rows = [row for _obj, row in noun.objects(agency)]
        if noun.one_each:
            yield from _write_each(noun, folder / noun.file, rows)
            continue
        if noun is PLACES:
            yield _write_boundaries(folder / BOUNDARIES, rows)
        yield _write(folder / noun.file, [_shown(noun, row) for row in rows])


def _write_each(noun: Noun, folder: Path, rows: list[Row]) -> Iterator[str]:
    folder.mkdir(exist_ok=True)
    names = {f"{row['slug']}.yaml" for row in rows}
    for path in sorted(folder.glob("*.yaml")):
        if path.name not in names:
            path.unlink()
            yield f"{noun.file}/{path.name}: removed, there is none of this name"
    for row in rows:
        _write(folder / f"{row['slug']}.yaml", _shown(noun, row))
    yield f"{noun.file}/: {len(rows)}"


def _write(path: Path, data: Any) -> str:
    path.write_text(write_yaml(data), encoding="utf-8")
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
    return short


def _ordered(data: Row, order: tuple[str, ...]) -> Row:
    """PostgreSQL's jsonb forgets the order of keys; people should not have to."""
    found = {name: data[name] for name in order if name in data} | data
    if "options" in found:
        found["options"] = [_ordered(option, OPTION) for option in found["options"]]
    return found
