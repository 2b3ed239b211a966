"""What `writing` wrote comes into an installation without agencies: every row under its own number, all or nothing."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import connection, models, transaction

from balcao.citizens.actions import contact_hash, document_hash
from balcao.citizens.models import ContactPoint, Person, PriorityGroup
from balcao.clocks.models import CalendarSnapshot
from balcao.inbox.conversations.moving import contact_hash as conversation_hash
from balcao.inbox.models import Conversation
from balcao.organization.models import Agency, Staff
from balcao.platform.numbering import continue_after
from balcao.platform.trouble import Trouble

from .tables import fields, tables
from .writing import FORMAT, NOTHING

BATCH = 1000


def read(folder: Path) -> dict[str, int]:
    """Rows by table. Trouble with a sentence when it is no export, a newer one, or somebody is here already."""
    about = _about(folder)
    if Agency.objects.exists():
        raise Trouble("There is an agency here already: an agency is brought into an empty installation only.")
    csv.field_size_limit(sys.maxsize)
    counts = {}
    with transaction.atomic():
        PriorityGroup.objects.all().delete()  # those of the export take the place of those that came with us
        for model in tables():
            path = _within(folder, folder / about["tables"][model._meta.db_table]["file"])
            counts[model._meta.db_table] = _table(model, path)
        if counts != about["rows"]:
            raise Trouble("The tables do not hold as many rows as the dictionary says: nothing was brought in.")
        _go_on_counting()
        _files(folder)
    return counts


def _about(folder: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))
        if about["format"] > FORMAT:
            raise Trouble("This export was made by a newer Balcão: update the program first.")
        missing = [m._meta.db_table for m in tables() if m._meta.db_table not in about["tables"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise Trouble(f"{folder} is no export of Balcão: it has no dictionary.json that can be read.") from None
    if missing:
        raise Trouble(f"The export is of an older Balcão and lacks {missing[0]}: make it with this version.")
    return about


def _within(folder: Path, path: Path) -> Path:
    """Trouble for what leads out of the export, by its name or by a link: a stranger's export would bring in what this
    machine keeps for itself."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Trouble(f"{path} leads out of the export: nothing was brought in.")
    return path


def _table(model: type[models.Model], path: Path) -> int:
    count, batch = 0, []
    for row in _rows(model, path):
        batch.append(row)
        if len(batch) == BATCH:
            _create(model, batch)
            count, batch = count + len(batch), []
    _create(model, batch)
    return count + len(batch)


def _create(model: type[models.Model], batch: list[models.Model]) -> None:
    # A calendar's snapshot is known by its content: the same one may be here.
    model._base_manager.bulk_create(batch, ignore_conflicts=model is CalendarSnapshot)


def _rows(model: type[models.Model], path: Path) -> Iterator[models.Model]:
    columns = {f.attname: f for f in fields(model)}
    with path.open(newline="", encoding="utf-8") as source:
        for cells in csv.DictReader(source):
            row = model(**{name: _value(columns[name], cell) for name, cell in cells.items() if name in columns})
            # Keyed by the installation's own secret: found here by what is found here.
            if isinstance(row, Person) and row.document:
                row.document_hash = document_hash(row.document)
            elif isinstance(row, ContactPoint):
                row.value_hash = contact_hash(row.kind, row.value)
            elif isinstance(row, Conversation) and row.contact:  # one that was forgotten is found by nothing
                row.contact_hash = conversation_hash(row.channel, row.contact)
            elif isinstance(row, Staff):
                row.password = make_password(None)  # nobody brings a password along: each sets a new one
            yield row


def _value(field: models.Field[Any, Any], cell: str) -> Any:
    if cell == NOTHING:
        return None
    target = field.target_field if field.is_relation else field  # type: ignore[attr-defined]
    if isinstance(target, models.JSONField) or target.get_internal_type() == "ArrayField":
        return json.loads(cell)
    if isinstance(target, models.BinaryField):
        return bytes.fromhex(cell)
    if isinstance(target, models.BooleanField):
        return cell == "true"
    text = cell[1:] if cell.startswith("\\\\") else cell
    return target.to_python(text) if not isinstance(target, models.FileField) else text


def _go_on_counting() -> None:
    """The next row and the next protocol come after those that were brought in."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)
        cursor.execute(
            "SELECT left(protocol, 4)::int, max(substr(protocol, 5, length(protocol) - 6)::bigint)"
            " FROM cases_case GROUP BY 1"
        )
        for year, last in cursor.fetchall():
            continue_after(year, last)


def _files(folder: Path) -> None:
    """Under their own names; a half import leaves files that no row names, which the night sweeps."""
    base = folder / "files"
    for path in sorted(p for p in base.rglob("*") if p.is_file()) if base.exists() else []:
        name = path.relative_to(base).as_posix()
        with _within(base, path).open("rb") as content:
            kept = default_storage.save(name, File(content))
        if kept != name:
            raise Trouble(f"A file called {name} is here already: the folder of files is not empty.")
