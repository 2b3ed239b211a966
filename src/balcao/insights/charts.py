"""Charts as SVG, drawn on the server. Each stands beside the table that it is drawn from, which says the same in
figures: a chart is an image with a name to whoever does not see it. Colours come from the style sheet, by class."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import cos, radians
from typing import Any

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from balcao.organization.places import geojson

from .tables import HIDDEN, Figure

WIDTH, HEIGHT, FOOT, LEFT = 480, 220, 26, 44
CLASSES = 5


def _number(figure: Figure) -> float:
    return float(figure) if isinstance(figure, int | float) else 0.0


def nice(most: float) -> float:
    """The step of an axis: the next of 1, 2, 5 times a power of ten."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if most <= factor * step:
                return factor * step
        step *= 10


def bars(name: str, labels: Sequence[str], series: Sequence[tuple[Any, Sequence[Figure]]]) -> SafeString:
    """Upright bars, up to three side by side for each label. A hidden or missing figure has no bar."""
    top = 4 * nice(max([1.0, *(_number(figure) / 4 for _name, figures in series for figure in figures)]))
    wide = (WIDTH - LEFT - 4) / max(1, len(labels))
    each = min(16.0, wide * 0.8 / len(series))
    parts = []
    for part in range(5):
        y = _y(top * part / 4, top)
        tick = number_format(top * part / 4, decimal_pos=0, use_l10n=True, force_grouping=True)
        parts.append(
            format_html(
                '<line class="chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
                '<text class="chart-tick" x="{}" y="{}">{}</text>',
                LEFT,
                WIDTH,
                y,
                y,
                LEFT - 6,
                y + 4,
                tick,
            )
        )
    for place, label in enumerate(labels):
        middle = LEFT + wide * (place + 0.5)
        parts.append(
            format_html('<text class="chart-label" x="{}" y="{}">{}</text>', f"{middle:.1f}", HEIGHT - 8, label)
        )
        for turn, (_name, figures) in enumerate(series):
            value = _number(figures[place])
            if value > 0:
                x = middle - each * len(series) / 2 + each * turn
                y = _y(value, top)
                parts.append(
                    format_html(
                        '<rect class="chart-bar chart-{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>',
                        turn,
                        f"{x:.1f}",
                        y,
                        f"{each - 1.5:.1f}",
                        f"{HEIGHT - FOOT - float(y):.1f}",
                    )
                )
    drawn = mark_safe("".join(parts))  # noqa: S308 - each part was escaped by format_html
    legend = format_html_join(
        "",
        '<li><span class="chart-key chart-key-{}"></span>{}</li>',
        ((n, label) for n, (label, _f) in enumerate(series)),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg><ul class="chart-legend">{}</ul>',
        WIDTH, HEIGHT, name, drawn, legend,
    )  # fmt: skip


def _y(value: float, top: float) -> float:
    return round(8 + (HEIGHT - FOOT - 8) * (1 - value / top), 1)


@lru_cache(maxsize=16)
def _paths(shapes: bytes) -> tuple[str, dict[str, str], Callable[[float, float], tuple[float, float]]]:
    """(viewBox, path by the district's slug, where a longitude and latitude lie) of the city, north up."""
    features = json.loads(shapes)["features"]
    rings = {f["properties"]["slug"]: list(_rings(f["geometry"])) for f in features}
    points = [p for found in rings.values() for ring in found for p in ring]
    if not points:
        return "0 0 1 1", {}, lambda lon, lat: (0.0, 0.0)
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
    return size, {slug: "".join(map(draw, found)) for slug, found in rings.items()}, where


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
    size, paths, where = _paths(geojson(agency_id))
    known = {slug: (label, href, figure) for slug, label, href, figure in places}
    if not paths:
        return SafeString("")
    ends = steps([figure for _slug, _label, _href, figure in places])
    parts = []
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
        shape = format_html('<path class="area-{}" d="{}"><title>{} {}</title></path>', depth, path, label, shown)
        # The table below leads to each district: no hundred stops for the keyboard here.
        parts.append(format_html('<a href="{}" tabindex="-1">{}</a>', href, shape) if href else shape)
    for lat, lon, label in spots:
        x, y = where(lon, lat)
        mark = '<circle class="spot" cx="{}" cy="{}" r="9"><title>{}</title></circle>'
        parts.append(format_html(mark, round(x), round(y), label))
    legend = format_html_join(
        "",
        '<li><span class="area-key area-{}"></span>{}</li>',
        ((n, number_format(end, force_grouping=True) + "+") for n, end in enumerate(ends, 1)),
    )
    return format_html(
        '<svg class="city-map" viewBox="{}" aria-hidden="true" focusable="false">{}</svg>'
        '<p class="visually-hidden">{}</p><ul class="chart-legend" aria-hidden="true">{}</ul>',
        size, mark_safe("".join(parts)), name, legend,  # noqa: S308 - each part was escaped by format_html
    )  # fmt: skip
