"""The published tables: a declared set, each from one query, for the page and for its download alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from balcao.organization.models import Agency
from balcao.platform.text import sort_key

from .durations import days
from .models import ANY, NONE, Cell, Follower
from .names import Name, names
from .suppress import hidden, rounded, small

# code -> (what it tells, of which scope, by what). Nothing else is published.
TABLES: dict[str, tuple[Any, str, str]] = {
    "city-month": (_("The city, by month"), "city", "month"),
    "city-service": (_("The city, by service"), "city", "service"),
    "city-area": (_("The city, by area"), "city", "area"),
    "city-place": (_("The city, by district"), "city", "place"),
    "city-channel": (_("The city, by channel"), "city", "channel"),
    "service-month": (_("One service, by month"), "service", "month"),
    "service-place": (_("One service, by district"), "service", "place"),
    "service-channel": (_("One service, by channel"), "service", "channel"),
    "area-month": (_("One area, by month"), "area", "month"),
    "area-service": (_("One area, by service"), "area", "service"),
    "area-place": (_("One area, by district"), "area", "place"),
    "place-month": (_("One district, by month"), "place", "month"),
    "place-service": (_("One district, by service"), "place", "service"),
    "place-channel": (_("One district, by channel"), "place", "channel"),
}
COUNTS = ("opened", "answered", "reopened", "graded")
COLUMNS = ("opened", "answered", "within", "solved", "median_days", "p90_days", "reopened", "graded", "grade")


class Hidden:
    """A figure that stands for too few people to be shown, or that would give such a one away."""

    def __str__(self) -> str:
        return "*"


HIDDEN = Hidden()
Figure = int | float | None | Hidden


@dataclass
class Row:
    """One line of a table. A figure is a number, HIDDEN, or None: not measured."""

    key: Any
    name: Name
    figures: dict[str, Figure] = field(default_factory=dict)


@dataclass
class Table:
    """A published table of one year. `exact`: not rounded; then it has a total."""

    code: str
    year: int
    of: Name | None
    rows: list[Row]
    total: Row | None
    exact: bool
    zone: str = ""

    @property
    def title(self) -> Any:
        return TABLES[self.code][0]

    @property
    def by(self) -> str:
        return TABLES[self.code][2]

    def column(self, name: str) -> list[Figure]:
        return [row.figures[name] for row in self.rows]


def generation() -> int:
    """Which rows are shown."""
    return Follower.objects.values_list("generation", flat=True).first() or 1


def cells(agency_id: int, view: str, grain: str) -> Any:
    """The rollup's rows of one view; a unique index leads to them."""
    return Cell.objects.filter(generation=generation(), agency_id=agency_id, view=view, grain=grain)


def years(agency_id: int) -> list[int]:
    """The years of which there are figures, the newest first."""
    found = cells(agency_id, "city", "y").order_by("-day").values_list("day", flat=True)
    return [day.year for day in found]


def table(agency: Agency, code: str, year: int, of: Name | None = None) -> Table:
    """The published table `code` of a year; `of`: which service, area or district it is about."""
    _title, scope, by = TABLES[code]
    if by == "month":
        found = cells(agency.pk, scope, "m").filter(day__range=(date(year, 1, 1), date(year, 12, 1)))
    else:
        order = ("service", "area", "place", "channel")
        view = by if scope == "city" else "-".join(sorted((scope, by), key=order.index))
        found = cells(agency.pk, view, "y").filter(day=date(year, 1, 1))
    if of is not None:
        found = found.filter(**{f"{scope}_id": of.key})
    if by == "month":
        kept = {cell.day.month: cell for cell in found}
        first, last = min(kept, default=1), max(kept, default=0)
        rows = [(month, Name(month, "", ""), kept.get(month)) for month in range(first, last + 1)]
    else:
        column = "channel" if by == "channel" else f"{by}_id"
        known = names(agency.pk, by)
        rows = [(k, known.get(k) or Name(k, str(k), ""), cell) for cell in found for k in [getattr(cell, column)]]
    if scope == "city":
        return _exact(agency, code, year, rows)
    lines = [Row(key, name, _rounded(cell)) for key, name, cell in rows]
    if by != "month":
        lines = [row for row in lines if row.figures["opened"] is not HIDDEN or row.figures["answered"] is not HIDDEN]
        lines.sort(key=_most_first)
    return Table(code, year, of, lines, None, exact=False)


def _exact(agency: Agency, code: str, year: int, rows: list[tuple[Any, Name, Cell | None]]) -> Table:
    whole = cells(agency.pk, "city", "y").filter(day=date(year, 1, 1)).first()
    lines = [Row(key, name, _plain(cell)) for key, name, cell in rows]
    total = Row(None, Name(None, _("Total"), ""), _plain(whole))
    for measure in COUNTS:
        values = [getattr(cell, measure) if cell else 0 for _key, _name, cell in rows]
        back, with_total = hidden(values)
        for place in back:
            _hide(lines[place].figures, measure)
        if with_total:
            _hide(total.figures, measure)
    if code != "city-month":
        lines.sort(key=_most_first)
    return Table(code, year, None, lines, total, exact=True)


