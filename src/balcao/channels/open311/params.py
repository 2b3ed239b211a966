"""What a call says, read to the letter: an empty parameter is an absent one; dates are W3C's, with a zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite

from django.http import QueryDict
from django.utils import timezone

from .wire import Problem

MOST = 1000  # requests, ids or codes in one call
_W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,100})\](\[\])?")


@dataclass(frozen=True)
class Box:
    """A rectangle in degrees, WGS84; it never crosses the date line."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lat: float | None, lon: float | None) -> bool:
        return lat is not None and lon is not None and self.south <= lat <= self.north and self.west <= lon <= self.east


class Params:
    """The parameters of one call."""

    def __init__(self, *given: QueryDict) -> None:
        self._values: dict[str, list[str]] = {}
        for source in given:
            for name, values in source.lists():
                kept = [text for value in values if (text := str(value).replace("\x00", "").strip())]
                self._values.setdefault(name, []).extend(kept)

    def get(self, name: str) -> str:
        """The last value given; "" when there is none."""
        return (self._values.get(name) or [""])[-1]

    def all(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def listed(self, name: str) -> Sequence[str]:
        """Values separated by commas, each once, in order."""
        found = [part.strip() for value in self.all(name) for part in value.split(",")]
        listed = list(dict.fromkeys(part for part in found if part))
        if len(listed) > MOST:
            raise Problem(400, f"{name}: at most {MOST} values can be asked for at once.")
        return listed

    def moment(self, name: str) -> datetime | None:
        """A date and time with its zone (2026-11-22T14:30:00-03:00 or …Z), or a day (midnight of the agency's)."""
        raw = self.get(name)
        if not raw:
            return None
        # A "+" that nobody escaped arrives as a space.
        text = re.sub(r" (\d\d:?\d\d)$", r"+\1", raw)
        try:
            if _W3C.fullmatch(text):
                return datetime.fromisoformat(text.replace(",", ".")).astimezone(UTC)
            if _DAY.fullmatch(text):
                return timezone.make_aware(datetime.fromisoformat(text)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise Problem(400, f"{name}: write date and time with the zone, like 2026-11-22T14:30:00-03:00.")

    def number(self, name: str, default: int, most: int) -> int:
        raw = self.get(name)
        if not raw:
            return default
        if not re.fullmatch(r"\d{1,9}", raw, re.ASCII) or not 1 <= int(raw) <= most:
            raise Problem(400, f"{name}: write a whole number from 1 to {most}.")
        return int(raw)

    def degrees(self, name: str, limit: int) -> float | None:
        raw = self.get(name)
        if not raw:
            return None
        value = _degrees(raw, limit)
        if value is None:
            raise Problem(400, f"{name}: write degrees with a point, from -{limit} to {limit}.")
        return value

    def box(self, name: str) -> Box | None:
        """West, south, east, north (RFC 7946 § 5)."""
        raw = self.get(name)
        if not raw:
            return None
        parts = raw.split(",")
        read = [_degrees(part.strip(), limit) for part, limit in zip(parts, (180, 90, 180, 90), strict=False)]
        if len(parts) != 4 or None in read:
            raise Problem(400, f"{name}: write west,south,east,north in degrees, like -46.8,-23.7,-46.4,-23.4.")
        west, south, east, north = (float(one) for one in read if one is not None)
        if west > east or south > north:
            raise Problem(400, f"{name}: west must not be greater than east, nor south than north.")
        return Box(west, south, east, north)

    def attributes(self) -> dict[str, list[str]]:
        """`attribute[CODE]=x` and `attribute[CODE][]=x`, any number of times, by code."""
        found: dict[str, list[str]] = {}
        for name, values in self._values.items():
            if match := _ATTRIBUTE.fullmatch(name):
                found.setdefault(match[1], []).extend(values)
        return {code: values for code, values in found.items() if values}


def _degrees(raw: str, limit: int) -> float | None:
    try:
        value = float(raw) if len(raw) <= 40 else float("nan")
    except ValueError:
        return None
    return value if isfinite(value) and -limit <= value <= limit else None


def w3c(moment: datetime) -> str:
    """As GeoReport wants it, on the agency's clock: 2026-11-22T14:30:00-03:00."""
    return timezone.localtime(moment).isoformat(timespec="seconds")
