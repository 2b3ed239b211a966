"""The names of an agency's services, groups, areas and places: what a list of cases shows and is filtered by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Value

from balcao.catalog.models import Service, ServiceGroup
from balcao.organization.models import Area, Place
from balcao.platform.search import SortKey
from balcao.platform.settled import settled


@dataclass(frozen=True)
class Names:
    """By id, each in the order of its names."""

    service: Mapping[int, str]
    group: Mapping[int, str]
    area: Mapping[int, str]
    place: Mapping[int, str]


def names_of(agency_id: int | None) -> Names:
    """One statement, and none while no setting changes: remembered by the process."""
    return settled(("names", agency_id), lambda: _names_of(agency_id))


def _names_of(agency_id: int | None) -> Names:
    sources = [("service", Service), ("group", ServiceGroup), ("area", Area), ("place", Place)]
    found: dict[str, dict[int, str]] = {kind: {} for kind, _model in sources}
    queries = [_named(kind, model, agency_id) for kind, model in sources]
    for kind, pk, name, _key in queries[0].union(*queries[1:], all=True).order_by("key", "pk"):
        found[kind][pk] = name
    return Names(**found)


def _named(kind: str, model: Any, agency_id: int | None) -> Any:
    rows = model.objects.filter(agency_id=agency_id).annotate(kind_of=Value(kind), key=SortKey("name")).order_by()
    return rows.values_list("kind_of", "pk", "name", "key")