def _most_first(row: Row) -> tuple[float, str]:
    """By what is shown: the order of hidden figures would tell of them."""
    opened = row.figures["opened"]
    return (-opened if isinstance(opened, int) else 1), sort_key(str(row.name.label))


def _plain(cell: Cell | None) -> dict[str, Figure]:
    if cell is None:
        return {column: 0 if column in COUNTS else None for column in COLUMNS}
    return {
        "opened": cell.opened,
        "answered": cell.answered,
        "within": _share(cell.within, cell.measured),
        "solved": _share(cell.solved, cell.answered),
        "median_days": days(cell.median),
        "p90_days": days(cell.p90),
        "reopened": cell.reopened,
        "graded": cell.graded,
        "grade": round(cell.grades_sum / cell.graded, 1) if cell.graded else None,
    }


def _share(part: int, whole: int) -> int | None:
    """In whole per cent; None: nothing was measured."""
    return round(100 * part / whole) if whole else None


FOLLOWS = {"answered": ("within", "solved", "median_days", "p90_days"), "graded": ("grade",)}


def _hide(figures: dict[str, Figure], measure: str) -> None:
    """Hide a count and whatever tells of the same group."""
    for name in (measure, *FOLLOWS.get(measure, ())):
        figures[name] = HIDDEN


def _rounded(cell: Cell | None) -> dict[str, Figure]:
    figures = _plain(cell)
    for measure in COUNTS:
        count = rounded(getattr(cell, measure)) if cell else None
        if count is None:
            _hide(figures, measure)
        figures[measure] = HIDDEN if count is None else count
    return figures


@dataclass
class Scope:
    """The head of a page about the city or one of its services, areas or districts, in one year."""

    figures: dict[str, Figure]
    open_now: Figure
    ages: list[tuple[Any, Figure]]


AGES: list[tuple[Any, int]] = [
    (_("up to a week"), 7),
    (_("8 to 30 days"), 30),
    (_("31 to 90 days"), 90),
    (_("91 days to a year"), 365),
    (_("more than a year"), 10**6),
]


def head(agency: Agency, scope: str, year: int, today: date, of: Name | None = None) -> Scope:
    """A scope's own figures, as the table of all its kind shows them, and its backlog by age."""
    if of is None:
        figures = _plain(cells(agency.pk, "city", "y").filter(day=date(year, 1, 1)).first())
        for measure in COUNTS:
            if small(figures[measure]):  # type: ignore[arg-type]
                _hide(figures, measure)
    else:
        row = next((r for r in table(agency, f"city-{scope}", year).rows if r.key == of.key), None)
        figures = row.figures if row else _plain(None)
    return Scope(figures, *backlog(agency, scope, today, of))


def backlog(agency: Agency, scope: str, today: date, of: Name | None = None) -> tuple[Figure, list[tuple[Any, Figure]]]:
    """How many wait for their answer now, and since when: of the city exact, of a part of it rounded."""
    found = cells(agency.pk, scope, "o")
    if of is not None:
        found = found.filter(**{f"{scope}_id": of.key})
    counts = [0] * len(AGES)
    for day, waiting in found.values_list("day").annotate(n=Sum("open")):
        age = (today - day).days
        counts[next(i for i, (_label, most) in enumerate(AGES) if age <= most)] += waiting
    if of is not None:
        parts: list[Figure] = [HIDDEN if (n := rounded(c)) is None else n for c in counts]
        whole = rounded(sum(counts))
        return (HIDDEN if whole is None else whole), [(a[0], n) for a, n in zip(AGES, parts, strict=True)]
    back, with_total = hidden(counts)
    shown: list[Figure] = [HIDDEN if i in back else c for i, c in enumerate(counts)]
    return (HIDDEN if with_total else sum(counts)), [(a[0], n) for a, n in zip(AGES, shown, strict=True)]


def today_counts(agency_id: int, today: date) -> dict[str, int]:
    """Of the city as a whole, so far today; and what is open now."""
    cell = cells(agency_id, "city", "d").filter(day=today).first()
    waiting = cells(agency_id, "city", "o").aggregate(n=Sum("open"))["n"] or 0
    return {"opened": cell.opened if cell else 0, "answered": cell.answered if cell else 0, "open": waiting}


def named(agency_id: int, by: str, slug: str) -> Name | None:
    """The service, area or district with this slug that has a page."""
    return next((n for n in names(agency_id, by).values() if n.slug == slug and n.key not in (ANY, NONE)), None)


def codes(scope: str) -> Iterable[str]:
    return [code for code, (_title, of, _by) in TABLES.items() if of == scope]
