"""Whoever waits is given to who speaks their language; nobody starves behind a language, and nobody is stranded."""

from __future__ import annotations

import pytest

from balcao.inbox.conversations.lines import assign_waiting, claim, pull_next
from balcao.inbox.conversations.presence import beat, set_up_attendant
from balcao.inbox.models import Line
from balcao.organization.models import Staff
from balcao.platform.errors import Invalid

from .conftest import NOW, later

pytestmark = pytest.mark.django_db


def give(desk):
    return [c.contact for c in assign_waiting(actor=desk.system, agency_id=desk.world.agency.pk, now=NOW)]


def waits(desk, **languages):
    """Somebody a second after the other: name=language."""
    for n, (contact, language) in enumerate(languages.items()):
        desk.writes(contact, at=later(seconds=n), language=language)


def test_two_attendants_and_three_languages(desk):
    waits(desk, a="pt-br", b="en", c="es", d="pt-pt", e="en-gb")
    ana, ben = desk.attendant("ana", 4, languages=["pt"]), desk.attendant("ben", 4, languages=["en"])
    assert give(desk) == ["a", "b", "c", "d", "e"]
    assert {"a", "d"} <= set(desk.held_by(ana)) and {"b", "e"} <= set(desk.held_by(ben))
    assert len(desk.held_by(ana) + desk.held_by(ben)) == 5, "who speaks what nobody does is anybody's"


def test_nobody_starves_behind_those_for_whom_nobody_is_free(desk):
    waits(desk, a="pt-br", b="pt-br", c="pt-br", d="pt-br", e="en", f="pt-br", g="en")
    ana, ben = desk.attendant("ana", 1, languages=["pt"]), desk.attendant("ben", 2, languages=["en"])
    assert give(desk) == ["a", "e", "g"], "each language in its own order"
    assert (desk.held_by(ana), desk.held_by(ben)) == (["a"], ["e", "g"])
    assert give(desk) == [], "ana has no room, and nobody else speaks it"
    both = desk.attendant("cris", 3, languages=["en", "pt"])
    assert give(desk) == ["b", "c", "d"] and desk.held_by(both) == ["b", "c", "d"]


def test_whoever_speaks_more_is_kept_free_for_whom_only_they_understand(desk):
    waits(desk, a="pt-br", b="es")
    eva, ana = desk.attendant("eva", 1, languages=["es", "pt"]), desk.attendant("ana", 1, languages=["pt"])
    assert give(desk) == ["a", "b"]
    assert (desk.held_by(eva), desk.held_by(ana)) == (["b"], ["a"])


def test_they_wait_for_who_speaks_their_language_and_for_nobody_who_has_gone(desk):
    elsewhere = Line.objects.create(agency=desk.world.agency, slug="procon", name="PROCON")
    ana, ben = desk.attendant("ana", 4, languages=["pt"]), desk.attendant("ben", 4, at=None, languages=["en"])
    desk.attendant("eva", 4, elsewhere, languages=["es"])
    waits(desk, a="en", b="es")
    assert give(desk) == ["b"] and desk.held_by(ana) == ["b"], "Ben comes back; no Eva ever comes to this line"
    Staff.objects.filter(pk=ben.id).update(is_active=False)
    assert give(desk) == ["a"] and desk.held_by(ana) == ["a", "b"]


def test_who_says_no_language_speaks_every_one(desk):
    waits(desk, a="en")
    desk.attendant("ana", languages=["pt"])
    dora = desk.attendant("dora", at=None)
    assert give(desk) == [], "a colleague of this line is there for it"
    beat(actor=dora, now=NOW)
    assert give(desk) == ["a"] and desk.held_by(dora) == ["a"]


def test_whoever_pulls_gets_the_first_who_speaks_their_language_and_may_take_any_by_hand(desk):
    desk.line.automatic = False
    desk.line.save()
    ana, ben = desk.attendant("ana", languages=["pt"]), desk.attendant("ben", languages=["en"])
    desk.attendant("zoe", at=None)
    waits(desk, a="pt-br", b="pt-br", c="en")
    late = desk.writes("d", at=later(seconds=9), language="en").conversation
    assert pull_next(actor=ben, now=NOW).contact == "c"
    assert [pull_next(actor=ana, line=desk.line, now=NOW).contact for _ in "ab"] == ["a", "b"]
    assert pull_next(actor=ana, now=NOW) is None, "Ben or Zoe is there for whoever waits"
    assert claim(actor=ana, conversation=late, now=NOW).owner_id == ana.id


def test_in_each_line_they_are_measured_by_who_serves_it(desk):
    """French is nobody's in one line, and somebody's in the other."""
    other = Line.objects.create(agency=desk.world.agency, slug="procon", name="PROCON", automatic=False)
    ana = desk.attendant("ana", 4, desk.line, other, languages=["pt"])
    desk.attendant("luc", 4, other, languages=["fr"])
    talk = desk.writes("a", language="fr").conversation
    type(talk).objects.filter(pk=talk.pk).update(line=other)
    desk.writes("b", at=later(seconds=5), language="fr")
    assert pull_next(actor=ana, now=NOW).contact == "b"
    assert pull_next(actor=ana, now=NOW) is None


def test_a_language_is_written_without_a_country(desk):
    with pytest.raises(Invalid):
        desk.attendant("ana", languages=["pt-br"])
    staff = Staff.objects.get(pk=desk.attendant("bia").id)
    admin = desk.world.actor("administrator")
    kept = set_up_attendant(actor=admin, staff=staff, capacity=2, lines=[], languages=["pt", "en", "pt"])
    assert kept.languages == ["en", "pt"]
