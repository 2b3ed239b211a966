"""docs/reference/data-model.md: one Mermaid diagram a room, drawn from the models."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models

ORDER = [
    "organization", "citizens", "catalog", "clocks", "cases", "workorders", "inbox", "questionnaires", "insights",
    "portal", "platform",
]  # fmt: skip

HEAD = """# The data model

For whoever writes a query, a report or a migration. Drawn from the models by `make docs`; do not edit.

A diagram a room, from the lowest. `FK` is a foreign key, `UK` a unique one; a field in quotes is described as in the
code. Where an arrow leaves the room, only the name of the other model is drawn. Encrypted fields have the type
`encrypted`; documents and contacts are found by the keyed hash beside them.
"""


def _models(label: str) -> Iterator[type[models.Model]]:
    yield from sorted(apps.get_app_config(label).get_models(), key=lambda m: m.__name__)


def _kind(field: models.Field) -> str:
    name = type(field).__name__.removesuffix("Field")
    known = {
        "EncryptedText": "encrypted", "Char": "text", "Text": "text", "Slug": "slug", "Email": "text", "Array": "array",
        "BigAuto": "bigint", "BigInteger": "bigint", "PositiveInteger": "int", "PositiveSmallInteger": "smallint",
        "JSON": "json", "DateTime": "timestamp", "Date": "date", "Boolean": "bool", "Binary": "bytes", "Float": "float",
        "Generated": "generated", "ForeignKey": "bigint", "OneToOne": "bigint", "UUID": "uuid", "Xid8": "xid8",
    }  # fmt: skip
    return known.get(name, name.lower())


def _rows(model: type[models.Model]) -> Iterator[str]:
    for field in model._meta.local_fields:
        marks = []
        if field.primary_key:
            marks.append("PK")
        if field.is_relation:
            marks.append("FK")
        if field.unique and not field.primary_key:
            marks.append("UK")
        name = field.attname if field.is_relation else field.name
        said = str(field.help_text or "").replace('"', "'")
        yield f"        {_kind(field)} {name} {', '.join(marks)}".rstrip() + (f' "{said}"' if said else "")


def _links(model: type[models.Model]) -> Iterator[str]:
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        target = field.related_model
        if not field.is_relation or target is None:
            continue
        if field.many_to_many:
            line = "}o--o{"
        elif field.one_to_one:
            line = "|o--||" if not field.null else "|o--o|"
        else:
            line = "}o--||" if not field.null else "}o--o|"
        yield f'    {model.__name__} {line} {target.__name__} : "{field.name}"'


def text() -> str:
    """The whole page."""
    parts = [HEAD]
    for label in ORDER:
        found = list(_models(label))
        if not found:
            continue
        config = apps.get_app_config(label)
        parts.append(f"\n## {config.name.removeprefix('balcao.').replace('.', ' / ')}\n\n")
        for model in found:
            first = (model.__doc__ or "").strip().splitlines()[0]
            parts.append(f"* **{model.__name__}** (`{model._meta.db_table}`): {first}\n")
        parts.append("\n```mermaid\nerDiagram\n")
        for model in found:
            parts.append(f"    {model.__name__} {{\n" + "\n".join(_rows(model)) + "\n    }\n")
        for model in found:
            parts.extend(f"{link}\n" for link in _links(model))
        parts.append("```\n")
    return "".join(parts)
