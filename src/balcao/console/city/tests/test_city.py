"""The live view: numbers that lead to the demands that they count, within what each member of staff may see."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from balcao.cases.actions import Location
from balcao.cases.models import Case
from balcao.console.cases.filters import Listing
from balcao.insights import live
from balcao.insights.following import follow
from balcao.insights.tests.conftest import events_are_settled  # noqa: F401
from tests.world import make_world

pytestmark = pytest.mark.django_db
HERE = {"lat": -23.55, "lon": -46.63}


@pytest.fixture
def world(events_are_settled):  # noqa: F811
    """Six demands at one spot this week and two in the same week of last year; one elsewhere, of another area."""
    world, now = make_world(), timezone.now()
    spot = Location(place=world.district, **HERE)
    for hours in range(6):
        world.open(location=spot, now=now - timedelta(minutes=hours))
    for _ in range(2):
        world.open(location=spot, now=now - live.SAME_WEEKS - timedelta(days=2))
    world.open(service=world.unrouted, now=now)
    follow()
    return world


def page(client, world, role, query=""):
    client.force_login(world.staff[role])
    client.cookies["django_language"] = "en"
    return client.get(f"/console/city/{query}")


def test_each_number_leads_to_the_list_that_it_counts(client, world):
    shown = page(client, world, "supervisor")
    assert shown.status_code == 200
    body = shown.content.decode()
    found = re.findall(r'<a class="figure-label" href="([^"]+)">(.*?)</a><span class="big-number">(\d+)', body)
    assert [(label, int(n)) for _href, label, n in found][:3] == [("Open", 9), ("Overdue", 2), ("Due within 3 days", 0)]
    assert "<strong>2</strong> overdue, <strong>0</strong> due" in body  # their orders
    lines = re.findall(r'<li class="meter-line"><a href="([^"]+)">(.*?)</a>.*?<strong class="numeric">(\d+)', body)
    assert len(lines) > 6
    for href, label, count in [*found[:4], *lines]:
        query = urlsplit(href.replace("&amp;", "&")).query
        listed = Listing.from_query(world.actor("supervisor"), query)
        if "place=&" not in href and label not in ("Place not stated", "No area yet"):
            assert listed.cases().count() == int(count), (label, href)


def test_filters_live_in_the_address_and_the_part_keeps_them(client, world):
    query = f"?area={world.trees.pk}&service={world.service.pk}"
    body = page(client, world, "supervisor", query).content.decode()
    assert 'class="big-number">8<' in body
    assert f"/console/city/?service={world.service.pk}&amp;area={world.trees.pk}&amp;part=1" in body
    part = client.get(f"/console/city/{query}&part=1").content.decode()
    assert 'class="big-number">8<' in part and "<html" not in part
    assert client.get("/console/city/?area=x&day=2026-99-99&service=%00").status_code == 200


def test_a_hot_spot_has_more_than_the_same_weeks_of_other_years(world):
    actor, today = world.actor("supervisor"), timezone.localdate()
    (spot,), years = live.hot_spots(actor, today, {})
    assert (spot.asked, spot.usual, years) == (6, 2.0, 1)
    assert abs(spot.lat - HERE["lat"]) < 0.01 and abs(spot.lon - HERE["lon"]) < 0.01
    assert live.hot_spots(actor, today - timedelta(days=60), {})[0] == []
    assert sum(live.by_hour(actor, today, {})["opened"]) <= 7


def test_an_area_manager_sees_only_their_areas_and_a_citizen_nothing(client, world):
    Case.objects.filter(service=world.unrouted).update(area=world.roads)
    assert 'class="big-number">8<' in page(client, world, "area_manager").content.decode()
    assert live.hot_spots(world.citizen, timezone.localdate(), {}) == ([], 0)
    client.logout()
    assert client.get("/console/city/").status_code == 302
    assert page(client, world, "field_agent").status_code == 403


def test_a_hot_spot_stands_on_the_map_with_its_key(client, world):
    world.district.boundary = {
        "type": "Polygon",
        "coordinates": [[[-47, -24], [-47, -23], [-46, -23], [-46, -24], [-47, -24]]],
    }
    world.district.save()
    body = page(client, world, "supervisor").content.decode()
    assert body.count('class="spot"') == 1 and "Hot spot</li>" in body
    assert "spot-key" not in page(client, world, "supervisor", f"?service={world.unrouted.pk}").content.decode()


def test_a_wall_has_no_menu_and_still_moves(client, world):
    body = page(client, world, "supervisor", "?wall=1").content.decode()
    assert "data-live-refresh" in body and "console-nav" not in body
