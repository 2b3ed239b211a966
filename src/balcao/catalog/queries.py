"""Finding a service: by what people say they need, or shelf by shelf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from balcao.platform.search import find

from .models import Service, ServiceGroup, ServiceQuerySet


def published_services(agency_id: int) -> ServiceQuerySet:
    """What the public of one agency may ask for, shelf by shelf."""
    published = Service.objects.published().filter(agency_id=agency_id, current__isnull=False)
    return published.select_related("group").order_by("group__position", "group__name", "position", "name")


def search_services(agency_id: int, text: str, limit: int = 20) -> list[Service]:
    """The published services that fit what a person wrote in their own words, best first. Accents, plurals and
    misspellings are forgiven. Empty words find nothing."""
    found = find(published_services(agency_id), text, vector="search", fuzzy=("name", "keywords"))
    return list(found[:limit])


@dataclass(frozen=True)
class Shelf:
    """A group with the services that stand on it."""

    group: ServiceGroup
    services: Sequence[Service]


def shelves(agency_id: int) -> list[Shelf]:
    """Every group that has a published service, with its services. One query."""
    shelf: dict[int, list[Service]] = {}
    groups: dict[int, ServiceGroup] = {}
    for service in published_services(agency_id):
        groups[service.group_id] = service.group
        shelf.setdefault(service.group_id, []).append(service)
    return [Shelf(groups[key], services) for key, services in shelf.items()]
