"""A municipal holiday that moves with Easter, as an administrator adds it."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from balcao.organization.models import Holiday
from balcao.platform.models import Revision

pytestmark = pytest.mark.django_db
CORPUS_CHRISTI = {"date": "2026-06-04", "name": "Corpus Christi da vila", "kind": "holiday", "with_easter": "on"}


@pytest.fixture
def calendar(world):
    found = world.agency.calendars.get()
    found.optional_holidays = False
    found.save()
    return found


def add(admin, calendar, **changes):
    return admin.post(reverse("console:settings_day_add", args=[calendar.pk]), CORPUS_CHRISTI | changes, follow=True)


def test_it_is_kept_once_and_moves_each_year(admin, calendar):
    page = add(admin, calendar).content.decode()
    assert "each year with Easter" in page
    day = Holiday.objects.get()
    assert day.easter_offset == 60
    assert Revision.objects.filter(model="organization.holiday", object_id=str(day.pk)).exists()
    value = calendar.value()
    for moved in (date(2026, 6, 4), date(2027, 5, 27), date(2028, 6, 15)):
        assert value.holiday_name(moved) == CORPUS_CHRISTI["name"] and not value.is_working_day(moved)
    assert value.is_working_day(date(2027, 6, 4))


@pytest.mark.parametrize("wrong", [{"date": "2026-12-25"}, {"yearly": "on"}, {"kind": "extra", "hours": "08:00–12:00"}])
def test_what_cannot_move_with_easter_is_refused(admin, calendar, wrong):
    add(admin, calendar, **wrong)
    assert not Holiday.objects.exists()
