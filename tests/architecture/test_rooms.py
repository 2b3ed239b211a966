"""What import-linter cannot see: foreign keys by name, migrations, reverse accessors, templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from tests.architecture.rooms import (
    SOURCE,
    height,
    layers,
    may_know,
    room_of,
    room_of_file,
    sources,
    templates,
    tree,
    where,
)

OUR_MODELS = [m for m in apps.get_models() if m.__module__.startswith("balcao.")]


def _relations() -> Iterator[tuple[type[models.Model], models.Field, type[models.Model]]]:
    for model in OUR_MODELS:
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if field.is_relation and field.related_model and field.related_model.__module__.startswith("balcao."):
                yield model, field, field.related_model


def test_every_room_has_its_layer():
    named = {room for layer in layers() for room in layer}
    there = {f"balcao.{p.name}" for p in SOURCE.iterdir() if p.is_dir() and any(p.glob("*.py"))}
    assert there <= named, f"without a layer: {sorted(there - named)}"
    assert height("balcao.config") > height("balcao.cases") > height("balcao.platform")
    assert may_know("balcao.inbox", "balcao.cases") and not may_know("balcao.cases", "balcao.inbox")
    assert not may_know("balcao.inbox", "balcao.workorders"), "siblings are independent"


def test_a_foreign_key_points_down():
    wrong = [
        f"{model._meta.label}.{field.name} → {target._meta.label}"
        for model, field, target in _relations()
        if not may_know(room_of(model.__module__) or "", room_of(target.__module__) or "")
    ]
    assert not wrong, "\n".join(wrong)


def test_a_migration_depends_on_what_stands_below():
    from django.db.migrations.loader import MigrationLoader

    rooms = {config.label: config.name for config in apps.get_app_configs() if config.name.startswith("balcao.")}
    loader = MigrationLoader(None, ignore_no_migrations=True)
    wrong = []
    for (app, name), migration in loader.disk_migrations.items():
        if app not in rooms:
            continue
        for other in [*migration.dependencies, *migration.run_before]:
            if other[0] in rooms and not may_know(room_of(rooms[app]) or "", room_of(rooms[other[0]]) or ""):
                wrong.append(f"{app}.{name} → {other[0]}.{other[1]}")
    assert not wrong, "\n".join(wrong)


def _accessors() -> Iterator[tuple[str, str, str, str]]:
    """(attribute, query name, upper room, the room whose model carries it) of each relation that crosses rooms."""
    for model, field, target in _relations():
        upper, lower = room_of(model.__module__), room_of(target.__module__)
        if upper == lower or field.remote_field.hidden:
            continue
        relation = field.remote_field
        yield relation.get_accessor_name() or "", field.related_query_name(), upper or "", lower or ""


# A name that a lower room also uses for something of its own: (file below src/balcao, name). Looked at one by one.
NAMESAKES: set[tuple[str, str]] = set()


def _names_used(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Attributes, and the paths in filter(orders__state=…) or select_related("orders__area")."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            yield part.attr, part.lineno
        elif isinstance(part, ast.Call):
            for keyword in part.keywords:
                if keyword.arg and "__" in keyword.arg:
                    yield keyword.arg.split("__")[0], part.lineno
            called = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            if called in {"select_related", "prefetch_related", "Prefetch", "F", "OuterRef", "values", "values_list"}:
                for text in part.args:
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        yield text.value.split("__")[0], part.lineno


def test_no_lower_room_reaches_up_by_a_reverse_accessor():
    accessors = list(_accessors())
    assert ("orders", "orders", "balcao.workorders", "balcao.cases") in accessors
    wrong = []
    for path in sources():
        room = room_of_file(path)
        if room == "balcao" or room == "balcao.dialogue":
            continue
        imported = {
            alias.asname or alias.name.split(".")[-1]
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        forbidden = {
            name: upper
            for accessor, query, upper, lower in accessors
            for name in (accessor, query)
            if may_know(room, lower) and not may_know(room, upper) and name not in imported
        }
        for name, line in _names_used(tree(path)):
            if name in forbidden and (str(path.relative_to(SOURCE)), name) not in NAMESAKES:
                wrong.append(f"{where(path, line)} uses .{name} of {forbidden[name]}")
    assert not wrong, "\n".join(sorted(set(wrong)))


TAKES = re.compile(r"""{%\s*(?:include|extends)\s+["']([^"']+)["']""")


def _owners() -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for path in templates():
        name = str(path).split("/templates/", 1)[1]
        owners.setdefault(name, []).append(room_of_file(path.parents[len(name.split("/")) - 1]))
    return owners


def test_a_template_takes_only_from_its_room_or_below():
    owners, wrong = _owners(), []
    for path in templates():
        name = str(path).split("/templates/", 1)[1]
        room = room_of_file(path.parents[len(name.split("/")) - 1])
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for taken in TAKES.findall(line):
                if any(may_know(room, owner) for owner in owners.get(taken, [])):
                    continue
                if taken not in owners and not taken.startswith(("web/", "console/", "portal/")):
                    continue  # a library's
                wrong.append(f"{where(path, number)} takes {taken} of {owners.get(taken, 'nowhere')}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", ["portal", "email"])
def test_a_channel_stands_alone(room):
    others = {p.name for p in (SOURCE / "channels").iterdir() if p.is_dir() and p.name not in (room, "__pycache__")}
    for path in sources(SOURCE / "channels" / room):
        text = path.read_text()
        assert not [o for o in others if f"balcao.channels.{o}" in text], path
