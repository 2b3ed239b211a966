"""A city brings its past: a file as cities really export them becomes cases, and no row of it is lost."""

import csv
import gzip
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from balcao.cases.models import Case, Remark
from balcao.catalog.models import Service
from balcao.citizens.models import Person
from balcao.clocks.sweep import sweep
from balcao.config.bringing import cases
from balcao.config.bringing.mapping import read_mapping
from balcao.config.bringing.running import bring
from balcao.config.replay import batches
from balcao.config.replay.counting import Tally
from balcao.inbox.models import Delivery
from balcao.organization.models import Area
from balcao.platform.models import Event, Fault
from balcao.platform.trouble import Trouble
from tests.world import make_world

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).parents[5] / "docs" / "guides" / "mappings"
SAMPLE = Path(__file__).parents[2] / "replay" / "tests" / "fixtures" / "sp156-sample.csv"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

OLD = Path(__file__).parent / "fixtures" / "ouvidoria.yaml"
MAPPING, ROWS = OLD.read_text(encoding="utf-8"), OLD.with_suffix(".csv").read_text(encoding="iso-8859-1")
REFUSED = {
    "no readable opening date": 1,
    "answered before it was opened": 1,
    "repeats the number of an earlier row": 1,
    "an unknown status": 1,
    "the row has too few or too many cells": 1,
}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def city(tmp_path):
    """(mapping, file) of a city whose old system writes ISO-8859-1 with semicolons."""
    mapping, file = tmp_path / "old.yaml", tmp_path / "old.csv"
    mapping.write_text(MAPPING, encoding="utf-8")
    file.write_text(ROWS, encoding="iso-8859-1")
    return mapping, file


def run(world, mapping, file, **options):
    return bring(world.agency, read_mapping(mapping), file, now=NOW, **options)


def test_a_citys_past_becomes_cases_with_their_real_moments_and_answers(world, city, tmp_path):
    tally = run(world, *city, refused=tmp_path / "refused.csv")
    assert tally.refused == REFUSED
    assert (tally.opened, tally.known, tally.rows) == (5, 0, 10)
    assert tally.new == {"groups": ["Do sistema antigo"], "services": ["Buraco na rua"], "areas": ["Obras"]}

    done = Case.objects.get(external_id="ouvidoria:2019/1")
    assert (done.state, done.outcome, done.channel, done.area) == ("closed", "solved", "phone", world.trees)
    assert done.opened_at.isoformat() == "2019-03-15T17:30:00+00:00", "half past two in São Paulo"
    assert done.closed_at.isoformat() == "2019-03-20T03:00:00+00:00"
    assert done.protocol.startswith("2019") and done.place == world.district
    assert done.answers_given.get().body == "Poda feita; obrigado pelo aviso.", "what the city wrote, and no more"
    assert (done.reporter.name, done.reporter.document) == ("Maria das Dores", "52998224725")
    assert {point.kind for point in done.reporter.contacts.all()} == {"email", "phone"}

    refused = Case.objects.get(external_id="ouvidoria:2019/5")
    assert refused.outcome == "refused" and refused.channel == "unstated" and refused.reporter is None
    assert refused.answers_given.get().body == "A árvore está em terreno particular."
    same_day = Case.objects.get(external_id="ouvidoria:2019/7")
    assert same_day.closed_at == same_day.opened_at, "a day without an hour is not before the opening"
    assert "Concluída" in same_day.answers_given.get().body, "no words came along: ours say what the file says"
    moved = Remark.objects.get(case=same_day)
    assert same_day.area == world.roads and "Vias" in moved.text
    sealed = Case.objects.get(external_id="ouvidoria:2019/9")
    assert sealed.sealed and sealed.answers_given.get().body == "Apurado e corrigido."

    assert tally.notes == {
        "a document that is not valid": 1, "an e-mail address that is not valid": 1,
        "a phone number that is not valid": 1,
        "a channel that the mapping does not know": 1,
    }  # fmt: skip
    assert tally.words == {"status": {"Perdida": 1}, "channel": {"Fax": 1}, "district": {"Vila Nova": 1}}
    with (tmp_path / "refused.csv").open(encoding="iso-8859-1", newline="") as paper:
        kept = list(csv.reader(paper, delimiter=";"))
    assert kept[0] == ["line", "reason", *ROWS.splitlines()[0].split(";")]
    assert kept[1][:4] == ["4", "no readable opening date", "2019/3", "31/02/2019 10:00"]
    assert len(kept) == 1 + tally.refused.total()


