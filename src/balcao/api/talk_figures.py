"""The figures of conversations, from the very queries of the console's page."""

from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from balcao.insights.showing import label
from balcao.insights.tables import HIDDEN, Row
from balcao.insights.talks import public
from balcao.insights.talks.queries import LONGEST, TARGETS, Wanted
from balcao.insights.talks.tables import CODES, COLUMNS, Report
from balcao.organization.models import Agency
from balcao.platform.errors import Invalid

from .catalogue import ANY
from .door import ERRORS, KeyRequest, agency_of, scoped
from .words import BIGGEST, Day, In

router = Router(tags=["figures"])
FIRST, LAST = date(2000, 1, 1), date(2200, 1, 1)


class Asked(In):
    since: Day | None = Field(
        None, ge=FIRST, lt=LAST, description=f"empty: thirty days up to `until`; at most {LONGEST} days"
    )
    until: Day | None = Field(None, ge=FIRST, lt=LAST, description="empty: today")
    line: int | None = Field(None, ge=1, le=BIGGEST, description="one team's waiting line, by its number")
    channel: str = Field("", max_length=20)
    attendant: int | None = Field(None, ge=1, le=BIGGEST)
    within: int = Field(15, description="minutes within which a first answer is in time: one of "
                                        + ", ".join(map(str, TARGETS)))  # fmt: skip


class ColumnOut(Schema):
    code: str
    heading: str
    kind: str = Field(description="count, share (per cent), time (seconds), grade (0 to 10), mean")


class RowOut(Schema):
    key: str
    name: str
    figures: dict[str, float | None] = Field(description="by column; empty: not measured")


class TalkTableOut(Schema):
    code: str
    title: str
    columns: list[ColumnOut]
    rows: list[RowOut]


class TalkFiguresOut(Schema):
    """Of all conversations that began in this time."""

    since: Day
    until: Day
    figures: dict[str, float | None] = Field(description="empty: not measured")
    columns: list[ColumnOut]
    tables: list[str]


def _report(request: KeyRequest, asked: Asked, codes: tuple[str, ...]) -> Report:
    if asked.within not in TARGETS:
        raise Invalid(", ".join(map(str, TARGETS)), field="within")
    agency = Agency.objects.get(pk=agency_of(request.auth))
    with timezone.override(agency.timezone):
        today = timezone.localdate()
    wanted = Wanted.of(agency.pk, today, asked.since, asked.until, line=asked.line, channel=asked.channel,
                       attendant=asked.attendant, target=asked.within)  # fmt: skip
    return Report(wanted, timezone.now(), codes)


@router.get("", response={200: TalkFiguresOut, **ERRORS}, summary="How conversations went")
@scoped("inbox.lead")
def read_talk_figures(request: KeyRequest, asked: Query[Asked]) -> Any:
    report = _report(request, asked, ())
    figures = zip(COLUMNS, report.cards(), strict=True)
    return {
        "since": report.wanted.since,
        "until": report.wanted.until,
        "figures": {code: value for code, (_heading, _kind, value) in figures},
        "columns": [_column(code, *COLUMNS[code][:2]) for code in COLUMNS],
        "tables": list(CODES),
    }


@router.get("/{talk_table}", response={200: TalkTableOut, **ERRORS}, summary="One table of how conversations went")
@scoped("inbox.lead")
def read_talk_table(request: KeyRequest, talk_table: str, asked: Query[Asked]) -> Any:
    if talk_table not in CODES:
        raise Http404
    found = _report(request, asked, (talk_table,)).table(talk_table)
    return {
        "code": found.code,
        "title": str(found.title),
        "columns": [_column(*column) for column in found.columns],
        "rows": [{"key": key, "name": name, "figures": figures} for key, name, figures in found.rows],
    }


def _column(code: str, heading: Any, kind: str) -> dict[str, str]:
    return {"code": code, "heading": str(heading), "kind": kind}


class Year(In):
    year: int | None = Field(None, ge=1900, le=9999, description="empty: the newest")


class PublishedRow(Schema):
    """A figure is empty where nothing was measured, and where it stands in `hidden`: too few people."""

    key: str = Field(description="a month from 1 to 12, or a team's slug")
    name: str
    people: int | None
    attended: int | None
    graded: int | None
    grade: float | None
    hidden: list[str]


class PublishedTable(Schema):
    code: str
    title: str
    year: int
    rows: list[PublishedRow]
    total: PublishedRow


@router.get("/published/{published}", response={200: PublishedTable, **ERRORS}, summary="What everyone sees of them")
@scoped(*ANY)
def read_published_talks(request: KeyRequest, published: str, wanted: Query[Year]) -> Any:
    """By month (`meses`) or by team (`equipes`). Small groups are kept back, as on the page."""
    agency = Agency.objects.get(pk=agency_of(request.auth))
    if published not in public.TABLES:
        raise Http404
    with timezone.override(agency.timezone):
        this_year = timezone.localdate().year
    year = wanted.year or next(iter(public.years(agency.pk)), this_year)
    found = public.table(agency, published, year)
    return {
        "code": published,
        "title": str(found.title),
        "year": year,
        "rows": [_published(found, row) for row in found.rows],
        "total": _published(found, found.total) if found.total else None,
    }


def _published(table: public.TalkTable, row: Row) -> dict[str, Any]:
    shown = {name: None if row.figures[name] is HIDDEN else row.figures[name] for name in public.COLUMNS}
    hidden = [name for name in public.COLUMNS if row.figures[name] is HIDDEN]
    key = "total" if row is table.total else row.name.slug or str(row.key)
    return {"key": key, "name": label(table, row), **shown, "hidden": hidden}
