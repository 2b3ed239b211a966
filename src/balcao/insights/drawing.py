"""Which charts are drawn from a published table. From its rows alone: what is kept back there is not drawn here."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.web.calendar_names import MONTHS_SHORT

from .charts import lying, upright
from .maps import city_map
from .showing import HEADINGS, figure, label
from .tables import Row, Table

MOST = 12  # bars of a chart; all of them stand in its table

# code -> (name, columns, where the axis ends: 0 as the figures need)
CHARTS: dict[str, tuple[Any, tuple[str, ...], float]] = {
    "demands": (gettext_lazy("Opened and answered"), ("opened", "answered"), 0),
    "days": (gettext_lazy("Days to the answer"), ("median_days", "p90_days"), 0),
    "shares": (gettext_lazy("Per cent within the deadline, and solved"), ("within", "solved"), 100),
    "grade": (gettext_lazy("Satisfaction from 0 to 10, and how many graded"), ("grade",), 10),
    "open": (gettext_lazy("Waiting now, by how long"), ("open",), 0),
}
ALL = ("demands", "days", "shares", "grade")


def drawings(table: Table, agency_id: int, hrefs: dict[Any, str], wanted: tuple[str, ...] = ALL) -> list[Drawing]:
    """Each chart of a table with its name; those without a figure are left out."""
    found = [(CHARTS[code][0], _chart(table, code)) for code in (("open",) if table.by == "age" else wanted)]
    if table.by == "place" and any(isinstance(opened, int) for opened in table.column("opened")):
        places = [(r.name.slug, r.name.label, hrefs.get(r.key, ""), r.figures["opened"]) for r in table.rows]
        drawn = city_map(agency_id, _("A map of the districts, darker where more was asked."), places)
        found.insert(0, (_("Where demands were opened"), drawn))
    return [(name, drawn) for name, drawn in found if drawn]


Drawing = tuple[Any, SafeString]


def _chart(table: Table, code: str) -> SafeString:
    name, columns, top = CHARTS[code]
    title, name_of_chart = f"{table.code}-{code}", f"{name}. {table.title}"
    if table.by == "month":
        labels = [str(MONTHS_SHORT[row.key - 1]) for row in table.rows]
        return upright(title, name_of_chart, labels, [(HEADINGS[c], table.column(c)) for c in columns], top)
    rows = [row for row in table.rows if any(isinstance(row.figures[column], int | float) for column in columns)][:MOST]
    return lying(
        title,
        name_of_chart,
        [label(table, row) for row in rows],
        [(HEADINGS[column], [row.figures[column] for row in rows]) for column in columns],
        [[_said(column, row) for row in rows] for column in columns],
        top,
    )


def _said(column: str, row: Row) -> str:
    words = figure(column, row.figures[column])
    if column == "grade" and isinstance(row.figures["grade"], float):
        return f"{words} ({figure('graded', row.figures['graded'])})"
    return words
