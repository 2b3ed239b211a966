"""The places of an agency on the map. Polygons change rarely: each process reads them again every five minutes."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import Any

from balcao.platform.geography import Located, PolygonCache, Polygons
from balcao.platform.search import SortKey

from .models import Place

FRESH = 300  # seconds
SMOOTH = 0.0002  # degrees, some 20 m: what the map on a phone does not need to be told


def _minute(agency_id: int) -> int:
    return int(time.time() // FRESH)


def districts(agency_id: int) -> list[Place]:
    """By name, without their polygons."""
    found = Place.objects.filter(agency_id=agency_id, kind=Place.Kind.DISTRICT).defer("boundary")
    return list(found.order_by(SortKey("name"), "pk"))


def _load(agency_id: int) -> Polygons:
    from shapely.geometry import shape

    bounded = Place.objects.filter(agency_id=agency_id, kind=Place.Kind.DISTRICT, boundary__isnull=False)
    drawn = bounded.values_list("slug", "boundary")
    return Polygons(Located(slug, shape(boundary)) for slug, boundary in drawn if boundary)


POLYGONS = PolygonCache(_load, _minute)


def polygons(agency_id: int) -> Polygons:
    """The districts' polygons by slug."""
    return POLYGONS.of(agency_id)


def geojson(agency_id: int) -> bytes:
    """The districts as a FeatureCollection (RFC 7946) with `name` and `slug`, simplified along shared borders."""
    return _geojson(agency_id, _minute(agency_id))


@lru_cache(maxsize=32)
def _geojson(agency_id: int, fresh: int) -> bytes:
    import shapely
    from shapely.geometry import mapping, shape

    bounded = list(
        Place.objects.filter(agency_id=agency_id, kind=Place.Kind.DISTRICT, boundary__isnull=False)
        .order_by("slug")
        .values_list("slug", "name", "boundary")
    )
    shapes = [shapely.make_valid(shape(boundary)) for _slug, _name, boundary in bounded if boundary]
    simple: Any = shapely.set_precision(shapely.coverage_simplify(shapes, SMOOTH), 0.00001) if shapes else []
    features = [
        {"type": "Feature", "properties": {"slug": slug, "name": name}, "geometry": mapping(drawn)}
        for (slug, name, _boundary), drawn in zip(bounded, simple, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode()
