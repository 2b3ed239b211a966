"""Whoever leads the inbox sees how conversations went; the page, its download and the API say the same."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from balcao.insights.models import Talk
from balcao.organization.models import Role
from tests.world import make_world

pytestmark = pytest.mark.django_db
URL = "/console/inbox/figures/"


def talk(world, pk, **changes) -> Talk:
    fields = {"conversation_id": pk, "agency_id": world.agency.pk, "day": date(2026, 3, 2), "channel": "whatsapp",
              "line_id": -1, "staff_id": -1, "first_id": pk, "alone": False}  # fmt: skip
    return Talk.objects.create(**(fields | changes))


@pytest.fixture
def world():
    world, other = make_world(), make_world("outra", default=False, hostname="outra.localhost")
    ana = world.staff["attendant"].pk
    talk(world, 1, response=30, waited=20, handled=600, staff_id=ana, score=10)
    talk(world, 2, response=7200, waited=7000, handled=60, staff_id=ana, score=7, first_id=1)
    talk(world, 3, channel="webchat", gave_up="line", gave_up_after=400)
    talk(world, 4, day=date(2026, 2, 1), gave_up="interview", question="cpf", gave_up_after=9)
    talk(other, 5, score=0)
    Role.objects.update(mfa_required=False)
    return world


def signed(client, world, role="supervisor"):
    client.force_login(world.staff[role])
    client.cookies["django_language"] = "en"
    return client


def rows(client, code: str, query: str = "") -> dict[str, dict[str, str]]:
    answer = client.get(f"{URL}{code}.csv?since=2026-03-01&until=2026-03-31&{query}")
    assert answer.status_code == 200
    return {row["key"]: row for row in csv.DictReader(StringIO(answer.content.decode()))}


def test_only_who_leads_sees_them_and_only_their_agency(client, world):
    assert signed(client, world, "attendant").get(URL).status_code == 403
    assert signed(client, world).get(URL).status_code == 200
    (found,) = (
        rows(client, "period").values() if len(rows(client, "period")) == 1 else [rows(client, "period")["2026-03-02"]]
    )
    assert (found["people"], found["conversations"], found["attended"], found["graded"]) == ("2", "3", "2", "2")
    assert found["grade"] == "8.5" and found["response_median_s"] == "30" and found["in_time"] == "50"


def test_what_is_asked_stands_in_the_address_and_the_page_says_what_is_not_measured(client, world):
    page = signed(client, world).get(f"{URL}?since=2026-03-02&until=2026-03-02&within=240&line=x&attendant=99999")
    words = page.content.decode()
    assert "not measured" in words and "Nobody, in this time." in words
    page = client.get(f"{URL}?since=2026-03-02&until=2026-03-02&within=240").content.decode()
    assert (
        "100 %" in page
        and "2 hours" in page
        and "period.csv?since=2026-03-02&amp;until=2026-03-02&amp;within=240" in page
    )
    assert rows(client, "patience")["5"]["n"] == "1" and rows(client, "grades")["10"]["n"] == "1"
    assert rows(client, "channel", "channel=webchat").keys() == {"webchat"}
    assert rows(client, "questions") == {}
    wrong = "since=yesterday&until=0000-00-00&line=-1&attendant=9999999999999999999999&within=7&channel=%00"
    assert client.get(f"{URL}?{wrong}").status_code == 200


def test_it_asks_no_more_the_more_there_is(client, world):
    for pk in range(10, 60):
        talk(world, pk, staff_id=world.staff["attendant"].pk, response=pk, score=pk % 11)
    signed(client, world).get(URL)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(f"{URL}?since=2026-03-01&until=2026-03-31").status_code == 200
    assert len(asked) <= 10, [one["sql"][:90] for one in asked]
