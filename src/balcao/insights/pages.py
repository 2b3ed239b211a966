"""`/transparencia/`: what everyone sees. Pages read the rollups alone: they cost the same at any number of demands."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from balcao.organization.models import Agency
from balcao.web.public import public_page

from . import tables
from .drawing import ALL, MOST, drawings
from .models import Follower
from .names import Name
from .showing import DICTIONARY, HEADINGS, csv_text, figure, html_rows, note
from .tables import COLUMNS, HIDDEN, TABLES, Figure, Table

WORDS = {"servicos": "service", "areas": "area", "distritos": "place", "canais": "channel"}
OF_BY = {by: word for word, by in WORDS.items()}
FRESH = 60  # seconds that a browser or a proxy may keep a page: it tells of nobody


class PublicRequest(HttpRequest):
    """A request to the portal of an agency."""

    agency: Agency


def year_of(request: HttpRequest, years: list[int]) -> int:
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
        "year": year_of(request, years),
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


TITLES = {
    "month": gettext_lazy("By month"),
    "service": gettext_lazy("By service"),
    "area": gettext_lazy("By area"),
    "place": gettext_lazy("By district"),
    "channel": gettext_lazy("By channel"),
    "age": gettext_lazy("Waiting now"),
}
FIRST = {
    "month": gettext_lazy("Month"),
    "service": gettext_lazy("Service"),
    "area": gettext_lazy("Area"),
    "place": gettext_lazy("District"),
    "channel": gettext_lazy("Channel"),
    "age": pgettext_lazy("figures", "Open for"),
}


def _table(agency: Agency, code: str, year: int, of: Name | None = None) -> Table:
    """A published table, as pages show it and as it is downloaded."""
    if TABLES[code][2] == "age":
        return tables.ages(agency, code, timezone.localdate(), of)
    return tables.table(agency, code, year, of)


def _part(
    agency: Agency, code: str, year: int, of: Name | None = None, wanted: tuple[str, ...] = ALL
) -> dict[str, Any]:
    """One table with its charts and its download, as a page shows it."""
    found = _table(agency, code, year, of)
    hrefs = _hrefs(found)
    return {
        "table": found,
        "code": code,
        "title": TITLES[found.by],
        "year": "" if found.day else year,
        "columns": [(column, HEADINGS[column]) for column in found.columns],
        "rows": html_rows(found, hrefs),
        "charts": drawings(found, agency.pk, hrefs, wanted),
        "csv": f"{reverse('insights:csv', args=[code])}?ano={year}" + (f"&de={of.slug}" if of else ""),
        "note": note(found),
        "first": FIRST[found.by],
        "more": len(found.rows) > MOST and found.by in ("service", "area", "place"),
    }


def _cards(figures: dict[str, Figure]) -> list[dict[str, Any]]:
    notes = {
        "answered": _("an answer has reached the person"),
        "solved": _("of the answers say that it was solved"),
        "within": _("of the answers came by their date"),
        "p90_days": _("at most 1 % off"),
    }
    cards = []
    for column in COLUMNS:
        value = figures[column]
        said = _("not shown") if value is HIDDEN else figure(column, value)
        missing = value is None or value is HIDDEN
        cards.append({"label": HEADINGS[column], "figure": said, "note": notes.get(column, ""), "missing": missing})
    return cards


@require_safe
@public_page
def city(request: PublicRequest) -> HttpResponse:
    """The city: a year's figures, today's counters, the months, and the ways further in."""
    context = _frame(request)
    context |= {
        "cards": _cards(tables.head(request.agency, "city", context["year"])),
        "parts": [_part(request.agency, code, context["year"]) for code in ("city-month", "city-age")],
        "live": tables.today_counts(request.agency.pk, context["today"]),
        "ways": [
            (_("By service"), reverse("insights:all", args=["servicos"]), "list"),
            (_("By district, on a map"), reverse("insights:all", args=["distritos"]), "map"),
            (_("By area"), reverse("insights:all", args=["areas"]), "building"),
            (_("By channel"), reverse("insights:all", args=["canais"]), "phone"),
            (_("Conversations with attendants"), reverse("insights:talks"), "message"),
            (_("All tables, to download"), reverse("insights:data"), "download"),
        ],
    }
    return answer(render(request, "insights/city.html", context))


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
    context["title"] = TITLES[by]
    return answer(render(request, "insights/every.html", context))


@require_safe
@public_page
def one(request: PublicRequest, word: str, slug: str) -> HttpResponse:
    """One service, area or district."""
    by = WORDS.get(word, "")
    of = tables.named(request.agency.pk, by, slug) if by in ("service", "area", "place") else None
    if of is None:
        raise Http404
    context = _frame(request)
    context |= {
        "of": of,
        "title": of.label,
        "kind": TITLES[by],
        "kind_href": reverse("insights:all", args=[word]),
        "cards": _cards(tables.head(request.agency, by, context["year"], of)),
        "parts": [
            _part(request.agency, code, context["year"], of, ALL if code.endswith("-month") else ("demands",))
            for code in tables.codes(by)
        ],
    }
    return answer(render(request, "insights/one.html", context))


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
    return answer(render(request, "insights/data.html", context))


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
    year = year_of(request, tables.years(request.agency.pk))
    name = "-".join(filter(None, [code, of.slug if of else "", str(year)]))
    return csv_file(request, csv_text(_table(request.agency, code, year, of)), name)


@require_safe
@public_page
def dictionary(request: PublicRequest) -> HttpResponse:
    """The data dictionary as CSV."""
    lines = "".join(f'{code},"{str(words).replace(chr(34), chr(34) * 2)}"\r\n' for code, words in DICTIONARY.items())
    return csv_file(request, "column,meaning\r\n" + lines, "dictionary")


def csv_file(request: HttpRequest, text: str, name: str) -> HttpResponse:
    """A download. Whoever fetches it again by its ETag is only told when nothing has changed."""
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Access-Control-Allow-Origin"] = "*"  # open data: any page may read it
    response["ETag"] = quote_etag(sha256(response.content).hexdigest()[:32])
    return get_conditional_response(request, response["ETag"], response=answer(response)) or response


def answer(response: HttpResponse) -> HttpResponse:
    """Nobody's data: it may be kept for a minute by whoever asked. Not by others, whose language may be another."""
    response["Cache-Control"] = f"private, max-age={FRESH}"
    return response
