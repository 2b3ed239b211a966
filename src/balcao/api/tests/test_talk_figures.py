"""How conversations went, for a system that leads the inbox; what everyone sees, for any."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import caches

from balcao.insights.models import Talk
from tests.world import make_world

pytestmark = pytest.mark.django_db
WHEN = "since=2026-03-01&until=2026-03-31"


@pytest.fixture
def talks(world):
    caches["process"].clear()
    other = make_world("outra", default=False, hostname="outra.localhost")
    for pk, agency, score in ((1, world.agency, 9), (2, world.agency, None), (3, other.agency, 0)):
        Talk.objects.create(
            conversation_id=pk, agency_id=agency.pk, day=date(2026, 3, 2), channel="webchat", line_id=-1, staff_id=-1,
            first_id=pk, alone=False, response=60 * pk, score=score,
        )  # fmt: skip


def test_a_key_that_leads_the_inbox_reads_its_own_agencys_tables(talks, key):
    call = key("inbox.lead")
    status, whole = call("GET", f"conversation-figures?{WHEN}&within=1")
    assert status == 200 and whole["figures"]["conversations"] == 2 and whole["figures"]["in_time"] == 50
    assert whole["figures"]["waited_median"] is None, "not measured is empty"
    for code in whole["tables"]:
        status, table = call("GET", f"conversation-figures/{code}?{WHEN}")
        assert status == 200 and table["columns"] and all(row["figures"] for row in table["rows"])
    _status, table = call("GET", f"conversation-figures/channel?{WHEN}")
    assert [row["name"] for row in table["rows"]] == ["Chat on the web"]
    assert key("case.read")("GET", "conversation-figures")[0] == 403


@pytest.mark.parametrize("wrong", ["within=7", "since=0001-01-01", "until=9999-12-31", "line=0", "since=x"])
def test_what_is_not_meant_is_refused(talks, key, wrong):
    assert key("inbox.lead")("GET", f"conversation-figures?{wrong}")[0] == 422


def test_what_is_published_keeps_small_groups_back_here_too(talks, key):
    status, table = key("case.read")("GET", "conversation-figures/published/meses?year=2026")
    assert status == 200 and table["total"]["people"] is None and "people" in table["total"]["hidden"]
    assert key("case.read")("GET", "conversation-figures/published/dias")[0] == 404
