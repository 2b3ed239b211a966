"""Where: H3 cells, distances, and which of a city's polygons holds a point. WGS 84 degrees; no GDAL.

Shapely is imported where a polygon is in hand, here and elsewhere: it brings numpy, 20 MB and a tenth of a second that
most processes never need."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import asin, ceil, cos, isfinite, radians, sin, sqrt
from typing import TYPE_CHECKING, Any

import h3

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

EARTH_RADIUS_M = 6_371_008.8
#: Resolution 9: hexagons of about 0.1 km², some 200 m from the middle to a corner. A block, not a house.
BLOCK = 9


def is_point(lat: float, lon: float) -> bool:
    """Whether these are degrees at all."""
    return isfinite(lat) and isfinite(lon) and -90 <= lat <= 90 and -180 <= lon <= 180


def h3_cell(lat: float, lon: float, res: int = BLOCK) -> str:
    """The H3 cell of a point, as its hexadecimal name. ValueError when it is no point."""
    if not is_point(lat, lon):
        raise ValueError("not a latitude and a longitude")
    return h3.latlng_to_cell(lat, lon, res)


def coarsened(lat: float, lon: float, res: int = BLOCK) -> tuple[float, float]:
    """(lat, lon) of the centre of the point's cell, six decimals: what the public may see of an exact place."""
    centre = h3.cell_to_latlng(h3_cell(lat, lon, res))
    return round(centre[0], 6), round(centre[1], 6)


def cells_within(lat: float, lon: float, metres: float, res: int = BLOCK) -> list[str]:
    """Cells that together cover the circle around a point (and more): what an index finds before `distance_m` decides.

    ValueError beyond 60 rings, some 20 km at the resolution of a block.
    """
    origin = h3_cell(lat, lon, res)
    # Cells are up to a fifth smaller than the average; k rings reach at least 1.5 k - 0.5 edges from any point inside.
    edges = metres / (h3.average_hexagon_edge_length(res, unit="m") * 0.8)
    rings = ceil((edges + 0.5) / 1.5)
    if rings > 60:
        raise ValueError("too far for this resolution")
    return list(h3.grid_disk(origin, rings))


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two (lat, lon) points on the sphere (haversine; within 0.5 % of the ellipsoid)."""
    lat1, lon1, lat2, lon2 = map(radians, (*a, *b))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


@dataclass(frozen=True)
class Located:
    """One polygon's code with the polygon."""

    code: str
    geometry: BaseGeometry


class Polygons:
    """A city's polygons, indexed. Built once, read by every thread."""

    def __init__(self, polygons: Iterable[Located]) -> None:
        import shapely

        self._polygons = [Located(one.code, shapely.make_valid(one.geometry)) for one in polygons]
        self._tree = shapely.STRtree([one.geometry for one in self._polygons])
        shapely.prepare(self._tree.geometries)

    def __len__(self) -> int:
        return len(self._polygons)

    @classmethod
    def from_geojson(cls, collection: Mapping[str, Any], code: str | Callable[[Mapping[str, Any]], str]) -> Polygons:
        """From a FeatureCollection (RFC 7946: longitude first). `code` is a property's name, or makes the code from the
        properties. Features without an area are ignored."""
        from shapely.geometry import shape

        pick = code if callable(code) else (lambda properties: str(properties[code]))
        return cls(
            Located(pick(feature["properties"]), shape(feature["geometry"]))
            for feature in collection["features"]
            if feature.get("geometry") and feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
        )

    def locate(self, lat: float, lon: float) -> str | None:
        """The code of the polygon that holds the point (the lowest one on a shared border); None in the sea or
        elsewhere.
        """
        return self.locate_all([(lat, lon)])[0]

    def locate_all(self, points: Sequence[tuple[float, float]]) -> list[str | None]:
        """`locate` of each (lat, lon), at a tenth of the cost when there are many."""
        import shapely

        found: list[str | None] = [None] * len(points)
        sound = [n for n, point in enumerate(points) if is_point(*point)]
        if not sound or not self._polygons:
            return found
        asked = shapely.points([points[n][::-1] for n in sound])
        which, boxes = self._tree.query(asked)
        holds = shapely.intersects(self._tree.geometries[boxes], asked[which])
        for n, hit in zip(which[holds], boxes[holds], strict=True):
            code, place = self._polygons[hit].code, sound[n]
            found[place] = min(found[place] or code, code)
        return found

    def inside(self, lat: float, lon: float) -> bool:
        """Whether any polygon holds the point."""
        return self.locate(lat, lon) is not None

    def bounds(self) -> tuple[float, float, float, float] | None:
        """(south, west, north, east) of all of them, for a map's first view; None without polygons."""
        import shapely

        if not self._polygons:
            return None
        west, south, east, north = shapely.total_bounds([one.geometry for one in self._polygons])
        return float(south), float(west), float(north), float(east)


class PolygonCache:
    """One `Polygons` per agency, made by `loader(agency_id)` at the first question and again when `version` has
    changed.

    `version(agency_id)` must be cheap (a number that each import of polygons raises); without it, `forget` is the
    only way.
    """

    def __init__(
        self, loader: Callable[[int], Polygons], version: Callable[[int], Any] = lambda agency_id: None
    ) -> None:
        self._loader, self._version = loader, version
        self._kept: dict[int, tuple[Any, Polygons]] = {}
        self._lock = threading.Lock()

    def of(self, agency_id: int) -> Polygons:
        now = self._version(agency_id)
        kept = self._kept.get(agency_id)
        if kept is None or kept[0] != now:
            with self._lock:
                kept = self._kept.get(agency_id)
                if kept is None or kept[0] != now:
                    kept = self._kept[agency_id] = (now, self._loader(agency_id))
        return kept[1]

    def forget(self, agency_id: int) -> None:
        with self._lock:
            self._kept.pop(agency_id, None)
