"""A published table as HTML and as CSV: the same rows, the same figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils.formats import number_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from balcao.web.calendar_names import MONTHS

from .suppress import LEAST, ROUND
from .tables import HIDDEN, Figure, Row, Table

HEADINGS = {
    "opened": pgettext_lazy("figures", "Opened"),
    "answered": pgettext_lazy("figures", "Answered"),
    "within": gettext_lazy("Within the deadline"),
    "solved": pgettext_lazy("figures", "Solved"),
    "median_days": gettext_lazy("Median days"),
    "p90_days": gettext_lazy("9 of 10 within (days)"),
    "reopened": pgettext_lazy("figures", "Reopened"),
    "graded": gettext_lazy("Grades given"),
    "grade": gettext_lazy("Mean grade"),
    "open": pgettext_lazy("figures", "Waiting now"),
}

# The data dictionary. Shown on a page and downloaded from here.
DICTIONARY: dict[str, Any] = {
    "year": gettext_lazy("The calendar year, in the city's own time zone."),
    "day": gettext_lazy("The day of which the table tells what is waiting, in the city's own time zone."),
    "of": gettext_lazy("The service, area or district that the table is about; empty: the whole city."),
    "key": gettext_lazy("What the line is about: a month as YYYY-MM, or the name in the address of its page."),
    "name": gettext_lazy("Its name."),
    "opened": gettext_lazy("Demands opened in this time."),
    "answered": gettext_lazy(
        "Answers that reached the person in this time, or were put on the demand's page. This is what “closed” means."
    ),
    "within": gettext_lazy("Of these answers, per cent that came by their legal or promised date."),
    "solved": gettext_lazy("Of these answers, per cent that say that the problem was solved. Closed is not solved."),
    "median_days": gettext_lazy(
        "Half of the answers took at most so many days from the opening (or reopening). Read from a histogram: at most "
        "1 % off."
    ),
    "p90_days": gettext_lazy("Nine of ten answers took at most so many days. At most 1 % off."),
    "reopened": gettext_lazy("Demands that their authors reopened in this time, because they were not solved."),
    "graded": gettext_lazy(
        "Grades from 0 to 10 that people gave to answers in this time. Nobody has to. They are told after their month "
        "is over, at least five at once."
    ),
    "grade": gettext_lazy("The mean of these grades. No single grade is published."),
    "open": gettext_lazy("Demands that wait for their answer on this day."),
}


def figure(column: str, value: Figure) -> str:
    """As a person reads it."""
    if value is HIDDEN:
        return str(HIDDEN)
    if value is None:
        return _("not measured")
    if column in ("within", "solved"):
        return f"{value} %"
    places = 1 if column in ("median_days", "p90_days", "grade") else 0
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)  # type: ignore[arg-type]


def label(table: Table, row: Row) -> str:
    return _(MONTHS[row.key - 1]) if table.by == "month" and row.key else str(row.name.label)


def html_rows(table: Table, hrefs: dict[Any, str]) -> SafeString:
    """The lines of the table's body. Built here, not in a template: three hundred services in a few milliseconds."""
    none = conditional_escape(figure("", None))
    unseen = conditional_escape(_("not shown"))
    hidden = f'<span aria-hidden="true">{HIDDEN}</span><span class="visually-hidden">{unseen}</span>'
    lines = []
    for row in [*table.rows, *([table.total] if table.total else [])]:
        name: str = conditional_escape(label(table, row))
        if row.key in hrefs:
            name = f'<a href="{conditional_escape(hrefs[row.key])}">{name}</a>'
        parts = [
            f'<tr class="is-total"><th scope="row">{name}</th>'
            if row is table.total
            else f'<tr><th scope="row">{name}</th>'
        ]
        for column in table.columns:
            value = row.figures[column]
            if value is HIDDEN:
                said = f'<span class="muted">{hidden}</span>'
            elif value is None:
                said = f'<span class="muted">{none}</span>'
            else:
                said = figure(column, value)
            parts.append(f'<td class="numeric">{said}</td>')
        lines.append("".join(parts) + "</tr>")
    return mark_safe("".join(lines))  # noqa: S308 - names are escaped, figures are numbers


def csv_text(table: Table) -> str:
    """RFC 4180, in UTF-8, with a point for decimals. "*": kept back, see suppress.py; empty: not measured."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["day" if table.day else "year", "of", "key", "name", *table.columns])
    writer.writerows(_lines(table))
    return out.getvalue()


def _lines(table: Table) -> Iterator[list[Any]]:
    of, when = table.of.slug if table.of else "", table.day.isoformat() if table.day else table.year
    for row in table.rows:
        if table.by == "month":
            key = f"{table.year}-{row.key:02d}"
        else:
            key = row.name.slug or str(row.name.key)
        yield [when, of, key, label(table, row), *(_cell(c, row.figures[c]) for c in table.columns)]
    if table.total:
        yield [when, of, "total", "", *(_cell(c, table.total.figures[c]) for c in table.columns)]


def _cell(column: str, value: Figure) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if column in ("median_days", "p90_days") and isinstance(value, float) else str(value)


def note(table: Table) -> str:
    """How small groups are kept safe in this table."""
    if table.exact:
        return _(
            "“*”: not shown, because it tells of fewer than %(least)d, or because the total would then give such a "
            "group away."
        ) % {"least": LEAST}
    return _(
        "“*”: not shown, because it tells of fewer than %(least)d or would give such a group away. Numbers are "
        "rounded to the nearest %(round)d, and need not add up."
    ) % {"least": LEAST, "round": ROUND}