def test_refused_rows_are_mended_where_they_stand_and_imported_again(world, city, tmp_path):
    paper = tmp_path / "refused.csv"
    run(world, *city, refused=paper)
    text = paper.read_text(encoding="iso-8859-1")
    paper.write_text(text.replace("31/02/2019", "28/02/2019").replace("Perdida", "Concluída"), encoding="iso-8859-1")
    with pytest.raises(Trouble, match="would be written over"):
        run(world, city[0], paper, refused=paper)
    again = run(world, city[0], paper, refused=tmp_path / "rest.csv")
    assert (again.opened, again.known, again.rows) == (1, 1, 5), "the mended one; the repeated one was here already"
    assert Case.objects.filter(external_id="ouvidoria:2019/3").exists()
    rest = (tmp_path / "rest.csv").read_text(encoding="iso-8859-1").splitlines()
    assert rest[0].startswith("line;reason;Protocolo;Aberta em") and len(rest) == 4


def test_what_is_open_waits_for_whoever_must_act_and_nobody_is_written_to(world, city):
    run(world, *city)
    case = Case.objects.get(external_id="ouvidoria:2019/2")
    assert (case.state, case.next_actor, case.area.name) == ("working", "area", "Obras")
    assert case.contact.value == "joao@example.org", "the answer will reach him"
    assert case.orders.get(ended_at=None).area == case.area
    assert not Case.objects.exclude(contact=None).exclude(pk=case.pk).exists()
    assert not Delivery.objects.exists() and not ProcrastinateJob.objects.exists()

    rung = Event.objects.filter(case_id=case.pk, kind="DeadlineBreached")
    dates = {deadline.due_at for deadline in (case.deadline, case.orders.get().deadline)}
    assert {event.at - timedelta(seconds=1) for event in rung} == dates, "they passed then, not today"
    assert sweep(NOW) == [], "no alarm of years ago rings today"
    told = Event.objects.filter(kind__in=["DeadlineWarned", "DeadlineEscalated"])
    assert not told.exists(), "no history says that somebody was told who was not"

    answered = Case.objects.exclude(pk=case.pk)
    assert all(c.state == "closed" and not c.next_actor and c.closed_at for c in answered)
    assert all(c.answers_given.get().attempted_at == c.closed_at for c in answered)


def test_a_second_run_opens_nothing_and_goes_on_where_the_first_one_stopped(world, city):
    first = run(world, *city, limit=2)
    assert (first.opened, Case.objects.count()) == (2, 2)
    second = run(world, *city)
    assert (second.opened, second.known) == (3, 2)
    city[0].write_text(MAPPING.replace("Telefone: phone", "Telefone: portal"), encoding="utf-8")
    third = run(world, *city)
    assert (third.opened, third.known, Case.objects.count()) == (0, 5, 5), "found by its number on any channel"
    assert third.refused == REFUSED and third.new == {}


def test_a_killed_run_is_resumed(world, city, monkeypatch):
    monkeypatch.setattr("balcao.config.bringing.running.BULK", 2)

    def killed(part, tally):
        if part == "demands":
            raise SystemExit

    with pytest.raises(SystemExit):
        run(world, *city, tick=killed)
    assert Case.objects.count() == 2
    assert (tally := run(world, *city)).opened + tally.known + tally.refused.total() == tally.rows
    assert Case.objects.count() == 5


def test_a_dry_run_tells_what_the_real_one_does_and_writes_nothing(world, city, tmp_path):
    before = (Service.objects.count(), Area.objects.count(), Event.objects.count(), Person.objects.count())
    dry = run(world, *city, dry=True, refused=tmp_path / "dry.csv")
    assert before == (Service.objects.count(), Area.objects.count(), Event.objects.count(), Person.objects.count())
    assert not Case.objects.exists()
    real = run(world, *city, refused=tmp_path / "real.csv")
    differing = ("seconds", "per_second", "cpu_milliseconds_each", "dry_run", "transferred_to_the_body_of_the_file")
    told, did = ({k: v for k, v in t.as_json().items() if k not in differing} for t in (dry, real))
    assert told == did
    assert (tmp_path / "dry.csv").read_bytes() == (tmp_path / "real.csv").read_bytes()


@pytest.mark.parametrize(
    ("unknown", "opened", "reason"),
    [
        ("{service: refuse, area: create}", 4, "an unknown service"),
        ("{service: outros, area: refuse}", 4, "an unknown area"),
        ("{service: outros, area: vias}", 5, ""),
        ("{service: outros, area: matrix}", 5, ""),
        ("{service: outros, area: matrix, district: refuse}", 4, "an unknown district"),
    ],
)
def test_what_nothing_knows_is_refused_or_becomes_something_that_is_there(world, city, unknown, opened, reason):
    city[0].write_text(MAPPING.replace("{service: create, area: create}", unknown), encoding="utf-8")
    tally = run(world, *city)
    assert tally.opened == opened and tally.new == {} and tally.opened + tally.refused.total() == tally.rows
    assert set(tally.refused) - set(REFUSED) == ({reason} if reason else set())
    for case in Case.objects.filter(external_id="ouvidoria:2019/2"):
        expected = {"vias": ("area", "Vias"), "matrix": ("triage", None)}["vias" if "vias" in unknown else "matrix"]
        assert (case.next_actor, case.area and case.area.name) == expected, "somebody must act, whoever it is"


