"""The figures of conversations as tables: what a page shows, a download holds and the API tells are these rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from balcao.inbox.models import Line
from balcao.insights.names import channels as channel_names
from balcao.organization.models import Staff
from balcao.platform.search import SortKey
from balcao.web.formatting import duration, short_day

from . import queries
from .queries import NOBODY, PATIENCE, Sums, Wanted

COUNT, SHARE, TIME, GRADE, MEAN = "count", "share", "time", "grade", "mean"

# column -> (heading, kind, what it is of some sums)
COLUMNS: dict[str, tuple[Any, str, Callable[[Sums], Any]]] = {
    "people": (gettext_lazy("People"), COUNT, lambda s: s.people),
    "conversations": (gettext_lazy("Conversations"), COUNT, lambda s: s.conversations),
    "attended": (gettext_lazy("Answered by an attendant"), COUNT, lambda s: s.attended),
    "alone": (gettext_lazy("Ended by the interview"), COUNT, lambda s: s.alone),
    "in_time": (gettext_lazy("Answered in time"), SHARE, lambda s: s.in_time_share),
    "response_median": (gettext_lazy("First answer, median"), TIME, lambda s: s.response[0]),
    "response_p90": (gettext_lazy("First answer, 9 of 10 within"), TIME, lambda s: s.response[1]),
    "waited_median": (gettext_lazy("In line, median"), TIME, lambda s: s.waited[0]),
    "waited_p90": (gettext_lazy("In line, 9 of 10 within"), TIME, lambda s: s.waited[1]),
    "handled_median": (gettext_lazy("Handling, median"), TIME, lambda s: s.handled[0]),
    "handled_p90": (gettext_lazy("Handling, 9 of 10 within"), TIME, lambda s: s.handled[1]),
    "left_line": (gettext_lazy("Gave up waiting"), COUNT, lambda s: s.left_line),
    "left_interview": (gettext_lazy("Gave up in the interview"), COUNT, lambda s: s.left_interview),
    "graded": (gettext_lazy("Grades given"), COUNT, lambda s: s.graded),
    "grade": (gettext_lazy("Mean grade"), GRADE, lambda s: s.grade),
}
_SHOWN = {
    "period": "people conversations attended in_time response_median graded grade",
    "line": "people conversations attended in_time response_median response_p90 waited_median waited_p90 "
            "handled_median handled_p90 left_line graded grade",
    "channel": "conversations attended alone in_time response_median left_line left_interview graded grade",
    "attendant": "conversations attended in_time response_median response_p90 handled_median handled_p90 graded grade",
}  # fmt: skip
CODES = {
    "period": gettext_lazy("Over the time"),
    "line": gettext_lazy("By team"),
    "channel": gettext_lazy("By channel"),
    "attendant": gettext_lazy("By attendant"),
    "grades": gettext_lazy("Grades from 0 to 10"),
    "patience": gettext_lazy("After how long people gave up waiting"),
    "questions": gettext_lazy("At which question people gave up"),
    "hours": gettext_lazy("How long the line is, by weekday and hour"),
}
WEEKDAYS = (
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"),
    gettext_lazy("Friday"), gettext_lazy("Saturday"), gettext_lazy("Sunday"),
)  # fmt: skip
Column = tuple[str, Any, str]


@dataclass
class TalkTable:
    """`columns`: (code, heading, kind). A row is (key, label, figures by column); None: not measured."""

    code: str
    first: Any
    columns: list[Column]
    rows: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def title(self) -> Any:
        return CODES[self.code]

    def column(self, name: str) -> list[Any]:
        return [figures[name] for _key, _label, figures in self.rows]


@dataclass
class Report:
    """Tables of one question; each query is asked once, however many tables are made of it."""

    wanted: Wanted
    now: datetime
    codes: tuple[str, ...] = tuple(CODES)

    @cached_property
    def sums(self) -> dict[str, dict[Any, Sums]]:
        ways = [self.wanted.period if code == "period" else code for code in self.codes if code in _SHOWN]
        return queries.sums(self.wanted, "all", *ways)

    @cached_property
    def endings(self) -> queries.Endings:
        return queries.endings(self.wanted)

    @cached_property
    def lines(self) -> dict[int, str]:
        return _named(Line.objects.filter(agency_id=self.wanted.agency_id))

    @cached_property
    def staff(self) -> dict[int, str]:
        """Who attends, and who did."""
        seen = list(self.sums.get("attendant", ()))
        mine = Staff.objects.filter(agency_id=self.wanted.agency_id)
        return _named(mine.filter(Q(attending__isnull=False) | Q(pk__in=seen)))

    def cards(self) -> list[tuple[Any, str, Any]]:
        """Of all conversations wanted: (heading, kind, figure)."""
        whole = self.sums["all"][""]
        return [(heading, kind, of(whole)) for heading, kind, of in COLUMNS.values()]

    def table(self, code: str) -> TalkTable:
        """One of `codes`."""
        if code in _SHOWN:
            return self._of_sums(code)
        if code == "hours":
            return _hours(self.wanted, self.now)
        return {"grades": _grades, "patience": _patience, "questions": _questions}[code](self.endings)

    def _of_sums(self, code: str) -> TalkTable:
        names = _SHOWN[code].split()
        found = dict(self.sums[self.wanted.period if code == "period" else code])
        if code == "attendant":
            found.pop(NOBODY, None)  # what no attendant answered is nobody's
        made = TalkTable(code, self._first(code), [(name, *COLUMNS[name][:2]) for name in names])
        for key, label in self._labels(code, found).items():
            made.rows.append((_key(key), label, {name: COLUMNS[name][2](found[key]) for name in names}))
        return made

    def _first(self, code: str) -> Any:
        if code == "period":
            return _("Day") if self.wanted.period == "day" else pgettext("figures", "Month")
        return {"line": _("Team"), "channel": _("Channel"), "attendant": _("Attendant")}[code]

    def _labels(self, code: str, found: Mapping[Any, Sums]) -> dict[Any, str]:
        """What each group is called, in the order of the rows."""
        if code == "period":
            days = self.wanted.period == "day"
            return {day: short_day(day) if days else date_format(day, "YEAR_MONTH_FORMAT") for day in found}
        if code == "channel":
            known = channel_names()
            most = sorted(found, key=lambda key: (-found[key].conversations, key))
            return {key: known.get(key, key) for key in most}
        names = self.lines if code == "line" else self.staff
        gone = {key: _("No team yet") if key == NOBODY else str(key) for key in found if key not in names}
        return {key: name for key, name in names.items() if key in found} | gone


def _named(rows: QuerySet[Any]) -> dict[int, str]:
    return dict(rows.order_by(SortKey("name")).values_list("pk", "name"))


def _key(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else "" if key == NOBODY else str(key)


def _grades(found: queries.Endings) -> TalkTable:
    made = TalkTable("grades", _("Grade"), [("n", _("How many"), COUNT)])
    made.rows = [(str(score), str(score), {"n": n}) for score, n in enumerate(found.grades)]
    return made


def _patience(found: queries.Endings) -> TalkTable:
    made = TalkTable("patience", _("Minutes"), [("n", _("How many"), COUNT)])
    for (low, high), n in zip(PATIENCE, found.after, strict=True):
        label = f"{low}–{high}" if high else _("more than %(n)s") % {"n": low}
        made.rows.append((str(low), label, {"n": n}))
    return made


def _questions(found: queries.Endings) -> TalkTable:
    made = TalkTable("questions", _("Question"), [("n", _("How many"), COUNT)])
    for code, n in found.questions:
        made.rows.append((code, code or _("not measured"), {"n": n}))
    return made


def _hours(wanted: Wanted, now: datetime) -> TalkTable:
    made = TalkTable("hours", _("Weekday"), [(f"h{hour:02d}", f"{hour}h", MEAN) for hour in range(24)])
    for number, lengths in enumerate(queries.line_lengths(wanted, now)):
        figures = {f"h{hour:02d}": round(length, 2) for hour, length in enumerate(lengths)}
        made.rows.append((str(number + 1), str(WEEKDAYS[number]), figures))
    return made


def said(kind: str, value: Any) -> str:
    """As a person reads it."""
    if value is None:
        return _("not measured")
    if kind == TIME:
        return f"{value} s" if value < 120 else duration(value)
    if kind == SHARE:
        return f"{value} %"
    places = {GRADE: 2, MEAN: 1}.get(kind, 0)
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def csv_text(made: TalkTable) -> str:
    """RFC 4180, UTF-8, a point for decimals; times in seconds; empty: not measured."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["key", "name", *(code + ("_s" if kind == TIME else "") for code, _heading, kind in made.columns)])
    for key, label, figures in made.rows:
        writer.writerow([key, label, *(_cell(figures[code]) for code, _heading, _kind in made.columns)])
    return out.getvalue()


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
