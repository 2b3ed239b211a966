"""After the storm: every demand that was acknowledged is there, once; the published figures hold all that was, and are
those of a rebuild."""

from __future__ import annotations

import csv
import io
import urllib.request
from collections.abc import Callable
from typing import Any

from .city import City
from .people import Ledger

BEHIND = """
SELECT (SELECT count(*) FROM platform_event e WHERE (e.tx, e.id) > (f.tx::text::xid8, f.event_id))
     + (SELECT count(*) FROM insights_cell WHERE stale) FROM insights_follower f
"""
CELLS = """
SELECT (to_jsonb(k) - '{id,generation,stale}'::text[] || jsonb_build_object('durations', (
    SELECT jsonb_object_agg(d.bucket, d.count) FROM insights_duration d WHERE d.cell_id = k.id)))::text
FROM insights_cell k JOIN insights_follower f USING (generation) ORDER BY 1
"""
# From the demands and their answers alone, without one line of the figures' own.
COUNTED = """
SELECT {by}, count(DISTINCT c.id), count(a.id), count(a.id) FILTER (WHERE d.breached_at IS NULL),
       count(a.id) FILTER (WHERE a.outcome = 'solved'), count(DISTINCT c.id) FILTER (WHERE c.state <> 'closed')
FROM cases_case c JOIN clocks_deadline d ON d.id = c.deadline_id
     LEFT JOIN cases_answer a ON a.case_id = c.id AND a.attempted_at IS NOT NULL GROUP BY 1 ORDER BY 1
"""
TOLD = """
SELECT k.{by}, sum(k.opened), sum(k.answered), sum(k.within), sum(k.solved), sum(k.open)
FROM insights_cell k JOIN insights_follower f USING (generation)
WHERE k.view = '{view}' AND k.grain IN ('a', 'o') GROUP BY 1 ORDER BY 1
"""
GROUPS = (("service", "service_id"), ("area", "area_id"), ("channel", "channel"))


def every_opening_is_kept(city: City, ledger: Ledger) -> None:
    """Every acknowledged demand is there, once, under the number that was told, with its order and its clocks."""
    cases = {
        external.replace("-", ""): row
        for external, *row in city.ask(
            "SELECT c.external_id, c.protocol, d.state, (SELECT count(*) FROM workorders_workorder o"
            " JOIN clocks_deadline w ON w.id = o.deadline_id WHERE o.case_id = c.id), c.state, c.next_actor,"
            " d.due_at IS NOT NULL, (SELECT count(*) FROM platform_event e WHERE e.case_id = c.id"
            " AND e.kind = 'CaseOpened') FROM cases_case c JOIN clocks_deadline d ON d.id = c.deadline_id"
        )
    }
    told = {key.replace("-", ""): protocol for key, protocol in ledger.opened.items()}
    assert cases.keys() == told.keys()
    for key, (protocol, clock, orders, state, next_actor, due, opened) in cases.items():
        assert protocol == told[key]
        assert orders == 1 and due and opened == 1
        assert (clock, next_actor) == ("stopped", "") if state == "closed" else clock in ("running", "paused")


def behind(city: City) -> int:
    """How many events the worker's own tick has still to count, and cells to settle."""
    return int(city.ask(BEHIND)[0][0])


def nothing_is_missing(city: City, ledger: Ledger, rebuild: Callable[[], Any]) -> int:
    """Compare what the follower kept with a count from the tables, with what was acknowledged, and with a rebuild; how
    many cells there are. Nobody may work meanwhile."""
    kept = city.ask(CELLS)
    for view, by in GROUPS:
        assert city.ask(TOLD.format(view=view, by=by)) == city.ask(COUNTED.format(by=f"c.{by}")), view
    counted: dict[str, set[Any]] = {"opened": set(), "answered": set()}
    for what, case, protocol in city.ask(
        "SELECT h.what, c.id, c.protocol FROM insights_happening h JOIN insights_follower f USING (generation)"
        " JOIN cases_case c ON c.id = h.case_id WHERE h.shown"
    ):
        counted.setdefault(what, set()).add(case if what == "answered" else protocol)
    assert set(ledger.opened.values()) <= counted["opened"]
    assert ledger.answered <= counted["answered"]
    _what_everyone_downloads(city)
    rebuild()
    assert city.ask(CELLS) == kept, "a rebuild gives the same figures"
    return len(kept)


def _what_everyone_downloads(city: City) -> None:
    sql = (
        "SELECT extract(year FROM c.opened_at AT TIME ZONE g.timezone)::int, count(*) FROM cases_case c"
        " JOIN organization_agency g ON g.id = c.agency_id GROUP BY 1"
    )
    for year, opened in city.ask(sql):
        address = f"http://localhost:{city.ports[0]}/transparencia/dados/city-month.csv?ano={year}"
        with urllib.request.urlopen(address, timeout=60) as page:
            rows = list(csv.DictReader(io.StringIO(page.read().decode())))
        (total,) = [row for row in rows if row["key"] == "total"]
        assert total["opened"] == str(opened)