def test_a_service_that_must_know_who_asks_refuses_a_row_that_tells_nobody(world, city, tmp_path):
    Service.objects.filter(pk=world.service.pk).update(allows_anonymous=False)
    tally = run(world, *city, dry=True, refused=tmp_path / "refused.csv")
    needs = "the product refused it: This service needs to know who is asking. Please tell us your name."
    assert tally.refused == REFUSED | {needs: 1}, "2019/5; who is known by a name alone is known"


def test_long_words_are_cut_and_counted(world, city):
    text = ROWS.replace("Galho sobre a fiação", "Galho " * 700).replace("Poda feita;", "Poda " * 2500)
    city[1].write_text(text.replace("A árvore está em", "A árvore " * 500), encoding="iso-8859-1")
    tally = run(world, *city)
    assert tally.opened == 5 and tally.refused == REFUSED
    cut = {note: n for note, n in tally.notes.items() if note.startswith("the end of")}
    assert cut == {
        "the end of the description, behind 4,000 characters": 1,
        "the end of the answer, behind 12,000 characters": 1,
        "the end of the answer, behind 4,000 characters": 1,
    }
    answer = Case.objects.get(external_id="ouvidoria:2019/1").answers_given.get()
    assert len(answer.body) > 11_990


def test_new_yorks_columns_by_the_guides_own_mapping(world, tmp_path):
    file = tmp_path / "nyc.csv.gz"
    with gzip.open(file, "wb") as out:
        out.write(b"\xef\xbb\xbf" + OLD.with_name("nyc311.csv").read_bytes())
    tally = run(world, GUIDE / "nyc311.yaml", file)
    assert tally.opened == 2 and tally.refused == {"ended without a date": 1}
    music = Case.objects.get(external_id="nyc311:63000001")
    assert music.opened_at.isoformat() == "2024-01-16T04:05:09+00:00" and music.channel == "app"
    assert music.service.name == "Noise - Street/Sidewalk – Loud Music/Party" and not music.service.is_published
    assert music.service.group.name == "Noise - Street/Sidewalk" and music.place.name == "MANHATTAN"
    assert music.address == "123 WEST 96 STREET, NEW YORK, 10025"
    pothole = Case.objects.get(external_id="nyc311:63000002")
    assert pothole.area.name == "Department of Transportation" and pothole.next_actor == "area"


def test_sao_paulos_file_by_the_guides_own_mapping_is_what_its_replay_makes_of_it(world):
    tally = run(world, GUIDE / "sp156.yaml", SAMPLE, dry=True)
    assert (tally.rows, tally.opened) == (180, 176)
    assert tally.refused == {"answered before it was opened": 3, "repeats an earlier row exactly": 1}


def test_the_terminal_tells_what_happened(world, city, tmp_path):
    def call(*more):
        return CliRunner().invoke(cases, [str(city[1]), "--mapping", str(city[0]), *more], catch_exceptions=False)

    dry = call("--dry-run", "--refused", str(tmp_path / "no.csv"))
    assert dry.exit_code == 0 and "5 demands would be opened" in dry.output
    assert "Buraco na rua" in dry.output and "Perdida" in dry.output and "Nothing was written." in dry.output
    assert not Fault.objects.exists()
    real = call("--refused", str(tmp_path / "no.csv"), "--report", str(tmp_path / "report.json"))
    assert "5 demands opened" in real.output and (tmp_path / "report.json").exists()
    assert Fault.objects.get(kind="replay").data["refused"] == REFUSED, "it stands on the operator's page"
    city[1].write_text("\n".join(ROWS.splitlines()[:2]), encoding="iso-8859-1")
    call("--refused", str(tmp_path / "no.csv"))
    assert not Fault.objects.filter(ended_at=None).exists(), "mended rows end it"


def test_ctrl_c_ends_it_between_two_demands_and_the_next_run_goes_on(world, city, monkeypatch):
    monkeypatch.setattr("balcao.config.bringing.running.BULK", 2)

    def press(part, tally):
        if part == "demands":
            os.kill(os.getpid(), signal.SIGINT)

    tally = run(world, *city, tick=press)
    assert tally.interrupted and tally.opened == Case.objects.count() == 2
    assert run(world, *city).opened == 3


@pytest.mark.parametrize(("longest", "transactions"), [(0.0, 3), (3600.0, 1)])
def test_a_slow_machine_commits_more_often(monkeypatch, longest, transactions):
    """The live stream waits for a long transaction."""
    monkeypatch.setattr(batches, "LONGEST", longest)
    seen, tally = [], Tally()

    def play(demand):
        seen.append(connection.savepoint_ids[-1])
        return False, False

    demand = SimpleNamespace(status="", ending="", channel="")
    batches.one_by_one(play)([demand] * 3, tally)
    assert tally.opened == 3 and len(set(seen)) == transactions
