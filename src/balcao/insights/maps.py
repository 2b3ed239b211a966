"""The city's districts as SVG, drawn on the server: darker where there is more, each with its figure. Whoever does not
see it has the table beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import cos, radians
from typing import Any

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from balcao.organization.places import geojson

from .tables import HIDDEN, Figure

CLASSES = 5
CROWDED = 40  # districts: of more, the figures would stand upon each other


Drawn = tuple[str, dict[str, str], dict[str, tuple[float, float]], Callable[[float, float], tuple[float, float]]]


@lru_cache(maxsize=16)
def _paths(shapes: bytes) -> Drawn:
    """(viewBox, path and middle by the district's slug, where a longitude and latitude lie) of the city, north up."""
    from shapely.geometry import shape

    features = json.loads(shapes)["features"]
    rings = {f["properties"]["slug"]: list(_rings(f["geometry"])) for f in features}
    points = [p for found in rings.values() for ring in found for p in ring]
    if not points:
        return "0 0 1 1", {}, {}, lambda lon, lat: (0.0, 0.0)
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = cos(radians((south + north) / 2))
    scale = 600 / max((east - west) * squeeze, north - south, 1e-9)

    def where(lon: float, lat: float) -> tuple[float, float]:
        return (lon - west) * squeeze * scale, (north - lat) * scale

    def draw(ring: Sequence[Sequence[float]]) -> str:
        spots = ("{:.0f} {:.0f}".format(*where(p[0], p[1])) for p in ring)
        return "M" + "L".join(dict.fromkeys(spots)) + "Z"

    size = f"-4 -4 {(east - west) * squeeze * scale + 8:.0f} {(north - south) * scale + 8:.0f}"
    inside = {f["properties"]["slug"]: shape(f["geometry"]).representative_point() for f in features}
    middles = {slug: where(point.x, point.y) for slug, point in inside.items() if not point.is_empty}
    return size, {slug: "".join(map(draw, found)) for slug, found in rings.items()}, middles, where


def _rings(geometry: Mapping[str, Any]) -> list[Any]:
    if geometry["type"] == "GeometryCollection":
        return [ring for part in geometry["geometries"] for ring in _rings(part)]
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    return [ring for part in geometry["coordinates"] for ring in part] if geometry["type"] == "MultiPolygon" else []


def steps(figures: Sequence[Figure]) -> list[int]:
    """The lower ends of up to five classes that hold about as many districts each."""
    known = sorted(int(f) for f in figures if isinstance(f, int | float) and f > 0)
    if not known:
        return []
    return sorted({known[len(known) * part // CLASSES] for part in range(CLASSES)})


def city_map(
    agency_id: int,
    name: str,
    places: Sequence[tuple[str, str, str, Figure]],
    spots: Sequence[tuple[float, float, str]] = (),
) -> SafeString:
    """The districts (slug, label, address, figure), darker where there is more, and spots (latitude, longitude, label)
    upon them. Empty where no polygon is known."""
    size, paths, middles, where = _paths(geojson(agency_id))
    known = {slug: (label, href, figure) for slug, label, href, figure in places}
    if not paths:
        return SafeString("")
    ends = steps([figure for _slug, _label, _href, figure in places])
    parts, written = [], []
    for slug, path in paths.items():
        label, href, figure = known.get(slug, ("", "", None))
        shown = (
            number_format(figure, force_grouping=True)
            if isinstance(figure, int | float)
            else ""
            if figure is None
            else str(HIDDEN)
        )
        depth = sum(1 for end in ends if isinstance(figure, int | float) and figure >= end)
        outline = format_html('<path class="area-{}" d="{}"><title>{} {}</title></path>', depth, path, label, shown)
        # The table below leads to each district: no hundred stops for the keyboard here.
        parts.append(format_html('<a href="{}" tabindex="-1">{}</a>', href, outline) if href else outline)
        if shown and len(paths) <= CROWDED and slug in middles:
            x, y = middles[slug]
            written.append(format_html('<text class="map-figure" x="{}" y="{}">{}</text>', round(x), round(y), shown))
    parts += written
    for lat, lon, label in spots:
        x, y = where(lon, lat)
        mark = '<circle class="spot" cx="{}" cy="{}" r="9"><title>{}</title></circle>'
        parts.append(format_html(mark, round(x), round(y), label))
    legend = format_html_join(
        "",
        '<li><span class="area-key area-{}"></span>{}</li>',
        ((n, number_format(end, force_grouping=True) + "+") for n, end in enumerate(ends, 1)),
    )
    if spots:
        legend += format_html('<li><span class="area-key spot-key"></span>{}</li>', _("Hot spot"))
    return format_html(
        '<svg class="city-map" viewBox="{}" aria-hidden="true" focusable="false">{}</svg>'
        '<p class="visually-hidden">{}</p><ul class="chart-legend" aria-hidden="true">{}</ul>',
        size, mark_safe("".join(parts)), name, legend,  # noqa: S308 - each part was escaped by format_html
    )  # fmt: skip
