"""The charts that stand beside the tables of conversations, drawn from their rows alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from balcao.insights.charts import lying, upright

from .tables import TIME, TalkTable, said

MOST = 12  # bars with names
LABELS = 7  # words under an axis: more would run into each other


def drawings(table: TalkTable) -> list[tuple[Any, SafeString]]:
    """(name, chart) each; those without a figure are left out."""
    if not table.rows:
        return []
    made = {"period": _period, "grades": _plain, "patience": _plain, "hours": _hours}.get(table.code, _named)(table)
    return [(name, drawn) for name, drawn in made if drawn]


def _sparse(labels: list[str]) -> list[str]:
    step = -(-len(labels) // LABELS)
    return [label if not place % step else "" for place, label in enumerate(labels)]


def _period(table: TalkTable) -> list[tuple[Any, SafeString]]:
    days = [date.fromisoformat(key) for key, _label, _figures in table.rows]
    form = "d/m" if len({day.month for day in days}) < len(days) else "m/y"
    labels = _sparse([date_format(day, form) for day in days])
    headings = {code: heading for code, heading, _kind in table.columns}
    both = [(headings[code], table.column(code)) for code in ("conversations", "attended")]
    minutes = [None if value is None else value / 60 for value in table.column("response_median")]
    return [
        (name, upright(f"talks-{code}", f"{name}. {table.title}", labels, series, top))
        for code, name, series, top in (
            ("many", _("Conversations, and those that an attendant answered"), both, 0),
            ("response", _("Minutes to the first answer, median"), [(headings["response_median"], minutes)], 0),
            ("grade", headings["grade"], [(headings["grade"], table.column("grade"))], 10),
        )
    ]


def _plain(table: TalkTable) -> list[tuple[Any, SafeString]]:
    heading = table.columns[0][1]
    labels = [label if len(label) < 8 else f"> {key}" for key, label, _figures in table.rows]
    figures = table.column("n")
    return [(table.title, upright(f"talks-{table.code}", table.title, labels, [(heading, figures)]))] * any(figures)


def _named(table: TalkTable) -> list[tuple[Any, SafeString]]:
    rows, found = table.rows[:MOST], []
    wanted = ("n",) if table.code == "questions" else ("conversations", "response_median", "grade")
    for code, heading, kind in table.columns:
        if code not in wanted:
            continue
        figures = [figures[code] for _key, _label, figures in rows]
        words = [said(kind, figure) for figure in figures]
        top = 10 if code == "grade" else 0
        unit = [None if f is None else f / 60 for f in figures] if kind == TIME else figures
        chart = lying(f"talks-{table.code}-{code}", f"{heading}. {table.title}", [label for _k, label, _f in rows],
                      [(heading, unit)], [words], top)  # fmt: skip
        found.append((heading, chart))
    return found


def _hours(table: TalkTable) -> list[tuple[Any, SafeString]]:
    """Working days and the weekend, each as the mean of its days."""
    days = [list(figures.values()) for _key, _label, figures in table.rows]
    if not any(map(any, days)):
        return []
    means = [[sum(day[hour] for day in some) / len(some) for hour in range(24)] for some in (days[:5], days[5:])]
    labels = [f"{hour}h" if not hour % 4 else "" for hour in range(24)]
    name = _("People in line, by hour")
    series = [(_("Monday to Friday"), means[0]), (_("Saturday and Sunday"), means[1])]
    return [(name, upright("talks-hours", f"{name}. {table.title}", labels, series))]
