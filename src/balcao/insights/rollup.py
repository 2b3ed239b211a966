"""From the base tables to the figures, for some demands at a time.

`count` is the only way figures change: it takes out what these demands counted for and puts in what they count for
now. So it may run twice, late or in any order: once it has run after the last change, the figures are right."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from .durations import SQL as BUCKET

SLICE = 2000  # demands a transaction: under a second, because an open writer holds back the live stream

# view -> (service, area, place, channel): which of them tell its cells apart
VIEWS: dict[str, tuple[bool, bool, bool, bool]] = {
    "city": (False, False, False, False),
    "service": (True, False, False, False),
    "area": (False, True, False, False),
    "place": (False, False, True, False),
    "channel": (False, False, False, True),
    "service-area": (True, True, False, False),
    "service-place": (True, False, True, False),
    "service-channel": (True, False, False, True),
    "area-place": (False, True, True, False),
    "area-channel": (False, True, False, True),
    "place-channel": (False, False, True, True),
}
SINGLE = ("city", "service", "area", "place", "channel")
ALL_TIME = "1970-01-01"
MEASURES = ("opened", "answered", "measured", "within", "solved", "reopened", "graded", "grades_sum", "open")
KEY = ("view", "grain", "day", "service_id", "area_id", "place_id", "channel")


def _grains() -> str:
    """Which sums each thing goes into. By month each dimension alone: two at once would be a row for each demand."""
    rows = [("city", "d"), *((view, grain) for view in SINGLE for grain in "mo")]
    rows += [(view, grain) for view in VIEWS for grain in "ya"]
    return ", ".join(f"('{view}', '{grain}', {', '.join(map(str, VIEWS[view]))})" for view, grain in rows)


# What each demand counts for, from the base tables alone. The n-th answer ends the n-th round, and each round has a
# clock of its own, in order.
HAPPENINGS = f"""
about AS (
    SELECT c.id, c.agency_id, c.service_id, coalesce(c.area_id, -1) AS area_id,
           CASE WHEN p.kind = 'district' THEN p.id ELSE -1 END AS place_id, c.channel,
           s.is_public AND NOT c.sealed AND c.kind <> 'denuncia' AS shown, g.timezone, c.opened_at, c.state,
           CASE WHEN c.h3 = '' THEN '' ELSE to_hex((('x' || lpad(c.h3, 16, '0'))::bit(64)::bigint
                & ~(15::bigint << 52)) | (8::bigint << 52) | (7::bigint << 18)) END AS h3
    FROM cases_case c JOIN catalog_service s ON s.id = c.service_id JOIN organization_agency g ON g.id = c.agency_id
         LEFT JOIN organization_place p ON p.id = c.place_id
    WHERE c.id = ANY(%(cases)s)
), clock AS (
    SELECT case_id, started_at, breached_at IS NULL AS met,
           row_number() OVER (PARTITION BY case_id ORDER BY id) AS number
    FROM clocks_deadline WHERE case_id = ANY(%(cases)s) AND kind = 'answer'
), thing AS (
    SELECT id, 'opened' AS what, opened_at AS at, NULL::smallint AS bucket, NULL::boolean AS within, '' AS outcome,
           NULL::smallint AS score FROM about
    UNION ALL
    SELECT id, 'open', opened_at, NULL, NULL, '', NULL FROM about WHERE state <> 'closed'
    UNION ALL
    SELECT a.case_id, 'answered', a.attempted_at,
           {BUCKET % "a.attempted_at - CASE a.number WHEN 1 THEN o.opened_at ELSE k.started_at END"},
           k.met, a.outcome, NULL
    FROM cases_answer a JOIN about o ON o.id = a.case_id
         LEFT JOIN clock k ON k.case_id = a.case_id AND k.number = a.number
    WHERE a.case_id = ANY(%(cases)s) AND a.attempted_at IS NOT NULL
    UNION ALL
    SELECT case_id, 'reopened', started_at, NULL, NULL, '', NULL FROM clock WHERE number > 1
    UNION ALL
    SELECT a.case_id, 'graded', r.at, NULL, NULL, '', r.score
    FROM questionnaires_rating r JOIN cases_answer a ON a.id = r.answer_id
    WHERE a.case_id = ANY(%(cases)s)
          AND r.answer_id = ANY(ARRAY(SELECT id FROM cases_answer WHERE case_id = ANY(%(cases)s)))
)"""  # noqa: S608

COUNT = f"""
WITH {HAPPENINGS}, gone AS (
    -- what an erased demand counted for stays: only those that are still there are counted anew
    DELETE FROM insights_happening h
    WHERE h.generation = %(generation)s AND h.case_id = ANY(ARRAY(SELECT id FROM about)) RETURNING h.*
), come AS (
    INSERT INTO insights_happening (generation, agency_id, case_id, what, at, day, service_id, area_id, place_id,
                                    channel, shown, h3, bucket, within, outcome, score)
    SELECT %(generation)s, o.agency_id, o.id, t.what, t.at, (t.at AT TIME ZONE o.timezone)::date, o.service_id,
           o.area_id, o.place_id, o.channel, o.shown, o.h3, t.bucket, t.within, t.outcome, t.score
    FROM thing t JOIN about o USING (id) RETURNING *
), {{deltas}}
"""  # noqa: S608

DELTAS = f"""
change AS (
    SELECT agency_id, what, day, service_id, area_id, place_id, channel, bucket, within, outcome, score, sum(sign) AS n
    FROM ({{source}}) AS signed
    WHERE shown GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 HAVING sum(sign) <> 0
), spread AS (
    SELECT c.agency_id, g.view, g.grain,
           CASE g.grain WHEN 'm' THEN date_trunc('month', c.day)::date WHEN 'y' THEN date_trunc('year', c.day)::date
                        WHEN 'a' THEN '{ALL_TIME}'::date ELSE c.day END AS day,
           CASE WHEN g.s THEN c.service_id ELSE 0 END AS service_id, CASE WHEN g.a THEN c.area_id ELSE 0 END AS area_id,
           CASE WHEN g.p THEN c.place_id ELSE 0 END AS place_id, CASE WHEN g.c THEN c.channel ELSE '' END AS channel,
           c.what, c.bucket, c.within, c.outcome, c.score, c.n
    FROM change c JOIN (VALUES {_grains()}) AS g(view, grain, s, a, p, c) ON (c.what = 'open') = (g.grain = 'o')
), sums AS (
    SELECT agency_id, {", ".join(KEY)},
           coalesce(sum(n) FILTER (WHERE what = 'opened'), 0) AS opened,
           coalesce(sum(n) FILTER (WHERE what = 'answered'), 0) AS answered,
           coalesce(sum(n) FILTER (WHERE what = 'answered' AND within IS NOT NULL), 0) AS measured,
           coalesce(sum(n) FILTER (WHERE within), 0) AS within,
           coalesce(sum(n) FILTER (WHERE outcome = 'solved'), 0) AS solved,
           coalesce(sum(n) FILTER (WHERE what = 'reopened'), 0) AS reopened,
           coalesce(sum(n) FILTER (WHERE what = 'graded'), 0) AS graded,
           coalesce(sum(n * score), 0) AS grades_sum,
           coalesce(sum(n) FILTER (WHERE what = 'open'), 0) AS open,
           ARRAY[{", ".join(f"coalesce(sum(n) FILTER (WHERE score = {i}), 0)" for i in range(11))}]::int[] AS grades
    FROM spread GROUP BY agency_id, {", ".join(KEY)}
), kept AS (
    INSERT INTO insights_cell AS k (generation, agency_id, {", ".join(KEY)}, {", ".join(MEASURES)}, grades, stale)
    SELECT %(generation)s, agency_id, {", ".join(KEY)}, {", ".join(MEASURES)}, grades, true FROM sums
    ORDER BY agency_id, {", ".join(KEY)}
    ON CONFLICT (generation, agency_id, {", ".join(KEY)}) DO UPDATE SET
        {", ".join(f"{m} = k.{m} + excluded.{m}" for m in MEASURES)},
        grades = ARRAY[{", ".join(f"k.grades[{i}] + excluded.grades[{i}]" for i in range(1, 12))}], stale = true
    RETURNING id, agency_id, {", ".join(KEY)}
)
INSERT INTO insights_duration AS d (cell_id, bucket, count)
SELECT k.id, s.bucket, sum(s.n) FROM spread s JOIN kept k USING (agency_id, {", ".join(KEY)})
WHERE s.bucket IS NOT NULL GROUP BY k.id, s.bucket HAVING sum(s.n) <> 0 ORDER BY k.id, s.bucket
ON CONFLICT (cell_id, bucket) DO UPDATE SET count = d.count + excluded.count
"""  # noqa: S608
BOTH = "SELECT gone.*, -1 AS sign FROM gone UNION ALL SELECT come.*, 1 FROM come"

SETTLE = """
WITH chosen AS (
    SELECT id FROM insights_cell WHERE stale AND generation = %(generation)s ORDER BY id LIMIT %(limit)s FOR UPDATE
), none AS (
    DELETE FROM insights_duration WHERE cell_id = ANY(ARRAY(SELECT id FROM chosen)) AND count = 0
), ranked AS (
    SELECT d.cell_id, d.bucket, sum(d.count) OVER (PARTITION BY d.cell_id ORDER BY d.bucket) AS upto,
           sum(d.count) OVER (PARTITION BY d.cell_id) AS total
    FROM insights_duration d WHERE d.cell_id = ANY(ARRAY(SELECT id FROM chosen)) AND d.count > 0
), found AS (
    SELECT cell_id, min(bucket) FILTER (WHERE upto >= total * 0.5) AS median,
           min(bucket) FILTER (WHERE upto >= total * 0.9) AS p90
    FROM ranked GROUP BY cell_id
), emptied AS (
    DELETE FROM insights_cell k
    WHERE k.id = ANY(ARRAY(SELECT id FROM chosen))
          AND k.opened = 0 AND k.answered = 0 AND k.reopened = 0 AND k.graded = 0 AND k.open = 0
    RETURNING k.id
)
UPDATE insights_cell k SET stale = false, median = f.median, p90 = f.p90
FROM chosen c LEFT JOIN found f ON f.cell_id = c.id
WHERE k.id = c.id AND k.id = ANY(ARRAY(SELECT id FROM chosen)) AND c.id NOT IN (SELECT id FROM emptied)
"""


PLAIN = "SET LOCAL jit TO off; SET LOCAL enable_nestloop TO off"
"""Compiling takes longer than running; and after a bulk load, before its tables are analysed, the planner takes
thousands of rows for one and joins them in loops. Every table here is entered by an array of keys and needs none."""


def count(cases: Sequence[int], generation: int) -> None:
    """Count these demands anew. Inside the caller's transaction; whoever calls holds the follower's row."""
    if not cases:
        return
    sql = COUNT.format(deltas=DELTAS.format(source=BOTH))
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
        cursor.execute(sql, {"cases": list(cases), "generation": generation})


def carry_over(first: int, last: int, *, old: int, new: int) -> None:
    """Of the demands with these ids that were erased since: what they counted for, into a new generation."""
    sql = f"""
    WITH come AS (
        INSERT INTO insights_happening (generation, agency_id, case_id, what, at, day, service_id, area_id, place_id,
                                        channel, shown, h3, bucket, within, outcome, score)
        SELECT %(generation)s, agency_id, case_id, what, at, day, service_id, area_id, place_id, channel, shown, h3,
               bucket, within, outcome, score
        FROM insights_happening h
        WHERE generation = %(old)s AND case_id BETWEEN %(first)s AND %(last)s
              AND NOT EXISTS (SELECT FROM cases_case c WHERE c.id = h.case_id)
              AND NOT EXISTS (
                  SELECT FROM insights_happening n WHERE n.generation = %(generation)s AND n.case_id = h.case_id)
        RETURNING *
    ), {DELTAS.format(source="SELECT come.*, 1 AS sign FROM come")}"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {"generation": new, "old": old, "first": first, "last": last})


def settle(generation: int, limit: int = 2000) -> int:
    """Read the percentiles of cells that changed, and let go of cells that count nothing; how many were looked at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM insights_cell WHERE stale AND generation = %s LIMIT %s) AS waiting",
            [generation, limit],
        )
        waiting = int(cursor.fetchone()[0])
        if waiting:
            cursor.execute(PLAIN)
            cursor.execute(SETTLE, {"generation": generation, "limit": limit})
    return waiting
