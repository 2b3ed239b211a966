"""What a conversation counts for is told by its own story, whenever it is counted."""

from __future__ import annotations

import json
from datetime import date

import pytest

from balcao.inbox.conversations.letting_go import forget
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.pausing import close, grade
from balcao.inbox.conversations.speaking import say
from balcao.inbox.conversations.tests.conftest import NOW, later
from balcao.inbox.interviews.running import proceed
from balcao.inbox.models import Conversation, Line
from balcao.insights.following import follow, rebuild
from balcao.insights.models import Talk
from balcao.insights.talks.queries import Wanted, endings, line_lengths, sums

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def settled(events_are_settled):
    """Events of the test's own transaction count."""


def wanted(desk, **more) -> Wanted:
    return Wanted(desk.world.agency.pk, MONDAY, MONDAY, **more)


def served(desk, ana, contact: str, *, wait: int, score: int | None = None) -> Conversation:
    """Somebody writes, is taken after `wait` minutes, answered two minutes later, and again ten minutes after that."""
    talk = desk.writes(contact).conversation
    claim(actor=ana, conversation=talk, now=later(minutes=wait))
    say(actor=ana, conversation=talk, client_id="1", text="Olá", now=later(minutes=wait + 2))
    say(actor=ana, conversation=talk, client_id="2", text="Pronto", now=later(minutes=wait + 12))
    close(actor=ana, conversation=talk, now=later(minutes=wait + 20))
    if score is not None:
        grade(actor=desk.system, conversation=talk, score=score)
    return talk


def test_waiting_answering_and_handling_are_told_apart(desk):
    ana = desk.attendant("ana")
    served(desk, ana, "um", wait=3, score=10)
    served(desk, ana, "dois", wait=30, score=7)
    follow()
    all_of_it = sums(wanted(desk), "all")["all"][""]
    assert (all_of_it.conversations, all_of_it.people, all_of_it.attended) == (2, 2, 2)
    assert all_of_it.waited == (180, 1800) and all_of_it.response == (300, 1920), "the line is part of the answer's"
    assert all_of_it.handled == (720, 720), "from the taking to the last word: not the wait, not until the closing"
    assert all_of_it.in_time_share == 50 and all_of_it.grade == 8.5
    assert endings(wanted(desk)).grades == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1]
    assert sums(wanted(desk), "attendant")["attendant"].keys() == {ana.staff_id}
    assert sums(wanted(desk, attendant=ana.staff_id + 1), "all")["all"][""].conversations == 0


def test_who_gives_up_is_counted_by_where_and_when_and_no_more_once_answered(desk):
    ana = desk.attendant("ana")
    gone = desk.writes("um").conversation
    close(actor=desk.system, conversation=gone, ending="left", notice="", now=later(minutes=7))
    follow()
    assert endings(wanted(desk)).after == [0, 0, 1, 0, 0, 0]
    assert sums(wanted(desk), "line")["line"][desk.line.pk].left_line == 1
    back = desk.writes("um", at=later(hours=1)).conversation
    assert back.pk == gone.pk
    claim(actor=ana, conversation=back, now=later(hours=1, minutes=1))
    say(actor=ana, conversation=back, client_id="1", text="Olá", now=later(hours=1, minutes=2))
    follow()
    assert endings(wanted(desk)).after == [0] * 6


def test_an_interview_that_ends_alone_and_one_that_is_left_are_no_service_by_a_person(desk):
    for contact, ending in (("um", "done"), ("dois", "quiet")):
        talk = desk.writes(contact).conversation
        Conversation.objects.filter(pk=talk.pk).update(
            state="interview", interview="{}", queued_at=None, handed_at=None
        )
        talk.waits.all().delete()
        close(actor=desk.system, conversation=talk, ending=ending, now=later(hours=2))
    follow()
    found = sums(wanted(desk), "all")["all"][""]
    assert (found.alone, found.left_interview, found.left_line, found.attended) == (1, 1, 0, 0)
    assert found.response == (None, None) and found.in_time_share is None and found.grade is None, "not measured"


def test_at_which_question_an_interview_was_given_up_is_told_by_its_code(desk):
    desk.line.interview = "service:poda"
    desk.line.save()
    asked, answered = desk.writes("um").conversation, desk.writes("dois").conversation
    for talk in (asked, answered):
        proceed(actor=desk.system, conversation=talk, now=NOW)
    kept = Conversation.objects.get(pk=answered.pk).asked
    Conversation.objects.filter(pk=answered.pk).update(interview=json.dumps(kept | {"stage": "more"}))
    for talk in (asked, answered):
        close(actor=desk.system, conversation=talk, ending="quiet", now=later(hours=23))
    follow()
    assert endings(wanted(desk)).questions == [("kind", 1)]
    assert sums(wanted(desk), "all")["all"][""].alone == 1, "all was answered: they left when it was done"
    forget(Conversation.objects.all())
    rebuild()
    assert endings(wanted(desk)).questions == [("kind", 1)], "also without its answers"


def test_the_same_person_is_one_and_forgetting_changes_no_figure(desk):
    ana = desk.attendant("ana")
    first = served(desk, ana, "um", wait=3, score=9)
    Conversation.objects.filter(pk=first.pk).update(closed_at=later(days=-30), said_at=later(days=-30))
    served(desk, ana, "um", wait=5)
    served(desk, ana, "dois", wait=4)
    follow()
    before = list(Talk.objects.order_by("pk").values())
    assert sums(wanted(desk), "all")["all"][""].people == 2 and len(before) == 3
    forget(Conversation.objects.all())
    follow()
    rebuild()
    assert list(Talk.objects.order_by("pk").values()) == before


def test_a_line_is_as_long_as_people_stood_in_it(desk):
    ana = desk.attendant("ana")
    other = Line.objects.create(agency=desk.world.agency, slug="outra", name="Outra")
    for contact in ("um", "dois"):  # from 11:00 of São Paulo, half an hour and an hour and a half
        talk = desk.writes(contact).conversation
        claim(actor=ana, conversation=talk, now=later(minutes=30 if contact == "um" else 90))
    lengths = line_lengths(wanted(desk), NOW)
    assert lengths[0][11] == 1.5 and lengths[0][12] == 0.5 and sum(map(sum, lengths)) == 2
    assert sum(map(sum, line_lengths(wanted(desk, line=other.pk), NOW))) == 0
