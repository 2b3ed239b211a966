"""`/transparencia/`: what everyone sees. Pages read the rollups alone: they cost the same at any number of demands."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from balcao.organization.models import Agency
from balcao.web.calendar_names import MONTHS_SHORT
from balcao.web.public import public_page

from . import charts, tables
from .models import Follower
from .names import Name
from .showing import DICTIONARY, HEADINGS, csv_text, figure, html_rows, note
from .tables import COLUMNS, TABLES, Table

WORDS = {"servicos": "service", "areas": "area", "distritos": "place", "canais": "channel"}
OF_BY = {by: word for word, by in WORDS.items()}
FRESH = 60  # seconds that a browser or a proxy may keep a page: it tells of nobody


class PublicRequest(HttpRequest):
    """A request to the portal of an agency."""

    agency: Agency


def _year(request: HttpRequest, years: list[int]) -> int:
    """The year of the address, or the newest of which there are figures."""
    asked = request.GET.get("ano", "")
    if asked.isascii() and asked.isdigit() and int(asked) in years:
        return int(asked)
    return years[0] if years else timezone.localdate().year


def _frame(request: PublicRequest, **context: Any) -> dict[str, Any]:
    years = tables.years(request.agency.pk)
    return {
        "section": "figures",
        "years": years,
        "year": _year(request, years),
        "today": timezone.localdate(),
        "moved_at": Follower.objects.values_list("moved_at", flat=True).first(),
        **context,
    }


def _hrefs(found: Table) -> dict[Any, str]:
    if found.by not in ("service", "area", "place"):
        return {}
    word = OF_BY[found.by]
    return {
        row.key: f"{reverse('insights:one', args=[word, row.name.slug])}?ano={found.year}"
        for row in found.rows
        if row.name.slug
    }


def _part(agency: Agency, code: str, year: int, of: Name | None = None) -> dict[str, Any]:
    """One table with its chart and its download, as a page shows it."""
    found = tables.table(agency, code, year, of)
    hrefs = _hrefs(found)
    address = f"{reverse('insights:csv', args=[code])}?ano={year}" + (f"&de={of.slug}" if of else "")
    part = {
        "table": found,
        "code": code,
        "columns": [(column, HEADINGS[column]) for column in COLUMNS],
        "rows": html_rows(found, hrefs),
        "csv": address,
        "note": note(found),
        "first": {"month": _("Month"), "service": _("Service"), "area": _("Area"), "place": _("District")}.get(
            found.by, _("Channel")
        ),
    }
    if found.by == "month":
        labels = [str(MONTHS_SHORT[row.key - 1]) for row in found.rows]
        opened, answered = (
            (HEADINGS["opened"], found.column("opened")),
            (HEADINGS["answered"], found.column("answered")),
        )
        part["charts"] = [
            (
                _("Opened and answered"),
                charts.bars(_("Demands opened and answered by month"), labels, [opened, answered]),
            ),
            (
                _("Days to the answer"),
                charts.bars(
                    _("Median and 90th percentile of the days to the answer, by month"),
                    labels,
                    [(_("Median"), found.column("median_days")), (_("9 of 10 within"), found.column("p90_days"))],
                ),
            ),
        ]
    if found.by == "place":
        spots = [(r.name.slug, r.name.label, hrefs.get(r.key, ""), r.figures["opened"]) for r in found.rows]
        drawn = charts.city_map(agency.pk, _("A map of the districts, darker where more was asked."), spots)
        part["charts"] = [(_("Where demands were opened"), drawn)] if drawn else []
    return part


def _cards(figures: dict[str, Any]) -> list[dict[str, Any]]:
    notes = {
        "answered": _("an answer has reached the person"),
        "solved": _("of the answers say that it was solved"),
        "within": _("of the answers came by their date"),
        "p90_days": _("at most 1 % off"),
    }
    cards = []
    for column in COLUMNS:
        value = figures[column]
        missing = value is None or value is tables.HIDDEN
        said = figure(column, value)
        cards.append({"label": HEADINGS[column], "figure": said, "note": notes.get(column, ""), "missing": missing})
    return cards


@require_safe
@public_page
def city(request: PublicRequest) -> HttpResponse:
    """The city: a year's figures, today's counters, the months, and the ways further in."""
    context = _frame(request)
    head = tables.head(request.agency, "city", context["year"], context["today"])
    context |= {
        "cards": _cards(head.figures),
        "open_now": figure("opened", head.open_now),
        "ages": [(label, figure("opened", n)) for label, n in head.ages],
        "part": _part(request.agency, "city-month", context["year"]),
        "live": tables.today_counts(request.agency.pk, context["today"]),
        "ways": [
            (_("By service"), reverse("insights:all", args=["servicos"]), "list"),
            (_("By district, on a map"), reverse("insights:all", args=["distritos"]), "map"),
            (_("By area"), reverse("insights:all", args=["areas"]), "building"),
            (_("By channel"), reverse("insights:all", args=["canais"]), "phone"),
            (_("All tables, to download"), reverse("insights:data"), "download"),
        ],
    }
    return _answer(render(request, "insights/city.html", context))


@require_safe
@public_page
def now(request: PublicRequest) -> HttpResponse:
    """Today's counters, for the page that asks again every few seconds. Of the city as a whole only."""
    live = tables.today_counts(request.agency.pk, timezone.localdate())
    response = render(request, "insights/_now.html", {"live": live})
    response["Cache-Control"] = "public, max-age=5"
    return response


