"""An agency's tables as CSV, its files as they are, and a dictionary that says what every column is."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, models, transaction

from balcao.organization.models import Agency
from balcao.platform.crypto import EncryptedTextField
from balcao.platform.models import StoredFile

from .tables import LEFT_OUT, fields, file_name, of_agency, tables

FORMAT = 1
NOTHING = "\\N"  # an empty value; an empty cell is an empty text


def write(agency: Agency, folder: Path) -> dict[str, int]:
    """Everything as it was at one moment, into the new `folder`; rows by table. Memory stays flat."""
    (folder / "tables").mkdir(parents=True)
    counts = {}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for model in tables():
            counts[model._meta.db_table] = _table(model, agency, folder / "tables" / file_name(model))
        _files(agency, folder)
    about = {
        "format": FORMAT,
        "agency": agency.slug,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": counts,
        "nothing": NOTHING,
        "tables": {model._meta.db_table: _dictionary(model) for model in tables()},
        "left_out": LEFT_OUT,
    }
    text = json.dumps(about, ensure_ascii=False, indent=2, default=str)
    (folder / "dictionary.json").write_text(text + "\n", encoding="utf-8")
    return counts


def _table(model: type[models.Model], agency: Agency, path: Path) -> int:
    columns, count = fields(model), 0
    names = [f.attname for f in columns]
    with path.open("w", newline="", encoding="utf-8") as target:
        out = csv.writer(target)
        out.writerow(names)
        rows = model._base_manager.filter(of_agency(model, agency.pk)).order_by("pk")
        for row in rows.values_list(*names).iterator(chunk_size=2000):
            out.writerow([_cell(f, value) for f, value in zip(columns, row, strict=True)])
            count += 1
    return count


def _cell(field: models.Field[Any, Any], value: Any) -> str:
    """Moments in ISO 8601 with their zone, bytes in hexadecimal, lists and objects in JSON, encrypted fields in the
    clear."""
    if value is None:
        return NOTHING
    if isinstance(field, models.JSONField) or isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    return "\\" + text if text.startswith("\\") else text


def _dictionary(model: type[models.Model]) -> dict[str, Any]:
    said = " ".join((model.__doc__ or "").split())
    return {
        "file": f"tables/{file_name(model)}",
        "about": "" if said.startswith(f"{model.__name__}(") else said,
        "columns": [
            {
                "name": f.attname,
                "type": _kind(f),
                "empty": f.null,
                "about": str(f.help_text or f.verbose_name),
                "refers_to": f.related_model._meta.db_table if f.is_relation else None,  # type: ignore[union-attr]
                "values": [str(value) for value, _label in f.flatchoices] or None,
            }
            for f in fields(model)
        ],
    }


def _kind(field: models.Field[Any, Any]) -> str:
    target = field.target_field if field.is_relation else field  # type: ignore[attr-defined]
    if isinstance(target, EncryptedTextField):
        return "text"
    kinds = {
        models.BooleanField: "true/false",
        models.DateTimeField: "moment (ISO 8601)",
        models.DateField: "day (ISO 8601)",
        models.JSONField: "JSON",
        models.BinaryField: "bytes (hexadecimal)",
        models.IntegerField: "whole number",
        models.FloatField: "number",
        models.UUIDField: "UUID",
        models.FileField: "path below files/",
    }
    return next((word for kind, word in kinds.items() if isinstance(target, kind)), "text")


def _files(agency: Agency, folder: Path) -> None:
    for stored in StoredFile.objects.filter(agency_id=agency.pk).iterator(chunk_size=500):
        for name in (stored.file.name, stored.thumbnail.name):
            if name and default_storage.exists(name):
                target = folder / "files" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with default_storage.open(name) as content, target.open("wb") as copy:
                    shutil.copyfileobj(content, copy, 1 << 20)
