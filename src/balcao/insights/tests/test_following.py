"""Figures that follow the events are those that the base tables give, whatever happened and in whatever order."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balcao.cases.models import Case
from balcao.insights.durations import ERROR, bucket, days
from balcao.insights.following import follow, rebuild
from balcao.insights.models import Cell, Follower, Happening
from balcao.insights.tests.figures import figures
from balcao.insights.tests.lives import STEPS, City
from balcao.platform.models import Epoch, Event

STORY = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.integers(0, 11)), min_size=8, max_size=30)


@pytest.mark.django_db
def test_whatever_lives_demands_live_the_figures_are_those_of_a_rebuild(events_are_settled):
    met: Counter[str] = Counter()

    @settings(max_examples=15, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(story=STORY, every=st.integers(1, 6))
    def lives(story, every):
        try:
            with transaction.atomic():
                city = City()
                city.world.unrouted.is_public = True
                city.world.unrouted.save()
                for number, (what, which, extra) in enumerate([("open", 0, 1), ("open", 1, 4), *story]):
                    city.step(what, which, extra)
                    if number % every == 0:
                        follow(batch=7)
                follow()
                kept = figures()
                met.update(set(Happening.objects.values_list("what", flat=True)))
                rebuild()
                assert figures() == kept
                _agree_with_the_events(city, kept)
                raise Undo
        except Undo:
            pass

    lives()
    assert {"opened", "answered", "reopened", "graded", "open"} <= met.keys(), met


class Undo(Exception):
    pass


def _agree_with_the_events(city: City, kept: dict) -> None:
    """Counted a third way: from the facts themselves, in Python."""
    shown = set(Case.objects.exclude(kind="denuncia").filter(sealed=False).values_list("pk", flat=True))
    facts = [e for e in Event.objects.filter(agency_id=city.world.agency.pk) if e.case_id in shown]
    kinds = Counter(e.kind for e in facts)
    graded = {e.data["answer_id"]: e.data["score"] for e in facts if e.kind == "CaseRated"}
    cell = next((v for k, v in kept.items() if k[1:3] == ("city", "a")), None) or Counter()
    assert cell["opened"] == kinds["CaseOpened"]
    assert cell["answered"] == kinds["CaseClosed"]
    assert cell["reopened"] == kinds["CaseReopened"]
    assert cell["within"] == sum(e.data["within_deadline"] for e in facts if e.kind == "CaseClosed")
    assert cell["solved"] == sum(e.data["outcome"] == "solved" for e in facts if e.kind == "CaseClosed")
    assert (cell["graded"], cell["grades_sum"]) == (len(graded), sum(graded.values()))
    still_open = sum(v["open"] for k, v in kept.items() if k[1:3] == ("city", "o"))
    assert still_open == cell["opened"] + cell["reopened"] - cell["answered"]
    assert still_open == Case.objects.filter(pk__in=shown).exclude(state="closed").count()


@pytest.mark.django_db
def test_the_same_event_again_and_a_new_epoch_change_nothing(events_are_settled):
    city = City()
    for step in [("open", 0, 1), ("open", 1, 0), ("send", 0, 0), ("wait", 0, 1), ("open", 0, 3)]:
        city.step(*step)
    assert follow() > 0
    before = figures()
    assert follow() == 0
    Follower.objects.update(tx=0, event_id=0)
    assert follow() > 0
    assert figures() == before
    Epoch.objects.create(reason="restored")
    assert follow() > 0
    assert figures() == before and Follower.objects.get().epoch == Epoch.objects.last().pk


@pytest.mark.django_db
def test_rows_that_a_bulk_path_copied_count_like_those_of_the_actions(events_are_settled):
    """No action ran: rows and their event came together, as COPY writes them."""
    city = City()
    city.step("open", 0, 1)
    follow()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE copied AS SELECT * FROM cases_case LIMIT 1")
        columns = [c.column for c in Case._meta.concrete_fields if c.column not in ("search",)]
        cursor.execute(
            "INSERT INTO clocks_deadline SELECT (json_populate_record(d, json_build_object('id', 900, 'case_id', 900)))"
            ".* FROM clocks_deadline d WHERE kind = 'answer' LIMIT 1"
        )
        chosen = ", ".join(
            {"id": "900", "protocol": "'2026000000900'", "deadline_id": "900"}.get(name, name) for name in columns
        )
        cursor.execute(f"INSERT INTO cases_case ({', '.join(columns)}) SELECT {chosen} FROM copied")
        cursor.execute(
            "INSERT INTO platform_event (kind, agency_id, case_id, actor_kind, data, at)"
            " VALUES ('CaseOpened', %s, 900, 'system', '{}', now())",
            [city.world.agency.pk],
        )
    follow()
    assert Cell.objects.get(view="city", grain="a").opened == 2


@pytest.mark.django_db
def test_an_erased_demand_still_counts_also_after_a_rebuild(events_are_settled):
    city = City()
    city.step("open", 0, 1)
    follow()
    before = figures()
    Happening.objects.update(case_id=999_999_999)  # as if its rows had been deleted
    Case.objects.all().update(kind="denuncia")  # and the one that is there is not shown
    rebuild()
    follow()
    assert figures() == before


@pytest.mark.django_db
def test_a_service_that_becomes_private_leaves_the_figures_and_comes_back(events_are_settled):
    city = City()
    city.step("open", 0, 1)
    follow()
    before = figures()
    service = city.world.service
    for public, expected in ((False, {}), (True, before)):
        service.is_public = public
        service.save()
        follow()
        assert figures() == expected


@pytest.mark.django_db
def test_days_are_the_agencys_own(events_are_settled):
    city = City()
    city.now = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)  # still February in São Paulo
    city.step("open", 0, 1)
    follow()
    assert Cell.objects.get(view="city", grain="m").day == date(2026, 2, 1)


@given(st.floats(1, 60 * 24 * 3650))
def test_a_bucket_stands_for_its_durations_within_the_stated_error(minutes):
    assert abs(days(bucket(minutes)) * 1440 - minutes) <= minutes * ERROR * 1.0001
