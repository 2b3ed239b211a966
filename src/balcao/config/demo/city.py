"""The polygons of a city that does not exist: irregular districts along a river, the same on every machine.

Small Voronoi cells are dealt to the nearest district, so that borders wind like real ones and share their edges."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import Any

import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon, mapping
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

KM_PER_DEGREE = 111.195
CELLS = 700


@dataclass(frozen=True)
class District:
    slug: str
    name: str
    region: str
    shape: BaseGeometry
    """In degrees, longitude first."""

    @property
    def boundary(self) -> dict[str, Any]:
        return _rounded(mapping(self.shape))


@dataclass(frozen=True)
class City:
    districts: Sequence[District]

    def region(self, slug: str) -> dict[str, Any]:
        """The outline of a region as GeoJSON."""
        return _rounded(mapping(shapely.union_all([d.shape for d in self.districts if d.region == slug])))

    def somewhere(self, slug: str, rng: random.Random) -> tuple[float, float]:
        """(lat, lon) of a point well inside a district."""
        shape = next(d.shape for d in self.districts if d.slug == slug)
        core = shape.buffer(-0.0025)
        west, south, east, north = core.bounds
        while True:
            point = Point(rng.uniform(west, east), rng.uniform(south, north))
            if core.contains(point):
                return round(point.y, 6), round(point.x, 6)


def draw_city(plan: Mapping[str, Any]) -> City:
    """From the `city` of an agency's file: centre, radius, regions with their districts' seeds in kilometres."""
    rng = random.Random(plan["seed"])  # noqa: S311  a drawing, no secret
    radius = plan["radius_km"]
    outline = _outline(rng, radius)
    river = LineString([(x, 0.55 + 0.35 * sin(x / 1.4) + 0.12 * sin(x * 1.9)) for x in _steps(-2 * radius, 2 * radius)])
    banks = sorted(split(outline, river).geoms, key=lambda part: part.area)[-2:]
    seeds = [(d["slug"], d["name"], r["slug"], Point(d["at"])) for r in plan["regions"] for d in r["districts"]]
    points = MultiPoint([(rng.uniform(-1.4, 1.4) * radius, rng.uniform(-1.4, 1.4) * radius) for _ in range(CELLS)])
    cells = list(shapely.voronoi_polygons(points, extend_to=outline).geoms)
    parts: dict[str, list[BaseGeometry]] = {slug: [] for slug, *_ in seeds}
    for bank in banks:
        near = [seed for seed in seeds if bank is min(banks, key=seed[3].distance)]
        for cell in cells:
            piece = cell.intersection(bank)
            if piece.area > 0:
                slug = min(near, key=lambda seed: seed[3].distance(piece.centroid))[0]
                parts[slug].append(piece)
    where = _degrees(plan["centre"])
    return City([District(slug, name, region, where(_joined(parts[slug]))) for slug, name, region, _ in seeds])


def _joined(pieces: list[BaseGeometry]) -> BaseGeometry:
    whole = shapely.union_all(pieces, grid_size=0.001)  # a metre
    largest = max(shapely.get_parts(whole), key=lambda part: part.area)  # without the slivers of the cut
    return Polygon(largest.exterior)  # and without the cracks between two cells


def _outline(rng: random.Random, radius: float) -> Polygon:
    waves = [(n, rng.uniform(0.02, 0.09), rng.uniform(0, 2 * pi)) for n in (2, 3, 5, 7, 11)]
    angles = [2 * pi * i / 120 for i in range(120)]
    lengths = [radius * (1 + sum(high * sin(n * a + shift) for n, high, shift in waves)) for a in angles]
    return Polygon([(length * cos(a), length * sin(a)) for a, length in zip(angles, lengths, strict=True)])


def _steps(start: float, end: float) -> list[float]:
    return [start + (end - start) * i / 160 for i in range(161)]


def _degrees(centre: Mapping[str, float]):
    east = KM_PER_DEGREE * cos(radians(centre["lat"]))

    def place(shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: xy / [east, KM_PER_DEGREE] + [centre["lon"], centre["lat"]])

    return place


def _rounded(geometry: Any) -> Any:
    """Coordinates to five decimals, about a metre."""
    if isinstance(geometry, Mapping):
        return {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"])}
    if isinstance(geometry, float):
        return round(geometry, 5)
    return [_rounded(part) for part in geometry]
