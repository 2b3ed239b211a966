"""The published tables: a declared set, each from one query, for the page and for its download alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balcao.organization.models import Agency
from balcao.platform.text import sort_key

from .durations import days
from .models import ANY, NONE, Cell, Follower
from .names import Name, names
from .steps import Grades, Released, months_over, released
from .suppress import COARSE, SLOWEST, TENS, Blocks, hidden, hidden_blocks, hidden_shares, joined, rounded

# code -> (what it tells, of which scope, by what). Nothing else is published.
TABLES: dict[str, tuple[Any, str, str]] = {
    "city-month": (_("The city, by month"), "city", "month"),
    "city-service": (_("The city, by service"), "city", "service"),
    "city-area": (_("The city, by area"), "city", "area"),
    "city-place": (_("The city, by district"), "city", "place"),
    "city-channel": (_("The city, by channel"), "city", "channel"),
    "city-age": (_("The city, waiting now by age"), "city", "age"),
    "service-month": (_("One service, by month"), "service", "month"),
    "service-place": (_("One service, by district"), "service", "place"),
    "service-channel": (_("One service, by channel"), "service", "channel"),
    "service-age": (_("One service, waiting now by age"), "service", "age"),
    "area-month": (_("One area, by month"), "area", "month"),
    "area-service": (_("One area, by service"), "area", "service"),
    "area-place": (_("One area, by district"), "area", "place"),
    "area-age": (_("One area, waiting now by age"), "area", "age"),
    "place-month": (_("One district, by month"), "place", "month"),
    "place-service": (_("One district, by service"), "place", "service"),
    "place-channel": (_("One district, by channel"), "place", "channel"),
    "place-age": (_("One district, waiting now by age"), "place", "age"),
}
COUNTS = ("opened", "answered", "reopened")
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
    day: date | None = None  # of what waits now; the others are of a year

    @property
    def title(self) -> Any:
        return TABLES[self.code][0]

    @property
    def by(self) -> str:
        return TABLES[self.code][2]

    @property
    def columns(self) -> tuple[str, ...]:
        return ("open",) if self.by == "age" else COLUMNS

    def column(self, name: str) -> list[Figure]:
        return [row.figures[name] for row in self.rows]


#: Which rows are shown, within the statement that reads them.
SHOWN = Coalesce(Subquery(Follower.objects.values("generation")[:1]), 1)


def cells(agency_id: int, view: str, grain: str) -> Any:
    """The rollup's rows of one view; a unique index leads to them."""
    return Cell.objects.filter(generation=SHOWN, agency_id=agency_id, view=view, grain=grain)


def years(agency_id: int) -> list[int]:
    """The years of which there are figures, the newest first."""
    found = cells(agency_id, "city", "y").order_by("-day").values_list("day", flat=True)
    return [day.year for day in found]


def table(agency: Agency, code: str, year: int, of: Name | None = None, today: date | None = None) -> Table:
    """The published table `code` of a year; `of`: which service, area or district it is about. `today` says which
    months' grades are told."""
    over = months_over(year, today or timezone.localdate(timezone=ZoneInfo(agency.timezone)))
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
    blocks = _blocks(agency.pk, year, by, [key for key, _name, _cell in rows]) if scope == "city" else []
    keys = [key for key, _name, _cell in rows]
    months: list[dict[Any, Grades]]
    if by == "month":
        months = [{key: _grades(cell)} for key, _name, cell in rows if key <= over]
        months += [{}] * bool(over and not months)
    elif scope == "city":
        months = _graded(agency.pk, by, year, over)
    else:  # of two at once there are no months
        months = [{key: _grades(cell) for key, _name, cell in rows}] * (over == 12)
    grades = released(keys, months, blocks)
    if by == "month":  # of a month that is not over nothing can be said
        grades = Released([one if key <= over else None for key, one in zip(keys, grades.rows, strict=True)], None)
    figures = _shown([cell for _key, _name, cell in rows], grades.rows, blocks, exact=scope == "city")
    lines = [Row(key, name, found) for (key, name, _cell), found in zip(rows, figures, strict=True)]
    total = None
    if scope == "city":
        total = Row(None, Name(None, _("Total"), ""), _whole(agency.pk, year, over))
    elif by != "month":
        lines = [row for row in lines if not all(row.figures[c] is HIDDEN for c in ("opened", "answered"))]
    if by != "month":
        lines.sort(key=_most_first)
    return Table(code, year, of, lines, total, exact=scope == "city")


def _blocks(agency_id: int, year: int, by: str, keys: list[Any]) -> Blocks:
    """Services and areas that have to do with each other only: whoever reads the charter knows them, and finds their
    sum in the other's table. In one order for both."""
    if by not in ("service", "area"):
        return []
    found = cells(agency_id, "service-area", "y").filter(day=date(year, 1, 1)).order_by("service_id", "area_id")
    places = {key: place for place, key in enumerate(keys)}
    sides = [side[by == "area"] for side in joined(found.values_list("service_id", "area_id"))]
    return [{places[key] for key in side if key in places} for side in sides]


def _whole(agency_id: int, year: int, over: int) -> dict[str, Figure]:
    """The figures of the whole city in a year: hidden only where they are small themselves."""
    grades = released([ANY], _graded(agency_id, "city", year, over))
    return _shown([cells(agency_id, "city", "y").filter(day=date(year, 1, 1)).first()], grades.rows, exact=True)[0]


def _grades(cell: Cell | None) -> Grades:
    return Grades(cell.graded, cell.grades_sum) if cell else Grades()