@require_safe
@public_page
def every(request: PublicRequest, word: str) -> HttpResponse:
    """All services, areas, districts or channels of the city, in one table."""
    by = WORDS.get(word)
    if by is None:
        raise Http404
    context = _frame(request)
    context["part"] = _part(request.agency, f"city-{by}", context["year"])
    context["title"] = {"service": _("By service"), "area": _("By area"), "place": _("By district")}.get(
        by, _("By channel")
    )
    return _answer(render(request, "insights/every.html", context))


@require_safe
@public_page
def one(request: PublicRequest, word: str, slug: str) -> HttpResponse:
    """One service, area or district."""
    by = WORDS.get(word, "")
    of = tables.named(request.agency.pk, by, slug) if by in ("service", "area", "place") else None
    if of is None:
        raise Http404
    context = _frame(request)
    head = tables.head(request.agency, by, context["year"], context["today"], of)
    titles = {"service": _("By service"), "area": _("By area"), "place": _("By district")}
    context |= {
        "of": of,
        "title": of.label,
        "kind": titles[by],
        "kind_href": reverse("insights:all", args=[word]),
        "cards": _cards(head.figures),
        "open_now": figure("opened", head.open_now),
        "ages": [(label, figure("opened", n)) for label, n in head.ages],
        "parts": [_part(request.agency, code, context["year"], of) for code in tables.codes(by)],
    }
    return _answer(render(request, "insights/one.html", context))


@require_safe
@public_page
def data(request: PublicRequest) -> HttpResponse:
    """What is published, and what each column means."""
    context = _frame(request)
    year = context["year"]
    context["city_tables"] = [
        (TABLES[code][0], code, f"{reverse('insights:csv', args=[code])}?ano={year}") for code in tables.codes("city")
    ]
    context["other_tables"] = [(title, code) for code, (title, scope, _by) in TABLES.items() if scope != "city"]
    context["dictionary"] = list(DICTIONARY.items())
    return _answer(render(request, "insights/data.html", context))


@require_safe
@public_page
def download(request: PublicRequest, code: str) -> HttpResponse:
    """A table as CSV: `?ano=` the year, `&de=` the service, area or district. From the same query as its page."""
    if code not in TABLES:
        raise Http404
    scope = TABLES[code][1]
    of = None
    if scope != "city":
        of = tables.named(request.agency.pk, scope, request.GET.get("de", ""))
        if of is None:
            raise Http404
    year = _year(request, tables.years(request.agency.pk))
    name = "-".join(filter(None, [code, of.slug if of else "", str(year)]))
    return _file(csv_text(tables.table(request.agency, code, year, of)), name)


@require_safe
@public_page
def dictionary(request: PublicRequest) -> HttpResponse:
    """The data dictionary as CSV."""
    lines = "".join(f'{code},"{str(words).replace(chr(34), chr(34) * 2)}"\r\n' for code, words in DICTIONARY.items())
    return _file("column,meaning\r\n" + lines, "dictionary")


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Access-Control-Allow-Origin"] = "*"  # open data: any page may read it
    return _answer(response)


def _answer(response: HttpResponse) -> HttpResponse:
    """Nobody's data: it may be kept for a minute by whoever asked. Not by others, whose language may be another."""
    response["Cache-Control"] = f"private, max-age={FRESH}"
    return response
