"""`/console/inbox/figures/`: how conversations went. The filters stand in the address; each table downloads."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.insights.names import channels
from balcao.insights.talks.drawing import drawings
from balcao.insights.talks.queries import TARGETS, Wanted
from balcao.insights.talks.tables import CODES, Report, TalkTable, csv_text, said

PERMISSION = "inbox.lead"


def _wanted(agency_id: int, given: QueryDict) -> Wanted:
    """What the address asks for; what it has wrong is passed over."""

    def number(name: str) -> int | None:
        text = given.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def day(name: str) -> Any:
        try:
            found = parse_date(given.get(name, ""))
        except ValueError:
            return None
        return found if found and 2000 <= found.year < 2200 else None

    target = number("within")
    channel = given.get("channel", "")
    return Wanted.of(
        agency_id,
        timezone.localdate(),
        day("since"),
        day("until"),
        line=number("line"),
        attendant=number("attendant"),
        channel=channel if channel in channels() else "",
        **({"target": target} if target in TARGETS else {}),
    )


def _address(wanted: Wanted) -> str:
    """The same question, as an address has it."""
    given = {
        "since": wanted.since.isoformat(),
        "until": wanted.until.isoformat(),
        "line": wanted.line or "",
        "channel": wanted.channel,
        "attendant": wanted.attendant or "",
        "within": wanted.target,
    }
    return urlencode({name: value for name, value in given.items() if value})


@require_safe
@staff_page(PERMISSION)
def figures(request: StaffRequest) -> HttpResponse:
    """Cards, and each table with its charts."""
    wanted = _wanted(request.actor.agency_id or 0, request.GET)
    report = Report(wanted, timezone.now())
    address = _address(wanted)
    context = {
        "cards": [
            {"label": heading, "figure": said(kind, value), "missing": value is None}
            for heading, kind, value in report.cards()
        ],
        "parts": [_part(report.table(code), address) for code in CODES],
        "fields": _fields(report),
        "wanted": wanted,
        "target": dict(_targets())[wanted.target],
        "active": sum(bool(request.GET.get(name)) for name in ("line", "channel", "attendant")),
    }
    return render(request, "console/talks/figures.html", context)


def _part(table: TalkTable, address: str) -> dict[str, Any]:
    rows = [
        (label, [(heading, said(kind, figures[code])) for code, heading, kind in table.columns])
        for _key, label, figures in table.rows
    ]
    return {
        "table": table,
        "rows": rows,
        "charts": drawings(table),
        "csv": f"{reverse('console:talk_figures_csv', args=[table.code])}?{address}",
    }


def _targets() -> list[tuple[int, str]]:
    return [(n, said("time", n * 60)) for n in TARGETS]


def _fields(report: Report) -> list[dict[str, Any]]:
    wanted = report.wanted
    every = ("", _("All"))
    return [
        {"name": "since", "label": _("From"), "type": "date", "value": wanted.since.isoformat()},
        {"name": "until", "label": _("Up to"), "type": "date", "value": wanted.until.isoformat()},
        _select("line", _("Team"), [every, *report.lines.items()], wanted.line),
        _select("channel", _("Channel"), [every, *channels().items()], wanted.channel),
        _select("attendant", _("Attendant"), [every, *report.staff.items()], wanted.attendant),
        _select("within", _("In time means within"), _targets(), wanted.target),
    ]


def _select(name: str, label: str, options: list[tuple[Any, str]], value: Any) -> dict[str, Any]:
    known = [(str(key), words) for key, words in options]
    return {"name": name, "label": label, "type": "select", "value": str(value or ""), "options": known}


@require_safe
@staff_page(PERMISSION)
def download(request: StaffRequest, code: str) -> HttpResponse:
    """One table as CSV, from the very query of the page."""
    if code not in CODES:
        raise Http404
    wanted = _wanted(request.actor.agency_id or 0, request.GET)
    response = HttpResponse(csv_text(Report(wanted, timezone.now(), (code,)).table(code)), content_type="text/csv")
    name = f"conversas-{code}-{wanted.since}-{wanted.until}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store, private"
    return response
