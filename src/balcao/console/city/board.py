"""What the live view shows, and where each number leads: the list of the demands that it counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from balcao.cases.standing import AGES, SOON, counted, days_ago, late, summed
from balcao.console.cases.filters import Listing
from balcao.console.cases.names import names_of
from balcao.insights import live
from balcao.insights.charts import upright
from balcao.insights.maps import city_map
from balcao.organization.models import Place
from balcao.organization.places import polygons
from balcao.platform.actors import Actor
from balcao.workorders.models import WorkOrder
from balcao.workorders.states import OPEN

CASES = "/console/cases/"
FEW = 12  # lines of a list
NEXT = 5  # orders that are overdue, and as many that are next
AGE_WORDS = (
    gettext_lazy("up to a week"),
    gettext_lazy("8 to 30 days"),
    gettext_lazy("31 to 90 days"),
    gettext_lazy("91 days to a year"),
    gettext_lazy("more than a year"),
)
DIMENSIONS = ("service", "area", "place", "channel")


@dataclass(frozen=True)
class Line:
    """One line of a list: a number with its bar (0 to 100) and the list that it leads to."""

    label: str
    count: int
    href: str
    width: int = 0
    note: str = ""


def lines(found: Iterable[tuple[str, int, str]], most: int = FEW) -> list[Line]:
    """The largest first, each bar as a part of the largest."""
    kept = sorted(found, key=lambda item: -item[1])[:most]
    top = max((count for _label, count, _href in kept), default=1)
    return [Line(label, count, href, round(100 * count / top)) for label, count, href in kept]


@dataclass
class Board:
    """The live view of what `listing` filters, at one moment."""

    listing: Listing
    now: datetime
    day: date

    @property
    def actor(self) -> Actor:
        return self.listing.actor

    @property
    def wanted(self) -> dict[str, Any]:
        """The filters as the figures know them."""
        values = self.listing.values
        return {
            (name if name == "channel" else f"{name}_id"): (values[name] if name == "channel" else int(values[name]))
            for name in DIMENSIONS
            if name in values
        }

    def href(self, **changes: str) -> str:
        return f"{CASES}?{self.listing.with_(**({'show': 'open'} | changes))}"

    def fill(self) -> dict[str, Any]:
        """Everything that the template shows."""
        cases = self.listing.cases(self.now)
        hours = live.by_hour(self.actor, self.day, self.wanted)
        spots, years = live.hot_spots(self.actor, self.day, self.wanted)
        open_ones = counted(cases, self.now)
        sums = {"open": sum(row[3] for row in open_ones), **late(cases, self.actor.agency_id or 0, self.now)}
        by_place = summed((place, n) for place, _area, _age, n in open_ones)
        places = {p.pk: p for p in Place.objects.filter(agency_id=self.actor.agency_id or 0).defer("boundary")}
        hot = [self._spot(spot, places) for spot in spots]
        return {
            "tops": self._tops(sums, hours),
            "ages": self._ages(summed((age, n) for _place, _area, age, n in open_ones)),
            "areas": self._areas(summed((area, n) for _place, area, _age, n in open_ones)),
            "places": lines(
                (places[pk].name if pk in places else _("Place not stated"), n, self.href(place=str(pk or "")))
                for pk, n in by_place.items()
            ),
            "map": city_map(
                self.actor.agency_id or 0,
                _("Open demands by district, and hot spots."),
                [(p.slug, p.name, self.href(place=str(pk)), by_place.get(pk, 0)) for pk, p in places.items()],
                [(s.lat, s.lon, h.label) for s, h in zip(spots, hot, strict=True)],
            ),
            "spots": hot,
            "years": years,
            "hours": upright(
                "hours",
                _("Opened and answered by the hour"),
                [str(h) if h % 3 == 0 else "" for h in range(24)],
                [
                    (pgettext("several cases", "Opened"), hours["opened"]),
                    (pgettext("several cases", "Answered"), hours["answered"]),
                ],
            ),
            "hour_rows": [
                (f"{h:02d}:00", hours["opened"][h], hours["answered"][h])
                for h in range(24)
                if hours["opened"][h] or hours["answered"][h]
            ],
            **self._orders(),
        }

    def _ages(self, counts: dict[Any, int]) -> list[Line]:
        found, top = [], max(counts.values(), default=1)
        for number, (label, (least, most)) in enumerate(zip(AGE_WORDS, AGES, strict=True)):
            since = "" if most is None else days_ago(most, self.now).isoformat()
            n = counts.get(number, 0)
            href = self.href(**{"from": since, "to": days_ago(least, self.now).isoformat()})
            found.append(Line(str(label), n, href, round(100 * n / top)))
        return found

    def _tops(self, sums: dict[str, int], hours: dict[str, list[int]]) -> list[dict[str, Any]]:
        day = self.day.isoformat()
        return [
            {"label": _("Open"), "figure": sums["open"], "href": self.href()},
            {"label": _("Overdue"), "figure": sums["overdue"], "href": self.href(due="overdue"), "tone": "danger"},
            {"label": _("Due within 3 days"), "figure": sums["soon"], "href": self.href(due="soon"), "tone": "warning"},
            {
                "label": _("Opened on this day"),
                "figure": sum(hours["opened"]),
                "href": self.href(**{"show": "all", "from": day, "to": day}),
            },
            {"label": _("Answered on this day"), "figure": sum(hours["answered"]), "href": self.href(show="closed")},
        ]

    def _areas(self, counts: dict[Any, int]) -> list[Line]:
        names = names_of(self.actor.agency_id).area
        return lines(
            (names[pk], n, self.href(area=str(pk))) if pk else (_("No area yet"), n, self.href(show="triage"))
            for pk, n in counts.items()
        )

    def _spot(self, spot: live.Spot, places: dict[int, Place]) -> Line:
        slug = polygons(self.actor.agency_id or 0).locate(spot.lat, spot.lon)
        place = next((p for p in places.values() if p.slug == slug), None)
        usual = (
            _("no other year to compare with")
            if spot.usual is None
            else _("%(n)s in other years") % {"n": number_format(spot.usual, decimal_pos=1)}
        )
        since = (self.day - timedelta(weeks=live.WEEKS) + timedelta(days=1)).isoformat()
        href = self.href(
            **{"show": "all", "place": str(place.pk) if place else "", "from": since, "to": self.day.isoformat()}
        )
        where = place.name if place else f"{spot.lat:.3f}, {spot.lon:.3f}"
        return Line(f"{where}: {spot.asked}", spot.asked, href, note=usual)

    def _orders(self) -> dict[str, Any]:
        """Orders whose own clock has run out, and those that are next."""
        if not self.actor.can("order.read"):
            return {"orders": None}
        found = WorkOrder.objects.visible_to(self.actor).filter(
            # the clock's agency is the order's; naming it lets the index `deadline_open` lead
            state__in=OPEN,
            deadline__agency_id=self.actor.agency_id or 0,
            deadline__state="running",
        )
        for name in DIMENSIONS:
            if name in self.listing.values:
                key = {"channel": "case__channel", "area": "area_id"}.get(name, f"case__{name}_id")
                found = found.filter(**{key: self.listing.values[name]})
        overdue = found.filter(deadline__due_at__lt=self.now)
        soon = found.filter(deadline__due_at__gte=self.now, deadline__due_at__lt=self.now + SOON)
        sums = late(found, self.actor.agency_id or 0, self.now)
        # ids alone walk the index; what a line shows is joined to ten of them, not to thousands
        first: list[int] = []
        for some in (overdue, soon):
            first += some.order_by("deadline__due_at", "pk").values_list("pk", flat=True)[:NEXT]
        shown = (
            WorkOrder.objects.visible_to(self.actor)
            .filter(pk__in=first)
            .select_related("deadline", "area", "case__service")
        )
        shown = shown.only("area__name", "case__service__name", "deadline__due_at")
        return {"orders": shown.order_by("deadline__due_at", "pk"), "order_sums": sums}


def shown_filters(listing: Listing, choices: dict[str, Sequence[tuple[Any, str]]]) -> list[dict[str, Any]]:
    """The fields of the filter form."""
    labels = {"service": _("Service"), "area": _("Area"), "place": _("District"), "channel": _("Channel")}
    return [
        {
            "name": name,
            "label": labels[name],
            "type": "select",
            "value": listing.values.get(name, ""),
            "options": [("", _("All")), *((str(key), label) for key, label in choices[name])],
        }
        for name in DIMENSIONS
    ]


def query_of(values: dict[str, str]) -> str:
    return urlencode({name: value for name, value in values.items() if value})
