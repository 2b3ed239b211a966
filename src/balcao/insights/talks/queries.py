"""What is asked of the figures of conversations: a time, perhaps one line, channel or attendant. Each table is one
query, for the page, the download and the API alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection

LONGEST = 366  # days of one question
TARGETS = (1, 5, 15, 30, 60, 240, 1440)  # minutes within which the first answer is in time
BY_DAY = 62  # days up to which a time is told by its days, not by its months
NOBODY = -1

# from … up to, in minutes: when people give up waiting
PATIENCE: tuple[tuple[int, int | None], ...] = ((0, 1), (1, 5), (5, 15), (15, 30), (30, 60), (60, None))

PERCENTILES = "percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {0}) AS {0}"
MEASURES = {
    "conversations": "count(*) AS conversations",
    "people": "count(DISTINCT first_id) AS people",
    "attended": "count(response) AS attended",
    "alone": "count(*) FILTER (WHERE alone) AS alone",
    "left_line": "count(*) FILTER (WHERE gave_up = 'line') AS left_line",
    "left_interview": "count(*) FILTER (WHERE gave_up = 'interview') AS left_interview",
    "in_time": "count(*) FILTER (WHERE response <= %(target)s) AS in_time",
    "response": PERCENTILES.format("response"),
    "waited": PERCENTILES.format("waited"),
    "handled": PERCENTILES.format("handled"),
    "graded": "count(score) AS graded",
    "grades_sum": "sum(score) AS grades_sum",
}
KIND = dict.fromkeys(("response", "waited", "handled"), "int[]")
# Each percentile, and each count of different people, sorts: they are asked where a table shows them.
_SHORT = ("conversations", "attended", "in_time", "response", "graded", "grades_sum")
ASKED = {
    "all": tuple(MEASURES),
    "day": ("people", *_SHORT),
    "month": ("people", *_SHORT),
    "line": ("people", "waited", "handled", "left_line", *_SHORT),
    "channel": ("alone", "left_line", "left_interview", *_SHORT),
    "attendant": ("handled", *_SHORT),
}
BY = {"all": "''", "day": "day", "month": "date_trunc('month', day)::date", "line": "line_id", "channel": "channel",
      "attendant": "staff_id"}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Conversations of an agency that began from `since` to `until`, both included. `target`: minutes."""

    agency_id: int
    since: date
    until: date
    line: int | None = None
    channel: str = ""
    attendant: int | None = None
    target: int = 15

    @classmethod
    def of(cls, agency_id: int, today: date, since: date | None, until: date | None, **more: Any) -> Wanted:
        """The last thirty days where nothing else is said; at most a year, back from its end."""
        until = min(until or today, today)
        since = since or until - timedelta(days=29)
        since = max(min(since, until), until - timedelta(days=LONGEST - 1))
        return cls(agency_id, since, until, **more)

    @property
    def period(self) -> str:
        """How this time is cut: into days or months."""
        return "day" if (self.until - self.since).days < BY_DAY else "month"

    def where(self) -> tuple[str, dict[str, Any]]:
        parts = ["agency_id = %(agency)s", "day BETWEEN %(since)s AND %(until)s"]
        given: dict[str, Any] = {
            "agency": self.agency_id, "since": self.since, "until": self.until, "target": self.target * 60,
        }  # fmt: skip
        for name, column in (("line", "line_id"), ("channel", "channel"), ("attendant", "staff_id")):
            value = getattr(self, name)
            if value not in (None, ""):
                parts.append(f"{column} = %({name})s")
                given[name] = value
        return " AND ".join(parts), given


@dataclass
class Sums:
    """What some conversations come to. Times are (median, 90th percentile) in seconds; None: not measured."""

    conversations: int = 0
    people: int = 0
    attended: int = 0
    alone: int = 0
    left_line: int = 0
    left_interview: int = 0
    in_time: int = 0
    response: tuple[int | None, int | None] = (None, None)
    waited: tuple[int | None, int | None] = (None, None)
    handled: tuple[int | None, int | None] = (None, None)
    graded: int = 0
    grades_sum: int = 0

    @property
    def grade(self) -> float | None:
        return self.grades_sum / self.graded if self.graded else None

    @property
    def in_time_share(self) -> int | None:
        """Per cent of the answered ones."""
        return round(100 * self.in_time / self.attended) if self.attended else None


