"""The published figures, from the very queries of the pages under /transparencia/: nothing else is told here."""

from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from balcao.insights import tables
from balcao.insights.showing import DICTIONARY, label
from balcao.insights.tables import COLUMNS, HIDDEN, TABLES
from balcao.organization.models import Agency

from .catalogue import ANY
from .door import ERRORS, KeyRequest, agency_of, scoped
from .words import In

router = Router(tags=["figures"])


class TableLine(Schema):
    code: str
    title: str
    of: str = Field(description="city: of all; service, area or place: of one, named by its slug")
    by: str = Field(description="what its lines are: month, service, area, place or channel")


class Published(Schema):
    tables: list[TableLine]
    years: list[int] = Field(description="of which there are figures, the newest first")
    columns: dict[str, str] = Field(description="what each column means")


class Now(Schema):
    """Of the city as a whole."""

    opened: int = Field(description="today, so far")
    answered: int
    open: int = Field(description="that wait for their answer now")


class Line(Schema):
    """A figure is empty where nothing was measured, and where it stands in `hidden`: too few people."""

    key: str = Field(description="a month as YYYY-MM, a slug, a channel")
    name: str
    opened: int | None
    answered: int | None
    within: int | None = Field(description="per cent")
    solved: int | None = Field(description="per cent")
    median_days: float | None
    p90_days: float | None
    reopened: int | None
    graded: int | None
    grade: float | None = Field(description="0 to 10")
    hidden: list[str]


class TableOut(Schema):
    code: str
    title: str
    year: int
    of: str
    exact: bool = Field(description="else counts are rounded to the nearest five, and need not add up")
    rows: list[Line]
    total: Line | None


class Which(In):
    year: int | None = Field(None, ge=1900, le=9999, description="empty: the newest")
    of: str = Field("", max_length=100, description="the slug of the service, area or district")


@router.get("", response={200: Published, **ERRORS}, summary="What is published")
@scoped(*ANY)
def list_figures(request: KeyRequest) -> Any:
    found = [{"code": code, "title": str(title), "of": of, "by": by} for code, (title, of, by) in TABLES.items()]
    columns = {name: str(words) for name, words in DICTIONARY.items()}
    return {"tables": found, "years": tables.years(agency_of(request.auth)), "columns": columns}


@router.get("/now", response={200: Now, **ERRORS}, summary="Today's counters")
@scoped(*ANY)
def read_now(request: KeyRequest) -> Any:
    agency = Agency.objects.get(pk=agency_of(request.auth))
    return tables.today_counts(agency.pk, _today(agency))


@router.get("/{table}", response={200: TableOut, **ERRORS}, summary="One published table")
@scoped(*ANY)
def read_table(request: KeyRequest, table: str, wanted: Query[Which]) -> Any:
    """Small groups are kept back in it, as on its page."""
    agency = Agency.objects.get(pk=agency_of(request.auth))
    if table not in TABLES:
        raise Http404
    scope = TABLES[table][1]
    of = tables.named(agency.pk, scope, wanted.of) if scope != "city" else None
    if scope != "city" and of is None:
        raise Http404
    year = wanted.year or next(iter(tables.years(agency.pk)), _today(agency).year)
    found = tables.table(agency, table, year, of)
    return {
        "code": table,
        "title": str(found.title),
        "year": year,
        "of": of.slug if of else "",
        "exact": found.exact,
        "rows": [_line(found, row) for row in found.rows],
        "total": _line(found, found.total, key="total") if found.total else None,
    }


def _today(agency: Agency) -> date:
    with timezone.override(agency.timezone):
        return timezone.localdate()


def _line(table: tables.Table, row: tables.Row, key: str = "") -> dict[str, Any]:
    if not key:
        key = f"{table.year}-{row.key:02d}" if table.by == "month" else row.name.slug or str(row.name.key)
    shown = {name: None if row.figures[name] is HIDDEN else row.figures[name] for name in COLUMNS}
    hidden = [name for name in COLUMNS if row.figures[name] is HIDDEN]
    return {"key": key, "name": label(table, row), **shown, "hidden": hidden}
