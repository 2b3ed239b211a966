"""When an agency works: a frozen value, without the database, that a deadline can keep as it was.

A day is decided in this order: special day (its own hours, e.g. Ash Wednesday from 14:00 or a Saturday of extra
work), closure, the agency's yearly and Easter-bound holidays, the holidays of the country and state, the weekly hours.
National and state holidays come from the `holidays` library in the country's own language; its *optional* days
(carnival, Corpus Christi, the public servant's day: "pontos facultativos") are working days unless `optional_holidays`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from dateutil.easter import easter

Interval = tuple[int, int]
"""Opening and closing, in minutes since local midnight, 0 ≤ opening < closing ≤ 1440."""

LANGUAGES = {"BR": "pt_BR", "PT": "pt_PT"}
MIDNIGHT = 24 * 60


@lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str, optional: bool, year: int) -> Mapping[date, str]:
    """Day → name, in the country's language; ISO 3166 codes: "BR" and "SP", "PT" and "11"."""
    if not country:
        return {}
    source = getattr(holidays, country)
    # The language is named: without it the library follows the LANG of the process.
    found = dict(source(subdiv=subdivision or None, years=year, language=LANGUAGES.get(country)).items())
    if optional:
        extra = source(
            subdiv=subdivision or None, years=year, language=LANGUAGES.get(country), categories=("optional",)
        )
        found = {**extra, **found}
    return {day: name for day, name in found.items() if day.year == year}


def minutes(clock: str) -> int:
    """ "08:30" → 510; "24:00" → 1440. ValueError for anything else."""
    hours, _, rest = clock.partition(":")
    total = int(hours) * 60 + int(rest)
    if not 0 <= total <= MIDNIGHT or not 0 <= int(rest) < 60:
        raise ValueError(f"not a time of day: {clock!r}")
    return total


def clock(total: int) -> str:
    return f"{total // 60:02d}:{total % 60:02d}"


def intervals_from(texts: Iterable[Iterable[str]]) -> tuple[Interval, ...]:
    """[["08:00", "12:00"], ["13:00", "17:00"]] → minutes, sorted. ValueError when they are empty or overlap."""
    pairs = sorted((minutes(opening), minutes(closing)) for opening, closing in texts)
    _check(pairs)
    return tuple(pairs)


def _check(pairs: Iterable[Interval]) -> None:
    last = -1
    for opening, closing in pairs:
        if not 0 <= opening < closing <= MIDNIGHT or opening < last:
            raise ValueError(f"opening hours are empty or overlap: {clock(opening)}–{clock(closing)}")
        last = closing


