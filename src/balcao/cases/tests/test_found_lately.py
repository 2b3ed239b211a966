"""Words are looked for among the newest cases first: what is found is the same as among all."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from balcao.cases import paging
from balcao.cases.finding import guess
from balcao.cases.models import Case
from balcao.cases.paging import Key, Order, page_of, page_of_found


@pytest.fixture
def small(monkeypatch):
    """Pages of two, of which the newest three and the newest seven cases are looked at first."""
    monkeypatch.setattr(paging, "PAGE", 2)
    monkeypatch.setattr(paging, "LATELY", (3, 7))
    caches["process"].clear()


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("x" * 12, 1),  # the newest fill a page
        ("x...........", 2),  # the newest hold none, so all are asked
        ("..x.x.x...x.", 2),  # the newest hold one, some more fill a page
        ("x.......x.x.", 3),  # only all of them do
        ("............", 2),
    ],
)
def test_the_newest_first_finds_what_all_would(world, small, said, asks):
    for word in said:
        world.open(description="Um bueiro entupido" if word == "x" else "Uma árvore caída")
    actor = world.actor("supervisor")
    found = Case.objects.visible_to(actor).filter(guess("bueiro", actor).where).select_related("deadline")
    page_of_found(found, newest := Order(queue=False), actor.agency_id)  # since when they are new is remembered now
    with CaptureQueriesContext(connection) as sent:
        page = page_of_found(found, newest, actor.agency_id)
    assert page == page_of(found, newest)
    assert len(sent) == asks
    after = Key.parse(page.next)
    assert page_of_found(found, newest, actor.agency_id, after=after) == page_of(found, newest, after=after)
