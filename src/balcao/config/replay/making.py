"""The agency of a file: its catalogue, its bodies as areas, its districts, and a matrix that follows the file.

Made once; a second run finds everything by its slug and adds what is new."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import shapely
from django.db import transaction
from django.utils.text import slugify
from shapely.geometry import mapping, shape

from balcao.catalog.models import Service, ServiceGroup, ServiceVersion
from balcao.organization.actions.founding import make_roles
from balcao.organization.models import Agency, Area, Holiday, Place, WorkingCalendar
from balcao.platform.geography import Polygons
from balcao.platform.trouble import Trouble
from balcao.workorders.models import ResponsibilityRule

from .columns import kind_of, rows

NAME = "São Paulo 156 (demandas reais de 2015 a 2018)"
HOLIDAYS = ((1, 25, "Aniversário de São Paulo"), (11, 20, "Dia da Consciência Negra"))  # municipal, each year
# The file's fiscal sector and block are kept with each demand as the answers to these.
QUESTIONS = [
    {"code": "setor", "type": "string", "prompt": {"pt-br": "Setor fiscal", "en": "Fiscal sector"}, "max_length": 10},
    {"code": "quadra", "type": "string", "prompt": {"pt-br": "Quadra", "en": "City block"}, "max_length": 10},
]


@dataclass
class Survey:
    """A first look at the whole file: what it holds, and which body acts most on each service."""

    rows: int = 0
    bodies: Counter[str] = field(default_factory=Counter)
    services: dict[str, Counter[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(Counter))
    """service → how often with each (theme, subject, body)."""


@dataclass
class City:
    """The agency with what the rows name, each by the file's own word."""

    agency: Agency
    areas: dict[str, Area]
    services: dict[str, Service]
    ruled: dict[str, str]
    """service → the body to which its rule sends it."""
    places: dict[str, Place]
    """By slug of the district's name."""
    polygons: Polygons | None


def survey(path: Path) -> Survey:
    """Read the file once, some seconds for half a million rows. Trouble when it holds no demands."""
    seen = Survey()
    for _line, row in rows(path):
        seen.rows += 1
        if row and row["service"] and row["body"] and row["subject"]:
            seen.bodies[row["body"]] += 1
            seen.services[row["service"]][row["theme"], row["subject"], row["body"]] += 1
    if not seen.services:
        raise Trouble(f"{path.name} holds no demands.")
    return seen


def slug_of(name: str, length: int = 80) -> str:
    return slugify(name)[:length].strip("-") or "x"


@transaction.atomic
def make_city(seen: Survey, *, slug: str, districts: Path | None) -> City:
    """Make what is not there yet. Trouble when the slug is another kind of agency's."""
    agency, created = Agency.objects.get_or_create(
        slug=slug,
        defaults={
            "name": NAME,
            "short_name": "SP 156",
            "hostname": f"{slug}.localhost",
            "is_default": not Agency.objects.filter(is_default=True).exists(),
        },
    )
    if created:
        _make_frame(agency)
    elif agency.name != NAME and agency.staff.exists():
        raise Trouble(f"The agency {slug} has staff of its own: replay into another one with --agency.")
    areas = {body: _area(agency, body) for body in sorted(seen.bodies)}
    groups = _groups(agency, seen)
    services, ruled = {}, {}
    for position, name in enumerate(sorted(seen.services), 1):
        found = seen.services[name]
        subject = _most({key[1]: found[key] for key in found}, found, 1)
        ruled[name] = _most({key[2]: 0 for key in found}, found, 2)
        services[name] = _service(agency, groups[subject], name, position)
        ResponsibilityRule.objects.get_or_create(
            agency=agency,
            service=services[name],
            defaults={"position": position, "area": areas[ruled[name]], "note": "o órgão que mais atende no arquivo"},
        )
    places, polygons = _districts(agency, districts) if districts else ({}, None)
    return City(agency, areas, services, ruled, places, polygons)


def _most(choices: dict[str, int], found: Counter[tuple[str, str, str]], part: int) -> str:
    """The commonest subject or body of a service; the first by name among equals."""
    total = {choice: sum(n for key, n in found.items() if key[part] == choice) for choice in choices}
    return min(total, key=lambda choice: (-total[choice], choice))


def _make_frame(agency: Agency) -> None:
    calendar = WorkingCalendar.objects.create(
        agency=agency, slug="expediente", name="Expediente", subdivision="SP", is_default=True
    )
    for month, day, name in HOLIDAYS:
        Holiday.objects.create(calendar=calendar, date=f"2015-{month:02d}-{day:02d}", name=name, yearly=True)
    make_roles(agency)


def _area(agency: Agency, body: str) -> Area:
    return Area.objects.get_or_create(agency=agency, slug=slug_of(body), defaults={"name": body})[0]


def _groups(agency: Agency, seen: Survey) -> dict[str, ServiceGroup]:
    themes = {key[1]: key[0] for found in seen.services.values() for key in found}
    ordered = sorted(themes, key=lambda subject: (themes[subject], subject))
    return {
        subject: ServiceGroup.objects.get_or_create(
            agency=agency,
            slug=slug_of(subject),
            defaults={"name": subject[:120], "summary": themes[subject], "position": position},
        )[0]
        for position, subject in enumerate(ordered, 1)
    }


def _service(agency: Agency, group: ServiceGroup, name: str, position: int) -> Service:
    kind = kind_of(name)
    service, created = Service.objects.get_or_create(
        agency=agency,
        slug=slug_of(name, 100),
        defaults={
            "group": group,
            "name": name,
            "position": position,
            "kinds": [kind],
            "location": Service.Where.REQUIRED,
            "is_published": True,
            "is_public": kind != "denuncia",
            "coarse_location": True,
        },
    )
    if created:
        service.current = ServiceVersion.objects.create(service=service, number=1, script={"questions": QUESTIONS})
        service.save(update_fields=["current"])
    return service


def _districts(agency: Agency, path: Path) -> tuple[dict[str, Place], Polygons]:
    """Regions and districts of a FeatureCollection whose properties are `name` and `subprefeitura` (or `region`)."""
    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
        features = [(f["properties"], f["geometry"]) for f in collection["features"]]
        regions = {p["name"]: p.get("subprefeitura") or p.get("region") or "" for p, _ in features}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{path.name} cannot be read as GeoJSON districts: {error}.") from error
    parents = {}
    for region in sorted(set(filter(None, regions.values()))):
        outline = shapely.union_all([shape(g) for p, g in features if regions[p["name"]] == region], grid_size=1e-5)
        parents[region], _ = Place.objects.get_or_create(
            agency=agency,
            slug=f"sub-{slug_of(region, 70)}",
            defaults={"kind": Place.Kind.REGION, "name": region.title(), "boundary": mapping(outline)},
        )
    places = {
        slug_of(p["name"]): Place.objects.get_or_create(
            agency=agency,
            slug=slug_of(p["name"]),
            defaults={
                "kind": Place.Kind.DISTRICT,
                "name": p["name"].title(),
                "parent": parents.get(regions[p["name"]]),
                "boundary": geometry,
            },
        )[0]
        for p, geometry in features
    }
    return places, Polygons.from_geojson(collection, lambda properties: slug_of(properties["name"]))
