"""The figures of a replayed city, counted again from its file by a few lines of SQL in another engine."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import shapely

from balcao.config.replay.making import City, make_city, survey
from balcao.config.replay.running import run
from balcao.insights.durations import ERROR, days
from balcao.insights.following import follow
from balcao.insights.models import Cell

duckdb = pytest.importorskip("duckdb")
SAMPLE = Path(__file__).parents[2] / "config" / "replay" / "tests" / "fixtures" / "sp156-sample.csv"
WHOLE = Path(os.environ.get("BALCAO_REPLAY_WHOLE", ""))
DEMANDS = """
CREATE TABLE demand AS
SELECT DISTINCT *, "Data de abertura"::timestamptz AT TIME ZONE 'America/Sao_Paulo' AS opened,
       CASE WHEN "Status da solicitação" <> 'AGUARDANDO ATENDIMENTO'
            THEN "Data do parecer"::timestamptz AT TIME ZONE 'America/Sao_Paulo' END AS ended,
       lower("Serviço") NOT LIKE '%den_ncia%' AND lower("Serviço") NOT LIKE '%denunciar%' AS shown
FROM read_csv('{file}', all_varchar=true, header=true)
WHERE ("Status da solicitação" = 'AGUARDANDO ATENDIMENTO' OR "Data do parecer" >= "Data de abertura")
  AND (geom_lon, geom_lat) NOT IN (SELECT lon, lat FROM outside)
"""
PERCENTILES = """
SELECT quantile_disc(days, 0.5), quantile_disc(days, 0.9), count(*)
FROM (SELECT epoch(ended - opened) / 86400 AS days FROM demand WHERE shown AND ended IS NOT NULL {})
"""


@pytest.mark.django_db
def test_a_replayed_citys_figures_are_those_of_its_file(events_are_settled):
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)
    run(city, SAMPLE, limit=None)
    follow()
    recount(city, demands_of(SAMPLE, None))


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE.is_file(), reason="BALCAO_REPLAY_WHOLE names no file of a whole city's demands")
@pytest.mark.django_db(transaction=True)
def test_the_figures_of_a_whole_city_are_those_of_its_file():
    """Some minutes. Districts are those beside the file: what lies outside is no demand of the city."""
    districts = WHOLE.with_name("sao-paulo-districts.geojson")
    city = make_city(survey(WHOLE), slug="sp156", districts=districts)
    run(city, WHOLE, limit=None)
    follow()
    recount(city, demands_of(WHOLE, districts))


def demands_of(file: Path, districts: Path | None) -> duckdb.DuckDBPyConnection:
    """The file's demands by other code than the product's."""
    found = duckdb.connect()
    found.execute("CREATE TABLE outside (lon varchar, lat varchar)")
    if districts is not None:
        shapes = [shapely.geometry.shape(f["geometry"]) for f in json.loads(districts.read_text())["features"]]
        city = shapely.union_all(shapely.make_valid(shapes))
        shapely.prepare(city)
        points = found.execute(
            f"SELECT DISTINCT geom_lon, geom_lat FROM read_csv('{file}', all_varchar=true)"
        ).fetchall()
        outside = [point for point in points if not shapely.intersects_xy(city, *map(float, point))]
        found.executemany("INSERT INTO outside VALUES (?, ?)", outside)
    found.execute(DEMANDS.replace("{file}", str(file)))
    return found


def recount(city: City, file: duckdb.DuckDBPyConnection) -> None:
    """Months, services, areas, what waits, and the percentiles of each year: all as the file says."""

    def column(view: str, grain: str, measure: str) -> Counter:
        found = Cell.objects.filter(view=view, grain=grain, agency_id=city.agency.pk)
        key = {"service": "service_id", "area": "area_id"}.get(view, "day")
        return Counter({getattr(cell, key): getattr(cell, measure) for cell in found if getattr(cell, measure)})

    def counted(sql: str) -> Counter:
        return Counter(dict(file.execute(sql).fetchall()))

    by_month = "SELECT date_trunc('month', {0})::date, count(*) FROM demand WHERE shown AND {0} IS NOT NULL GROUP BY 1"
    for measure, moment in (("opened", "opened"), ("answered", "ended")):
        theirs = counted(by_month.format(moment))
        assert column("city", "m", measure) == theirs and len(theirs) > 3
        names = {service.pk: name for name, service in city.services.items()}
        ours = Counter({names[k]: n for k, n in column("service", "a", measure).items()})
        by_service = f'SELECT "Serviço", count(*) FROM demand WHERE shown AND {moment} IS NOT NULL GROUP BY 1'
        assert ours == counted(by_service)
    names = {area.pk: body for body, area in city.areas.items()}
    bodies = Counter({names[k]: n for k, n in column("area", "a", "opened").items() if k in names})
    theirs = counted('SELECT "Órgão", count(*) FROM demand WHERE shown GROUP BY 1')
    assert bodies == theirs
    waiting = file.execute("SELECT count(*) FROM demand WHERE shown AND ended IS NULL").fetchone()[0]
    assert sum(column("city", "o", "open").values()) == waiting
    assert column("city", "a", "solved") == Counter(), "a finding is no proof of a repair"
    agency = city.agency.pk
    _percentiles(file, Cell.objects.get(view="city", grain="a", agency_id=agency), "")
    for cell in Cell.objects.filter(view="city", grain="y", answered__gt=0, agency_id=agency):
        _percentiles(file, cell, f"AND year(ended) = {cell.day.year}")
    assert Cell.objects.filter(view="city", grain="y", day__gte=date(2015, 1, 1), agency_id=agency).exists()


def _percentiles(file, cell: Cell, where: str) -> None:
    median, p90, answered = file.execute(PERCENTILES.format(where)).fetchone()
    assert cell.answered == answered
    for ours, theirs in ((cell.median, median), (cell.p90, p90)):
        assert abs(days(ours) - theirs) <= ERROR * max(theirs, 1 / 1440) * 1.0001, where
