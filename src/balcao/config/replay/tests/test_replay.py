"""Real demands, lived through the normal actions: what comes out equals what an independent count of the file says."""

import csv
import gzip
import json
import os
from collections import Counter
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner
from procrastinate.contrib.django.models import ProcrastinateJob

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.config.replay import replay, running
from balcao.config.replay.columns import COLUMNS, Unfit, understand
from balcao.config.replay.making import make_city, survey
from balcao.config.replay.reporting import keep_refused
from balcao.config.replay.running import run
from balcao.inbox.models import Delivery
from balcao.platform.models import Event, Fault
from balcao.platform.trouble import Trouble
from balcao.workorders.models import WorkOrder

SAMPLE = Path(__file__).parent / "fixtures" / "sp156-sample.csv"
SHARED = Path(os.environ.get("BALCAO_REPLAY_DATA") or Path(__file__).parents[5] / ".." / "shared" / "data")
WHOLE = SHARED / "sp156-2015-2018.csv.gz"
pytestmark = pytest.mark.django_db


def counted(path: Path, limit: int | None = None) -> Counter[str]:
    """Statuses of the first demands of a file, by other code than the product's."""
    opener = gzip.open if path.suffix == ".gz" else open
    seen, statuses = set(), Counter()
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ended = row["Data do parecer"] if row["Status da solicitação"] != "AGUARDANDO ATENDIMENTO" else ""
            whole = tuple(row.values())
            if (ended and ended < row["Data de abertura"]) or whole in seen:
                continue
            seen.add(whole)
            statuses[row["Status da solicitação"]] += 1
            if limit and statuses.total() >= limit:
                break
    return statuses


def check_the_promise(agency) -> None:
    """Each case has its number; it is open with a next actor and a date, or closed with an answer on its page."""
    cases = Case.objects.filter(agency=agency).select_related("deadline")
    for case in cases:
        assert case.protocol.startswith(str(case.opened_at.year)) or case.opened_at.month == 1
        if case.state == State.CLOSED:
            answer = case.answers_given.get()
            assert answer.attempted_at == case.closed_at and not case.next_actor and answer.body
        else:
            assert case.next_actor and case.deadline.due_at and case.deadline.state == "running"
            assert case.orders.get(ended_at=None).area_id == case.area_id
    assert cases.values("protocol").distinct().count() == cases.count()
    assert not Delivery.objects.exists() and not ProcrastinateJob.objects.exists(), "nobody is written to"
    opened = dict(Event.objects.filter(kind="CaseOpened").values_list("case_id", "at"))
    assert all(opened[case.pk] == case.opened_at for case in cases), "history stands at the real moments"


def test_a_sample_is_replayed_as_it_was(tmp_path):
    statuses = counted(SAMPLE)
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)
    tally = run(city, SAMPLE, limit=None)
    assert tally.statuses == statuses
    assert tally.refused == {"answered before it was opened": 3, "repeats an earlier row exactly": 1}
    outcomes = Counter(Case.objects.values_list("outcome", flat=True))
    assert outcomes == {
        "informed": statuses["FINALIZADA"],
        "refused": statuses["INDEFERIDO"] + statuses["CANCELADA"],
        "": statuses["AGUARDANDO ATENDIMENTO"],
    }
    check_the_promise(city.agency)
    file_bodies = Counter(d.body for d in _understood(SAMPLE))
    orders = WorkOrder.objects.exclude(area=None).order_by("case_id", "-number").distinct("case_id")
    assert Counter(order.area.name for order in orders.select_related("area")) == file_bodies, (
        "the body of the file acts"
    )

    fault = keep_refused(city.agency, SAMPLE, tally)
    assert "4 of 180 rows are no demands" in fault.reason
    again = run(make_city(survey(SAMPLE), slug="sp156", districts=None), SAMPLE, limit=None)
    assert (again.opened, again.known) == (0, tally.opened), "a second run opens nothing"
    keep_refused(city.agency, SAMPLE, again)
    assert Fault.objects.filter(kind="replay").count() == 1


def _understood(path):
    from balcao.config.replay.columns import rows

    seen = set()
    for line, row in rows(path):
        try:
            demand = understand(line, row)
        except Unfit:
            continue
        if demand.key not in seen:
            seen.add(demand.key)
            yield demand


