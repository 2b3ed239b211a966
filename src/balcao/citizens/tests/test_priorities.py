"""A legal priority holds from its first day to its last; what changed stands twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.citizens.models import PriorityGroup
from balcao.citizens.priorities import date_rows, install, shipped

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGAN = date(2020, 6, 1)


def rule(rank=1, since=BEGAN, until=None, slug="idade-80", jurisdiction="XX"):
    return PriorityGroup.objects.create(
        jurisdiction=jurisdiction, slug=slug, name=slug, law="Lei", rank=rank, since=since, until=until
    )


def slugs(jurisdiction, on):
    return set(PriorityGroup.objects.in_force(jurisdiction, on=on).values_list("slug", flat=True))


def test_a_rule_holds_from_its_first_day_to_its_last():
    rule(until=BEGAN + DAY)
    days = [BEGAN + n * DAY for n in range(-1, 3)]
    assert [slugs("XX", day) for day in days] == [set(), {"idade-80"}, {"idade-80"}, set()]
    assert not slugs("BR", BEGAN) & {"x"} and not PriorityGroup.objects.in_force("XX").exists(), "it ended long ago"


def test_brazil_and_portugal_on_the_days_on_which_their_laws_began():
    install(PriorityGroup.objects)
    assert slugs("BR", date(2000, 11, 8)) == set()
    assert slugs("BR", date(2000, 11, 9)) == {"deficiencia", "gestante", "lactante", "crianca-de-colo"}
    assert "idade-80" not in slugs("BR", date(2017, 7, 12)) and "idade-80" in slugs("BR", date(2017, 7, 13))
    new = slugs("BR", date(2023, 7, 20)) - slugs("BR", date(2023, 7, 19))
    assert new == {"autismo", "mobilidade", "doador-de-sangue"}
    assert (slugs("PT", date(2016, 12, 26)), len(slugs("PT", date(2016, 12, 27)))) == (set(), 4)
    booked = PriorityGroup.objects.filter(unless_booked=True)
    assert set(booked.values_list("jurisdiction", flat=True)) == {"PT"} and booked.count() == 4


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 400)), min_size=1, max_size=4))
def test_on_each_day_one_of_consecutive_rules_holds(laws):
    with transaction.atomic():
        began, expected = BEGAN, {}
        for number, (rank, length) in enumerate(laws, 1):
            ends = began + (length - 1) * DAY
            rule(rank=rank, since=began, until=None if number == len(laws) else ends)
            expected |= {began: rank, ends: rank}
            began = ends + DAY
        assert not slugs("XX", BEGAN - DAY)
        for day, rank in expected.items():
            assert [group.rank for group in PriorityGroup.objects.in_force("XX", on=day)] == [rank]
        transaction.set_rollback(True)


def test_two_rules_of_a_name_do_not_begin_on_one_day_and_none_ends_before_it_began():
    rule()
    for wrong in ({"rank": 2}, {"slug": "outra", "until": BEGAN - DAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rule(**wrong)


def test_what_an_older_version_installed_is_dated_and_an_agencys_own_rows_stay():
    """What the migration does to a database that has rows already."""
    PriorityGroup.objects.all().delete()
    for row in shipped():
        known = {name: row[name] for name in ("jurisdiction", "slug", "name", "law", "rank")}
        PriorityGroup.objects.create(**known)
    own = rule(slug="nossa", jurisdiction="BR")
    date_rows(PriorityGroup.objects)
    own.refresh_from_db()
    assert (own.since, own.until, own.unless_booked) == (BEGAN, None, False)
    install(PriorityGroup.objects)
    assert PriorityGroup.objects.count() == len(shipped()) + 1, "none stands twice"
    assert PriorityGroup.objects.get(jurisdiction="PT", slug="idosa").unless_booked
