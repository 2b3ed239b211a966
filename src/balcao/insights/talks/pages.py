"""`/transparencia/conversas/`: how many people were served, and what they thought of it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from balcao.insights.charts import lying, upright
from balcao.insights.pages import PublicRequest, answer, csv_file, year_of
from balcao.insights.showing import csv_text, figure, html_rows, label, note
from balcao.web.calendar_names import MONTHS_SHORT
from balcao.web.public import public_page

from . import public

MOST = 12  # bars


@require_safe
@public_page
def talks(request: PublicRequest) -> HttpResponse:
    years = public.years(request.agency.pk)
    year = year_of(request, years)
    parts = [_part(public.table(request.agency, code, year)) for code in public.TABLES]
    return answer(render(request, "insights/talks.html", {"section": "figures", "years": years, "year": year,
                                                           "parts": parts}))  # fmt: skip


@require_safe
@public_page
def download(request: PublicRequest, code: str) -> HttpResponse:
    """One of the tables, from the same query as the page."""
    if code not in public.TABLES:
        raise Http404
    year = year_of(request, public.years(request.agency.pk))
    return csv_file(request, csv_text(public.table(request.agency, code, year)), f"conversas-{code}-{year}")


def _part(table: public.TalkTable) -> dict[str, Any]:
    return {
        "table": table,
        "code": f"talks-{table.by}",
        "title": table.title,
        "year": table.year,
        "first": pgettext("figures", "Month") if table.by == "month" else _("Team"),
        "columns": list(public.COLUMNS.items()),
        "rows": html_rows(table, {}),
        "charts": _charts(table),
        "more": len(table.rows) > MOST,
        "csv": f"{reverse('insights:talks_csv', args=[table.code])}?ano={table.year}",
        "note": note(table),
    }


def _charts(table: public.TalkTable) -> list[tuple[Any, Any]]:
    made = []
    for column, top in (("people", 0), ("grade", 10)):
        heading = public.COLUMNS[column]
        code, name = f"talks-{table.by}-{column}", f"{heading}. {table.title}"
        if table.by == "month":
            labels = [str(MONTHS_SHORT[row.key - 1]) for row in table.rows]
            drawn = upright(code, name, labels, [(heading, table.column(column))], top)
        else:
            rows = table.rows[:MOST]
            figures = [row.figures[column] for row in rows]
            words = [figure(column, one) for one in figures]
            drawn = lying(code, name, [label(table, row) for row in rows], [(heading, figures)], [words], top)
        made.append((heading, drawn))
    return [(heading, drawn) for heading, drawn in made if drawn]
