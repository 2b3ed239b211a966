"""Finding a service: by what people say they need, or shelf by shelf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from balcao.platform.search import find
from balcao.platform.settled import settled

from .models import Service, ServiceGroup, ServiceQuerySet, ServiceVersion


def published_services(agency_id: int) -> ServiceQuerySet:
    """What the public of one agency may ask for, shelf by shelf."""
    published = Service.objects.published().filter(agency_id=agency_id, current__isnull=False)
    return published.select_related("group").order_by("group__position", "group__name", "position", "name")


def published_service(agency_id: int, slug: str) -> Service | None:
    """A service that the public may ask for, with its group, agency and current questions. Remembered."""

    def load() -> Service | None:
        return published_services(agency_id).select_related("agency", "current").filter(slug=slug).first()

    return settled(("service", agency_id, slug), load)


def service_with(pk: int) -> Service:
    """Any service, with its group, agency and current questions. Remembered: do not change it."""
    return settled(("service", pk), lambda: Service.objects.select_related("group", "agency", "current").get(pk=pk))


def questions_of(service: Service, version_id: int) -> ServiceVersion:
    """One version of a service's questions, current or older. Remembered: do not change it."""

    def load() -> ServiceVersion:
        version = ServiceVersion.objects.get(pk=version_id, service_id=service.pk)
        version.service = service
        return version

    return settled(("questions", version_id), load)


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
