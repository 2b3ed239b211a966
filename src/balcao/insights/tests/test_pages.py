"""What everyone sees, and what they download: the same figures."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from balcao.catalog.models import Service
from balcao.insights import tables
from balcao.insights.following import follow
from balcao.insights.models import Cell
from balcao.insights.tests.lives import City
from balcao.organization.models import Place

pytestmark = pytest.mark.django_db
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]}


@pytest.fixture
def city(events_are_settled) -> City:
    """Seven demands in Centro, three of them answered and one graded; two in Norte; one of a private service."""
    city = City()
    city.world.district.boundary = SQUARE
    city.world.district.save()
    north = Place.objects.create(agency=city.world.agency, kind="district", slug="norte", name="Norte <b>")
    for number in range(7):
        city.step("open", number, 1)
    for _ in range(2):
        city.world.open(location=_place(north), now=city.now)
    city.world.open(service=city.world.unrouted, now=city.now)
    city.step("wait", 0, 1)
    for number in range(3):
        city.step("report", number, 0)
        city.step("accept", number, 0)
        case = _case(number)
        from balcao.cases.actions import delivery_attempted, send_answer

        answer = send_answer(actor=city.boss, case=case, now=city.now)
        delivery_attempted(actor=city.boss, answer=answer, now=city.now)
    city.step("rate", 0, 9)
    follow()
    return city


def _place(place):
    from balcao.cases.actions import Location

    return Location(place=place)


def _case(number):
    from balcao.cases.models import Case

    return Case.objects.order_by("pk")[number]


ADDRESSES = (
    "", "servicos/", "areas/", "distritos/", "canais/", "dados/", "agora/", "servicos/poda/", "distritos/centro/",
    "areas/arborizacao/",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["pt-br", "pt-pt", "en"])
def test_every_page_is_there_in_every_language(city, client, address, language):
    client.cookies["django_language"] = language
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(f"/transparencia/{address}")
    assert page.status_code == 200
    assert "<b>" not in page.content.decode()
    assert len(queries) <= 24, "\n".join(q["sql"][:120] for q in queries)
    assert not [
        q for q in queries if re.search(r'FROM "(cases|workorders|platform_event|insights_happening)', q["sql"])
    ]


def test_a_page_and_its_download_show_the_same(city, client):
    page = client.get("/transparencia/distritos/?ano=2026").content.decode()
    rows = _csv(client, "/transparencia/dados/city-place.csv?ano=2026")
    assert [(r["key"], r["opened"]) for r in rows] == [("centro", "*"), ("norte", "*"), ("total", "9")]
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    first = re.findall(r'</th><td class="numeric">(.*?)</td>', body)
    assert [re.sub("<.*?>", "", cell) for cell in first] == ["*não mostrado", "*não mostrado", "9"]
    assert body.count("<tr") == 3


def test_small_groups_and_single_grades_are_nowhere(city, client):
    """Two in Norte hide Centro's seven, since the nine of the whole city are shown; the one grade is hidden."""
    for table in tables.TABLES:
        of = {"service": "poda", "area": "arborizacao", "place": "centro"}.get(table.split("-")[0], "")
        for row in _csv(client, f"/transparencia/dados/{table}.csv?ano=2026&de={of}"):
            for column in ("open",) if "open" in row else (*tables.COUNTS, "graded"):
                assert row[column] not in {"1", "2", "3", "4"}, (table, row)
            assert row.get("grade", "*") in {"", "*"}, (table, row)


def test_a_private_service_and_what_was_never_published_are_not_there(city, client):
    assert client.get("/transparencia/servicos/outros/").status_code == 404
    assert "outros" not in {r["key"] for r in _csv(client, "/transparencia/dados/city-service.csv")}
    for address in ("dados/city-person.csv", "dados/service-month.csv?de=outros", "pessoas/", "canais/portal/"):
        assert client.get(f"/transparencia/{address}").status_code == 404


def test_what_nobody_measured_is_said_and_is_not_zero(city, client):
    Cell.objects.update(answered=0, measured=0, within=0, solved=0, graded=0, grades_sum=0, median=None, p90=None)
    client.cookies["django_language"] = "en"
    assert "not measured" in client.get("/transparencia/").content.decode()
    assert _csv(client, "/transparencia/dados/city-month.csv")[-1]["within"] == ""


def test_a_map_shows_the_districts_and_the_counters_are_of_the_whole_city(city, client):
    Cell.objects.filter(view="place").update(opened=20)
    assert 'class="city-map"' in client.get("/transparencia/distritos/").content.decode()
    assert "dd" in client.get("/transparencia/agora/").content.decode()
    assert client.get("/transparencia/agora/?de=centro").content == client.get("/transparencia/agora/").content


def test_a_page_costs_as_many_queries_whatever_there_is_to_count(city, client):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/transparencia/")
        return len(queries)

    cost()
    before = cost()
    for number in range(20):
        city.step("open", number, 1)
    follow()
    assert cost() == before
    assert Service.objects.count() == 2


def test_a_download_that_has_not_changed_is_not_sent_again(city, client):
    address = "/transparencia/dados/city-month.csv"
    tag = client.get(address)["ETag"]
    again = client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    city.step("open", 1, 1)
    follow()
    changed = client.get(address, headers={"If-None-Match": tag})
    assert changed.status_code == 200 and changed["ETag"] != tag


def test_the_dictionary_names_every_column(city, client):
    named = {row["column"] for row in _csv(client, "/transparencia/dados/dicionario.csv")}
    heads = [client.get(f"/transparencia/dados/city-{by}.csv").content.decode() for by in ("month", "age")]
    assert named == {column for head in heads for column in next(csv.reader(io.StringIO(head)))}


def test_every_table_has_a_page_with_its_chart_and_its_download(city, client):
    """Of what can be drawn: a table whose figures are all kept back has no bars."""
    Cell.objects.update(opened=40, answered=30, measured=30, within=20, solved=20, graded=12, grades_sum=90)
    Cell.objects.filter(view__contains="-").update(opened=80, answered=60, measured=60, within=30, solved=30)
    pages = ["", "servicos/", "areas/", "distritos/", "canais/", "servicos/poda/", "areas/arborizacao/"]
    shown = "".join(client.get(f"/transparencia/{page}").content.decode() for page in [*pages, "distritos/centro/"])
    for code in tables.TABLES:
        start = shown.index(f'aria-labelledby="t-{code}"')
        part = shown[start : shown.index("</section>", start)]
        assert f"/dados/{code}.csv" in part and "<tbody>" in part, code
        charts = re.findall(r'<svg class="chart".*?</svg>', part)
        assert charts or code.endswith("-age"), code
        for chart in charts:
            name, about = re.search(r'role="img" aria-labelledby="(\S+) (\S+)"', chart).groups()
            assert f'<title id="{name}">' in chart and f'<desc id="{about}">' in chart
            assert shown.count(f'id="{name}"') == 1 and "style=" not in chart
    assert "city-age-open" in shown and 'class="map-figure"' in shown


def _csv(client, address) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return list(csv.DictReader(io.StringIO(answer.content.decode())))
