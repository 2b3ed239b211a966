"""Who is served first by law: data of a jurisdiction, in priorities.yaml; an installation may change its own rows."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SHIPPED = Path(__file__).parent / "priorities.yaml"


def install(groups: Any) -> None:
    """Add the shipped groups that are not there yet. `groups`: the PriorityGroup manager (or a migration's own)."""
    for row in YAML(typ="safe").load(SHIPPED.read_text(encoding="utf-8")):
        key = {"jurisdiction": row.pop("jurisdiction"), "slug": row.pop("slug")}
        groups.get_or_create(**key, defaults=row)
