"""What everyone sees of conversations: people served, and their grades, by month and by team. Small groups are kept
back as in every published table, with `suppress.py`'s rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import caches
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.inbox.models import Line
from balcao.insights.names import Name
from balcao.insights.steps import Grades, months_over, released
from balcao.insights.suppress import hidden, small
from balcao.insights.tables import HIDDEN, Figure, Row, Table, satisfied
from balcao.organization.models import Agency
from balcao.platform.text import sort_key

from .models import Talk
from .queries import NOBODY

# code, in the address -> (title, by what)
TABLES = {
    "meses": (gettext_lazy("Conversations, by month"), "month"),
    "equipes": (gettext_lazy("Conversations, by team"), "line"),
}
COLUMNS = {
    "people": gettext_lazy("People served"),
    "attended": gettext_lazy("Conversations with an attendant"),
    "graded": gettext_lazy("Grades given"),
    "grade": gettext_lazy("Mean grade"),
}
COUNTS = ("people", "attended")
LATE = timedelta(days=31)  # after a month has ended: a grade counts in the month in which its conversation began
KEPT = 600  # seconds: the sums of a year are asked of all its conversations

SUMS = """
SELECT CASE WHEN grouping(day_month) = 0 THEN day_month END AS month, line_id, grouping(line_id) = 0 AS of_line,
       count(DISTINCT first_id) AS people, count(*) AS attended, count(score) AS graded,
       coalesce(sum(score), 0) AS grades_sum
FROM (SELECT *, extract(month FROM day)::int AS day_month FROM insights_talk) AS talk
WHERE agency_id = %s AND day BETWEEN %s AND %s AND response IS NOT NULL
GROUP BY GROUPING SETS ((day_month), (line_id), (day_month, line_id), ())
"""


@dataclass
class TalkTable(Table):
    """A published table of conversations of one year."""

    @property
    def title(self) -> Any:
        return TABLES[self.code][0]

    @property
    def by(self) -> str:
        return TABLES[self.code][1]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(COLUMNS)


def years(agency_id: int) -> list[int]:
    """From the newest of which there are figures to the first; empty without any."""
    found = Talk.objects.filter(agency_id=agency_id).aggregate(first=Min("day"), last=Max("day"))
    return list(range(found["last"].year, found["first"].year - 1, -1)) if found["last"] else []


def table(agency: Agency, code: str, year: int) -> TalkTable:
    """By month from the first to the last that had any, or by team, those with most people first."""
    sums = _sums(agency.pk, year)
    by = TABLES[code][1]
    if by == "month":
        found = {row["month"]: row for row in sums if row["month"] is not None and not row["of_line"]}
        keys = range(min(found, default=1), max(found, default=0) + 1)
        rows = [(Name(month, "", ""), found.get(month, {})) for month in keys]
    else:
        lines = {row["line_id"]: row for row in sums if row["of_line"] and row["month"] is None}
        known = {pk: Name(pk, name, slug) for pk, name, slug in
                 Line.objects.filter(agency_id=agency.pk).values_list("pk", "name", "slug")}  # fmt: skip
        none = {NOBODY: Name(NOBODY, _("No team"), "")}
        rows = [((known | none).get(key) or Name(key, str(key), ""), row) for key, row in lines.items()]
    over = months_over(year, timezone.localdate(timezone=ZoneInfo(agency.timezone)), LATE)
    months: list[dict[Any, Grades]] = [{} for _month in range(over)]
    for row in sums:
        if row["month"] is not None and row["month"] <= over and row["of_line"] == (by == "line"):
            months[row["month"] - 1][row["month"] if by == "month" else row["line_id"]] = Grades(
                row["graded"], row["grades_sum"]
            )
    given = released([name.key for name, _row in rows], months)
    graded = [
        one if by == "line" or name.key <= over else None for (name, _r), one in zip(rows, given.rows, strict=True)
    ]
    figures = _shown([row for _name, row in rows], graded)
    lines_shown = [Row(name.key, name, shown) for (name, _row), shown in zip(rows, figures, strict=True)]
    if by != "month":
        lines_shown.sort(key=_most_first)
    whole = next((row for row in sums if row["month"] is None and not row["of_line"]), {})
    total = {name: HIDDEN if small(whole.get(name, 0)) else whole.get(name, 0) for name in COUNTS}
    total |= satisfied(given.total)
    return TalkTable(code, year, None, lines_shown, Row(None, Name(None, _("Total"), ""), total), exact=True)


def _sums(agency_id: int, year: int) -> list[dict[str, Any]]:
    """Asked at most every ten minutes by each process."""
    key = f"talks:{agency_id}:{year}"
    if (kept := caches["process"].get(key)) is None:
        with connection.cursor() as cursor:
            cursor.execute(SUMS, [agency_id, date(year, 1, 1), date(year, 12, 31)])
            names = [column[0] for column in cursor.description]
            kept = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        caches["process"].set(key, kept, KEPT)
    return kept


def _shown(rows: list[dict[str, Any]], graded: list[Grades | None]) -> list[dict[str, Figure]]:
    figures: list[dict[str, Figure]] = [
        {name: row.get(name, 0) for name in COUNTS} | satisfied(given) for row, given in zip(rows, graded, strict=True)
    ]
    for name in COUNTS:
        back, _total = hidden([row.get(name, 0) for row in rows])
        for place in back:
            figures[place][name] = HIDDEN
    return figures


def _most_first(row: Row) -> tuple[float, str]:
    """By what is shown: the order of hidden figures would tell of them."""
    people = row.figures["people"]
    return (-people if isinstance(people, int) else 1), sort_key(str(row.name.label))