@pytest.mark.parametrize("bulk", [True, False])
def test_a_run_goes_on_where_a_killed_one_stopped(bulk, monkeypatch):
    monkeypatch.setattr(running, "BULK", 20)
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)

    def killed(tally):
        if tally.opened >= 20:
            raise SystemExit

    with pytest.raises(SystemExit):
        run(city, SAMPLE, limit=None, tick=killed, bulk=bulk)
    assert Case.objects.count() == 20
    tally = run(city, SAMPLE, limit=15, bulk=bulk)
    assert (tally.known, tally.opened, Case.objects.count()) == (20, 15, 35), "--limit counts what is new"
    run(city, SAMPLE, limit=None)
    assert Case.objects.count() == counted(SAMPLE).total()


def test_the_command_writes_its_report_and_keeps_points_inside_the_districts(tmp_path):
    west = {
        "type": "Polygon",
        "coordinates": [[[-46.9, -24.1], [-46.63, -24.1], [-46.63, -23.3], [-46.9, -23.3], [-46.9, -24.1]]],
    }
    feature = {"type": "Feature", "properties": {"name": "OESTE", "subprefeitura": "TODA"}, "geometry": west}
    districts, report = tmp_path / "d.geojson", tmp_path / "report.json"
    districts.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    arguments = [
        str(SAMPLE),
        "--limit",
        "30",
        "--agency",
        "metade",
        "--districts",
        str(districts),
        "--report",
        str(report),
    ]
    done = CliRunner().invoke(replay, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    said = json.loads(report.read_text())
    assert (
        said["opened"] == 30 == Case.objects.filter(agency__slug="metade", place__slug="oeste", lon__lt=-46.63).count()
    )
    assert said["refused"]["the point lies outside every district"]["count"] > 5


def test_what_is_no_file_of_demands_is_told_in_one_sentence(tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    with pytest.raises(Trouble, match="no column “Data de abertura”"):
        survey(wrong)
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(b"not gzip")
    with pytest.raises(Trouble, match="cannot be read"):
        survey(broken)


def _row(**changes):
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "opened": "2018-05-02T10:00:00Z",
        "found": "2018-05-09T10:00:00Z",
        "status": "FINALIZADA",
        "service": "Reclamação de X",
    }
    return row | {"subject": "Lixo", "body": "AMLURB", "lat": "-23.5", "lon": "-46.6"} | changes


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opened": "02/05/2018"}, "no readable opening date"),
        ({"opened": "2018-05-02T10:00:00"}, "without a time zone"),
        ({"found": "2018-05-01T10:00:00Z"}, "answered before it was opened"),
        ({"found": ""}, "ended without a date"),
        ({"service": ""}, "no service"),
        ({"body": ""}, "no body"),
        ({"status": "PERDIDA"}, "unknown status"),
        ({"lat": "", "lon": ""}, "no readable point"),
        ({"lat": "-123.5"}, "no readable point"),
    ],
)
def test_each_unfit_row_has_its_reason(changes, reason):
    with pytest.raises(Unfit, match=reason):
        understand(2, _row(**changes))


def test_a_row_is_read_as_people_mean_it():
    demand = understand(2, _row(street="RUA EMILIA MARENGO", number="801.0", postcode="3336000.0", sector="54.0"))
    assert demand.address == "Rua Emilia Marengo, 801, 03336-000"
    assert (demand.kind, demand.sector, demand.channel) == ("reclamacao", "54", "unstated")
    assert demand.opened_at == datetime.fromisoformat("2018-05-02T10:00:00+00:00")
    waiting = understand(2, _row(status="AGUARDANDO ATENDIMENTO"))
    assert waiting.found_at is None and waiting.ending == "", "a finding does not end what still waits"


@pytest.mark.skipif(not WHOLE.exists(), reason="the whole file is not here (BALCAO_REPLAY_DATA names its folder)")
def test_three_hundred_real_demands_in_the_citys_own_districts():
    districts = WHOLE.with_name("sao-paulo-districts.geojson")
    city = make_city(survey(WHOLE), slug="sp156", districts=districts)
    tally = run(city, WHOLE, limit=300)
    assert tally.opened == 300 and len(city.places) == 96 and len(city.services) == 90
    # None of the first rows lies outside the city, so the plain count must agree.
    assert tally.statuses == counted(WHOLE, limit=300) and not tally.refused
    assert not Case.objects.filter(place=None).exists()
    check_the_promise(city.agency)


def test_the_sample_is_small_and_says_where_it_is_from():
    with SAMPLE.open(encoding="utf-8") as file:
        assert len(list(islice(file, 2000))) <= 201
    assert "geo-sp156" in SAMPLE.with_name("README.md").read_text()