def _graded(agency_id: int, view: str, year: int, over: int) -> list[dict[Any, Grades]]:
    """The grades of each month that is over, by the rows of one view."""
    found: list[dict[Any, Grades]] = [{} for _month in range(over)]
    column = "channel" if view == "channel" else "service_id" if view == "city" else f"{view}_id"
    days = (date(year, 1, 1), date(year, 12, 1))
    kept = cells(agency_id, view, "m").filter(day__range=days, graded__gt=0)
    for day, key, count, total in kept.values_list("day", column, "graded", "grades_sum"):
        if day.month <= over:
            found[day.month - 1][key] = Grades(count, total)
    return found


def _most_first(row: Row) -> tuple[float, str]:
    """By what is shown: the order of hidden figures would tell of them."""
    opened = row.figures["opened"]
    return (-opened if isinstance(opened, int) else 1), sort_key(str(row.name.label))


def _plain(cell: Cell | None) -> dict[str, Figure]:
    if cell is None:
        return {column: 0 if column in COUNTS else None for column in COLUMNS if column not in ("graded", "grade")}
    return {
        "opened": cell.opened,
        "answered": cell.answered,
        "within": round(100 * cell.within / cell.measured) if cell.measured else None,
        "solved": round(100 * cell.solved / cell.answered) if cell.answered else None,
        "median_days": days(cell.median),
        "p90_days": days(cell.p90),
        "reopened": cell.reopened,
    }


FOLLOWS = {"answered": ("within", "solved", "median_days", "p90_days")}
SHARES = {"within": "measured", "solved": "answered"}  # column -> of how many


def _shown(
    found: Sequence[Cell | None], grades: Sequence[Grades | None], blocks: Blocks = (), *, exact: bool
) -> list[dict[str, Figure]]:
    """The figures of all rows of one table, those of small groups and what would tell of them kept back. `grades`: as
    far as they are told."""
    figures = [_plain(cell) | satisfied(given) for cell, given in zip(found, grades, strict=True)]

    def values(name: str) -> list[int]:
        return [getattr(cell, name) if cell else 0 for cell in found]

    answered: frozenset[int] = frozenset()
    for measure in COUNTS:
        back, _total = hidden(values(measure), blocks)
        answered = back if measure == "answered" else answered
        for place in back:
            for name in (measure, *FOLLOWS.get(measure, ())):
                figures[place][name] = HIDDEN
    kept_blocks, _total = hidden_blocks(values("answered"), blocks)
    for name, whole in SHARES.items():
        shares = list(zip(values(name), values(whole), strict=True))
        for place in hidden_shares(shares, answered, blocks, kept_blocks):
            figures[place][name] = HIDDEN
    for row, cell in zip(figures, found, strict=True):
        if cell and 0 < cell.answered < SLOWEST:
            row["p90_days"] = HIDDEN
        if cell and not exact:
            _round(row, cell)
    return figures


def satisfied(given: Grades | None) -> dict[str, Figure]:
    """How many graded, and their mean; None: not told yet."""
    return {"graded": HIDDEN, "grade": HIDDEN} if given is None else {"graded": given.count, "grade": given.mean}


def _round(row: dict[str, Figure], cell: Cell) -> None:
    """So coarse that no figure of the row tells another one exactly."""
    for name in COUNTS:
        if isinstance(row[name], int):
            row[name] = rounded(getattr(cell, name))
    if isinstance(row["graded"], int):
        row["graded"] = rounded(row["graded"])
    for name, whole in SHARES.items():
        if isinstance(row[name], int):
            share = rounded(row[name], TENS)  # type: ignore[arg-type]
            row[name] = share if rounded(getattr(cell, whole)) >= COARSE else HIDDEN
    if isinstance(row["grade"], float):
        row["grade"] = round(2 * row["grade"]) / 2


AGES: list[tuple[str, Any, int]] = [
    ("0-7", _("up to a week"), 7),
    ("8-30", _("8 to 30 days"), 30),
    ("31-90", _("31 to 90 days"), 90),
    ("91-365", _("91 days to a year"), 365),
    ("366-", _("more than a year"), 10**6),
]


def ages(agency: Agency, code: str, today: date, of: Name | None = None) -> Table:
    """The published table `code` of what waits for its answer now, by how long: exact for the city, else rounded."""
    scope = TABLES[code][1]
    found = cells(agency.pk, scope, "o")
    if of is not None:
        found = found.filter(**{f"{scope}_id": of.key})
    counts = [0] * len(AGES)
    for day, waiting in found.values_list("day").annotate(n=Sum("open")):
        age = (today - day).days
        counts[next(i for i, (_key, _label, most) in enumerate(AGES) if age <= most)] += waiting
    back, all_back = hidden(counts)
    shown = [HIDDEN if i in back else n if scope == "city" else rounded(n) for i, n in enumerate(counts)]
    whole = HIDDEN if all_back else sum(counts) if scope == "city" else rounded(sum(counts))
    rows = [Row(key, Name(key, label, ""), {"open": n}) for (key, label, _m), n in zip(AGES, shown, strict=True)]
    total = Row(None, Name(None, _("Total"), ""), {"open": whole})
    return Table(code, today.year, of, rows, total, exact=scope == "city", day=today)


def head(agency: Agency, scope: str, year: int, of: Name | None = None) -> dict[str, Figure]:
    """A scope's own figures, as the table of all its kind shows them."""
    if of is None:
        return _whole(agency.pk, year, months_over(year, timezone.localdate(timezone=ZoneInfo(agency.timezone))))
    row = next((r for r in table(agency, f"city-{scope}", year).rows if r.key == of.key), None)
    return row.figures if row else _plain(None) | satisfied(Grades())


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
