"""What the live view asks of the figures: this day by the hour, and where more is asked for than in other years.

Of all demands that the actor may see, also those that no public figure counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import h3
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.db.models.functions import ExtractHour

from balcao.platform.actors import Actor

from .models import Happening, HappeningQuerySet
from .tables import SHOWN

WEEKS = 4
OTHER_YEARS = 5
SAME_WEEKS = timedelta(weeks=52)  # the same weekdays of the same weeks, a year before
FEWEST = 5  # demands before a cell can be a hot spot
MORE = 1.5  # times what other years had


@dataclass(frozen=True)
class Spot:
    """A cell of some 0.7 km² where more was asked for than `usual`: the mean of other years, None without any."""

    lat: float
    lon: float
    asked: int
    usual: float | None


def _of(actor: Actor, wanted: Mapping[str, int | str]) -> HappeningQuerySet:
    return Happening.objects.filter(generation=SHOWN, **wanted).visible_to(actor)


def by_hour(actor: Actor, day: date, wanted: Mapping[str, int | str]) -> dict[str, list[int]]:
    """How many were opened and answered in each of the day's 24 hours, in the current time zone."""
    found: dict[str, list[int]] = {"opened": [0] * 24, "answered": [0] * 24}
    rows = _of(actor, wanted).filter(day=day, what__in=list(found))
    for what, hour, n in rows.order_by().values_list("what", ExtractHour("at")).annotate(n=Count("pk")):
        found[what][hour] = n
    return found


def hot_spots(actor: Actor, day: date, wanted: Mapping[str, int | str], most: int = 8) -> tuple[list[Spot], int]:
    """Cells where the four weeks up to `day` had much more than the same weeks of other years, the most first; and of
    how many other years there is anything to compare with."""
    spans = [_span(day - SAME_WEEKS * back) for back in range(OTHER_YEARS + 1)]
    where = Q()
    for span in spans:
        where |= Q(day__range=span)
    year = Case(
        *(When(day__range=span, then=Value(back)) for back, span in enumerate(spans)), output_field=IntegerField()
    )
    rows = _of(actor, wanted).filter(where, what="opened").exclude(h3="").annotate(back=year)
    asked: dict[str, dict[int, int]] = defaultdict(dict)
    for cell, back, n in rows.order_by().values_list("h3", "back").annotate(n=Count("pk")):
        asked[cell][back] = n
    years = len({back for found in asked.values() for back in found if back})
    spots = []
    for cell, found in asked.items():
        now = found.pop(0, 0)
        usual = sum(found.values()) / years if years else None
        if now >= FEWEST and (usual is None or now >= MORE * usual):
            lat, lon = h3.cell_to_latlng(cell)
            spots.append(Spot(lat, lon, now, usual))
    spots.sort(key=lambda spot: (-(spot.asked - (spot.usual or 0)), spot.lat, spot.lon))
    return spots[:most], years


def _span(last: date) -> tuple[date, date]:
    return last - timedelta(weeks=WEEKS) + timedelta(days=1), last