def sums(wanted: Wanted, *ways: str) -> dict[str, dict[Any, Sums]]:
    """By each of "all" (its key is ""), "day", "month", "line", "channel", "attendant" (-1: none), in one query."""
    where, given = wanted.where()
    parts = []
    for by in ways:
        asked = ", ".join(MEASURES[name] if name in ASKED[by] else f"NULL::{KIND.get(name, 'bigint')} AS {name}"
                          for name in MEASURES)  # fmt: skip
        parts.append(f"SELECT '{by}' AS by, {BY[by]}::text AS key, {asked} FROM insights_talk WHERE {where} GROUP BY 2")  # noqa: S608
    found: dict[str, dict[Any, Sums]] = {by: {} for by in ways}
    for row in _rows(" UNION ALL ".join(parts), given):
        by, key = row.pop("by"), row.pop("key")
        kept: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items() if v}
        found[by][_key(by, key)] = Sums(**kept)
    for by in ways:
        if by == "all":
            found[by] = found[by] or {"": Sums()}
        elif by in ("day", "month"):
            found[by] = {day: found[by].get(day, Sums()) for day in _days(wanted, by)}
    return found


def _key(by: str, key: str) -> Any:
    if by in ("day", "month"):
        return date.fromisoformat(key)
    return int(key) if by in ("line", "attendant") else key


def _days(wanted: Wanted, by: str) -> list[date]:
    every = [wanted.since + timedelta(days=n) for n in range((wanted.until - wanted.since).days + 1)]
    return every if by == "day" else sorted({day.replace(day=1) for day in every})


@dataclass
class Endings:
    """`grades`: how many gave 0, 1 … 10; `after`: how many gave up waiting, by `PATIENCE`; `questions`: at which
    question of an interview others did, the most first."""

    grades: list[int] = field(default_factory=lambda: [0] * 11)
    after: list[int] = field(default_factory=lambda: [0] * len(PATIENCE))
    questions: list[tuple[str, int]] = field(default_factory=list)


def endings(wanted: Wanted) -> Endings:
    where, given = wanted.where()
    bounds = [low * 60 for low, _high in PATIENCE[1:]]
    sql = f"""SELECT score, gave_up, question, width_bucket(gave_up_after, %(bounds)s) AS after, count(*) AS n
        FROM insights_talk WHERE {where} AND (gave_up <> '' OR score IS NOT NULL) GROUP BY 1, 2, 3, 4"""  # noqa: S608
    found, questions = Endings(), dict[str, int]()
    for row in _rows(sql, given | {"bounds": bounds}):
        if row["score"] is not None:
            found.grades[row["score"]] += row["n"]
        if row["gave_up"] == "line":
            found.after[row["after"] or 0] += row["n"]
        elif row["gave_up"]:
            questions[row["question"]] = questions.get(row["question"], 0) + row["n"]
    found.questions = sorted(questions.items(), key=lambda pair: (-pair[1], pair[0]))
    return found


# A wait counts in each hour that it touches, for as long as it was there. What still waits, waits until now.
LENGTHS = """
WITH mine AS (
    SELECT w.began_at AT TIME ZONE g.timezone AS began,
           coalesce(w.ended_at, %(now)s) AT TIME ZONE g.timezone AS ended
    FROM inbox_line l JOIN organization_agency g ON g.id = l.agency_id JOIN inbox_wait w ON w.line_id = l.id
    WHERE l.agency_id = %(agency)s AND (%(line)s::bigint IS NULL OR l.id = %(line)s)
      AND w.began_at < (%(until)s::date + 1)::timestamp AT TIME ZONE g.timezone
      AND (w.ended_at IS NULL OR w.ended_at > %(since)s::date::timestamp AT TIME ZONE g.timezone)
), cut AS (
    SELECT greatest(began, %(since)s::date::timestamp) AS began, least(ended, %(until)s::date + 1) AS ended FROM mine
), within AS (
    SELECT date_trunc('hour', began) AS hour, extract(epoch FROM ended - began) AS seconds FROM cut
    WHERE date_trunc('hour', began) = date_trunc('hour', ended)
    UNION ALL
    SELECT h, extract(epoch FROM least(ended, h + interval '1 hour') - greatest(began, h))
    FROM cut, generate_series(date_trunc('hour', began), ended, interval '1 hour') AS h
    WHERE date_trunc('hour', began) <> date_trunc('hour', ended)
)
SELECT extract(isodow FROM hour)::int AS weekday, extract(hour FROM hour)::int AS hour, sum(seconds) AS seconds
FROM within GROUP BY 1, 2
"""


def line_lengths(wanted: Wanted, now: Any) -> list[list[float]]:
    """How many stood in line, on average, by weekday (Monday first) and hour of the agency's clock. Of the line wanted,
    else of all; channel and attendant do not count here."""
    given = {"agency": wanted.agency_id, "line": wanted.line, "since": wanted.since, "until": wanted.until, "now": now}
    table = [[0.0] * 24 for _ in range(7)]
    times = [0] * 7  # how often each weekday comes in this time
    for day in _days(wanted, "day"):
        times[day.weekday()] += 1
    for row in _rows(LENGTHS, given):
        day = row["weekday"] - 1
        table[day][row["hour"]] = float(row["seconds"]) / 3600 / max(1, times[day])
    return table


def _rows(sql: str, given: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