@dataclass(frozen=True)
class Calendar:
    """Working time of an agency. Hashable, comparable, and whole in JSON (`to_dict`, `from_dict`)."""

    timezone: str
    weekly: tuple[tuple[Interval, ...], ...]
    """Seven days, Monday first."""
    country: str = ""
    subdivision: str = ""
    optional_holidays: bool = False
    yearly: tuple[tuple[int, int, str], ...] = ()
    """(month, day, name): municipal holidays that return each year."""
    easter_bound: tuple[tuple[int, str], ...] = ()
    """(days after Easter Sunday, name): −48 and −47 carnival, +60 Corpus Christi, where the municipality keeps them."""
    closures: tuple[tuple[date, str], ...] = ()
    special_days: tuple[tuple[date, tuple[Interval, ...], str], ...] = ()
    pinned: tuple[tuple[date, str], ...] = ()
    pinned_years: tuple[int, int] | None = None
    """First and last year whose public holidays are those of `pinned`, whatever the library says by then."""

    def __post_init__(self) -> None:
        ZoneInfo(self.timezone)
        if len(self.weekly) != 7:
            raise ValueError("a week has seven days")
        for day in self.weekly:
            _check(day)
        for _, day, _ in self.special_days:
            _check(day)
        if self.country:
            public_holidays(self.country, self.subdivision, self.optional_holidays, 2025)  # an unknown code fails here

    @classmethod
    def office(
        cls,
        timezone: str,
        country: str = "",
        subdivision: str = "",
        *,
        hours: Iterable[Iterable[str]] = (),
        **more: Any,
    ) -> "Calendar":
        """Monday to Friday, by default 08:00–12:00 and 13:00–17:00."""
        day = intervals_from(hours or (("08:00", "12:00"), ("13:00", "17:00")))
        return cls(timezone, (day,) * 5 + ((), ()), country, subdivision, **more)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def _closures(self) -> dict[date, str]:
        return dict(self.closures)

    @cached_property
    def _special(self) -> dict[date, tuple[Interval, ...]]:
        return {day: hours for day, hours, _ in self.special_days}

    @cached_property
    def _years(self) -> dict[int, dict[date, str]]:
        return {}

    @cached_property
    def _instants(self) -> dict[date, tuple[tuple[datetime, datetime], ...]]:
        return {}

    def _holidays(self, year: int) -> dict[date, str]:
        if year not in self._years:
            own = {easter(year) + timedelta(days=offset): name for offset, name in self.easter_bound}
            for month, day, name in self.yearly:
                if (month, day) != (2, 29) or _leap(year):
                    own[date(year, month, day)] = name
            if self.pinned_years and self.pinned_years[0] <= year <= self.pinned_years[1]:
                public = {day: name for day, name in self.pinned if day.year == year}
            else:
                public = dict(public_holidays(self.country, self.subdivision, self.optional_holidays, year))
            self._years[year] = {**public, **own}
        return self._years[year]

    def holiday_name(self, day: date) -> str | None:
        """Why the agency keeps `day` free, or None: weekends have no name, and a special day is not free."""
        if day in self._special:
            return None
        return self._closures.get(day) or self._holidays(day.year).get(day)

    def intervals(self, day: date) -> tuple[Interval, ...]:
        if day in self._special:
            return self._special[day]
        return () if self.holiday_name(day) else self.weekly[day.weekday()]

    def is_working_day(self, day: date) -> bool:
        return bool(self.intervals(day))

    def is_full_working_day(self, day: date) -> bool:
        """A working day that does not close before its normal hour (Lei 9.784/1999, art. 66, § 1º asks for one)."""
        hours, normal = self.intervals(day), self.weekly[day.weekday()]
        return bool(hours) and (not normal or hours[-1][1] >= normal[-1][1])

    def instants(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The working intervals of `day` as moments in UTC; an hour that the clock skips is not worked twice."""
        if day not in self._instants:
            found: list[tuple[datetime, datetime]] = []
            for opening, closing in self.intervals(day):
                start, end = self.moment(day, opening), self.moment(day, closing)
                if found:
                    start = max(start, found[-1][1])
                if start < end:
                    found.append((start, end))
            self._instants[day] = tuple(found)
        return self._instants[day]

    def moment(self, day: date, minute: int) -> datetime:
        """The local time of day `minute` on `day`, in UTC; 1440 is the next midnight."""
        return self.utc(datetime(day.year, day.month, day.day) + timedelta(minutes=minute))

    def utc(self, local: datetime) -> datetime:
        """A naive local time as a moment in UTC. A time that the clock skips is read with the offset before the change
        (midnight in São Paulo on 4 November 2018 is the instant of the change); one that happens twice is the first."""
        offset = local.replace(tzinfo=self.zone).utcoffset() or timedelta()
        return (local - offset).replace(tzinfo=UTC)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def end_of_day(self, day: date) -> datetime:
        """The last second of the civil day, in UTC."""
        return self.moment(day, MIDNIGHT) - timedelta(seconds=1)

    def pin(self, first: int, last: int) -> "Calendar":
        """The same calendar with the public holidays of these years written into it, and without its own single days
        of earlier years: later releases of the library do not move a date that was promised."""
        found: list[tuple[date, str]] = []
        for year in range(first, last + 1):
            found += public_holidays(self.country, self.subdivision, self.optional_holidays, year).items()
        return replace(
            self,
            closures=tuple(item for item in self.closures if item[0].year >= first),
            special_days=tuple(item for item in self.special_days if item[0].year >= first),
            pinned=tuple(sorted(found)),
            pinned_years=(first, last),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready. What is empty is left out: a snapshot stands in every deadline."""
        data: dict[str, Any] = {
            "timezone": self.timezone,
            "weekly": [_texts(day) for day in self.weekly],
            "country": self.country,
            "subdivision": self.subdivision,
            "optional_holidays": self.optional_holidays,
            "yearly": [list(item) for item in self.yearly],
            "easter_bound": [list(item) for item in self.easter_bound],
            "closures": {day.isoformat(): name for day, name in self.closures},
            "special_days": [[day.isoformat(), _texts(hours), name] for day, hours, name in self.special_days],
            "pinned": {day.isoformat(): name for day, name in self.pinned},
            "pinned_years": list(self.pinned_years) if self.pinned_years else None,
        }
        return {key: value for key, value in data.items() if value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Calendar":
        """The inverse of `to_dict`. KeyError or ValueError when the data are not a calendar.

        Also reads what an administrator's table holds: `holidays` (day → name) beside `closures`, and `extra` (day →
        name), working days with the hours of that weekday, or on a weekend those of the first working weekday.
        """
        years = data.get("pinned_years")
        weekly = tuple(intervals_from(day) for day in data["weekly"])
        usual = next((day for day in weekly if day), ())
        closed = {**data.get("closures", {}), **data.get("holidays", {})}
        extra = [(date.fromisoformat(day), name) for day, name in data.get("extra", {}).items()]
        return cls(
            timezone=data["timezone"],
            weekly=weekly,
            country=data.get("country", ""),
            subdivision=data.get("subdivision", ""),
            optional_holidays=data.get("optional_holidays", False),
            yearly=tuple((month, day, name) for month, day, name in data.get("yearly", ())),
            easter_bound=tuple((offset, name) for offset, name in data.get("easter_bound", ())),
            closures=tuple((date.fromisoformat(day), name) for day, name in closed.items()),
            special_days=(
                *(
                    (date.fromisoformat(day), intervals_from(hours), name)
                    for day, hours, name in data.get("special_days", ())
                ),
                *((day, weekly[day.weekday()] or usual, name) for day, name in extra),
            ),
            pinned=tuple((date.fromisoformat(day), name) for day, name in data.get("pinned", {}).items()),
            pinned_years=(years[0], years[1]) if years else None,
        )


def _texts(hours: tuple[Interval, ...]) -> list[list[str]]:
    return [[clock(opening), clock(closing)] for opening, closing in hours]


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
