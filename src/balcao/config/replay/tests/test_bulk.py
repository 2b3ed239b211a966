"""The bulk path writes what the actions write: every row of every table, but for ids, numbers and secrets."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from django.db import connection, transaction

from balcao.cases.models import Case
from balcao.config.replay.batches import alone
from balcao.config.replay.columns import COLUMNS
from balcao.config.replay.making import make_city, survey
from balcao.config.replay.running import run
from balcao.organization.models import Area
from balcao.platform.models import Event
from balcao.platform.trouble import Trouble
from balcao.workorders.models import ResponsibilityRule

from .written import written

BUSY = "SPTRANS"
SAMPLE = Path(__file__).parent / "fixtures" / "sp156-sample.csv"
pytestmark = pytest.mark.django_db


def test_every_row_is_the_one_that_the_actions_write():
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)
    in_bulk = written(lambda: run(city, SAMPLE, limit=None))
    by_actions = written(lambda: run(city, SAMPLE, limit=None, bulk=False))
    assert {t: len(rows) for t, rows in in_bulk.items()} == {t: len(rows) for t, rows in by_actions.items()}
    assert len(in_bulk["Case"]) > 100 and {"Remark", "Alarm", "AreaReport", "Message"} <= set(in_bulk)
    for table, rows in by_actions.items():
        for ours, theirs in zip(in_bulk[table], rows, strict=True):
            assert dict(ours) == dict(theirs), table


def test_the_order_of_a_demands_history_is_the_actions_own():
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)

    def told() -> dict[str, list[str]]:
        kinds: dict[str, list[str]] = defaultdict(list)
        keys = dict(Case.objects.values_list("pk", "external_id"))
        for case_id, kind in Event.objects.filter(case_id__isnull=False).order_by("pk").values_list("case_id", "kind"):
            kinds[keys[case_id]].append(kind)
        return kinds

    seen = []
    for bulk in (True, False):
        with transaction.atomic():
            run(city, SAMPLE, limit=None, bulk=bulk)
            seen.append(told())
            transaction.set_rollback(True)
    assert seen[0] == seen[1]


def test_what_goes_another_way_is_left_to_the_actions():
    """A rule switched off: the demand waits in triage, as the actions decide, and nothing is lost."""
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)
    busiest = Counter(row["Serviço"] for row in csv.DictReader(SAMPLE.open(encoding="utf-8"))).most_common(1)[0][0]
    ResponsibilityRule.objects.filter(service=city.services[busiest]).update(is_active=False)
    tally = run(city, SAMPLE, limit=None)
    again = run(city, SAMPLE, limit=None)
    assert tally.opened == Case.objects.count() == again.known and again.opened == 0
    assert Case.objects.filter(service=city.services[busiest], area__isnull=False).exists()


def test_refused_rows_stand_in_a_file_each_with_its_reason(tmp_path):
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)
    paper = tmp_path / "deep" / "refused.csv"
    tally = run(city, SAMPLE, limit=None, refused=paper)
    with paper.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["reason"] for row in rows) == tally.refused and tally.refused
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    for row in rows:
        assert row[COLUMNS["opened"]] in lines[int(row["line"]) - 1]


def test_one_replay_into_an_agency_at_a_time():
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(225228, %s)", [city.agency.pk])
        with pytest.raises(Trouble, match="Another replay"), alone(city.agency):
            pass
    finally:
        other.close()


def test_an_area_that_is_switched_off_is_the_actions_matter():
    """Switched off in the rule's place it gets nothing; what the file says that it did is refused, and counted."""
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)
    Area.objects.filter(pk=city.areas[BUSY].pk).update(is_active=False)
    city = make_city(survey(SAMPLE), slug="sp156", districts=None)  # as the next start reads it
    tally = run(city, SAMPLE, limit=None)
    assert tally.opened == Case.objects.count() and any("refused it" in reason for reason in tally.refused)
