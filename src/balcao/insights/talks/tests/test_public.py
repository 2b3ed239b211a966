"""What everyone sees of conversations: people served and grades, and no small group among them."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO

import pytest
from django.core.cache import caches

from balcao.inbox.models import Line
from balcao.insights.models import Talk

pytestmark = pytest.mark.django_db
URL = "/transparencia/conversas/"


@pytest.fixture
def lines(world, line):
    """Forty people in two months, of two teams, and three of a third one; eight more whom nobody answered."""
    caches["process"].clear()
    lines = [line, *(Line.objects.create(agency=world.agency, slug=s, name=s.title()) for s in ("procon", "militar"))]
    rows = []
    for n in range(51):
        which = 2 if n >= 48 else n % 2
        rows.append(
            Talk(conversation_id=n + 1, agency_id=world.agency.pk, day=date(2026, 2 + n % 2, 3), channel="whatsapp",
                 line_id=lines[which].pk, staff_id=-1, first_id=n + 1 - n % 4, alone=False,
                 response=None if 40 <= n < 48 else 60, score=n % 11 if n < 30 else None)
        )  # fmt: skip
    Talk.objects.bulk_create(rows)
    return lines


def table(client, code: str) -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in csv.DictReader(StringIO(client.get(f"{URL}{code}.csv").content.decode()))}


def test_people_and_grades_are_told_by_month_and_team_and_a_team_of_three_is_not(client, lines):
    months, teams = table(client, "meses"), table(client, "equipes")
    assert months["total"]["attended"] == teams["total"]["attended"] == "43", "the unanswered are nobody's service"
    assert months["total"]["people"] == "11" and months["total"]["graded"] == "30"
    assert teams["militar"]["people"] == teams["militar"]["attended"] == "*"
    assert teams["militar"]["grade"] == "", "nobody of them graded: not measured"
    assert sum(row["attended"] == "*" for row in teams.values()) >= 2, "nor does it follow from the total"
    client.cookies["django_language"] = "en"
    page = client.get(URL)
    assert "not shown" in page.content.decode() and "Conversations with attendants" in page.content.decode()


def test_without_conversations_it_says_so_and_nobody_finds_another_table(client, world):
    caches["process"].clear()
    client.cookies["django_language"] = "en"
    assert "Nothing has been counted yet" in client.get(URL).content.decode()
    assert client.get(f"{URL}attendants.csv").status_code == 404
    assert client.get(f"{URL}meses.csv?ano=1999").status_code == 200
