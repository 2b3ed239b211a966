"""Who is served first by law: dated data of a jurisdiction, in priorities.yaml; an installation may change its rows."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SHIPPED = Path(__file__).parent / "priorities.yaml"
KEY = ("jurisdiction", "slug", "since")


def shipped() -> list[dict[str, Any]]:
    """The rows of priorities.yaml, as the model's fields; dates are dates."""
    rows: list[dict[str, Any]] = YAML(typ="safe").load(SHIPPED.read_text(encoding="utf-8"))
    return rows


def install(groups: Any) -> None:
    """Add the shipped groups that are not there yet. `groups`: the PriorityGroup manager (or a migration's own)."""
    for row in shipped():
        groups.get_or_create(**{name: row.pop(name) for name in KEY}, defaults=row)


def date_rows(groups: Any) -> None:
    """Give the rows that are there the dates of the shipped ones of their name; an installation's own stay as they
    are."""
    for row in shipped():
        found = groups.filter(jurisdiction=row["jurisdiction"], slug=row["slug"])
        found.update(since=row["since"], until=row.get("until"), unless_booked=row.get("unless_booked", False))
