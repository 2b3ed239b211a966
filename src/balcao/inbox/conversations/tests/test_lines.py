"""Oldest first within the law's classes, to whoever has least to do; a place in line survives."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balcao.citizens.models import PriorityGroup
from balcao.inbox.conversations.jobs import tend
from balcao.inbox.conversations.lines import assign_waiting, claim, hand_over, let_go, pull_next, transfer, write_note
from balcao.inbox.conversations.papers import identify
from balcao.inbox.conversations.pausing import close, grade, snooze
from balcao.inbox.conversations.presence import beat, leave
from balcao.inbox.conversations.queries import estimate, inbox, is_open, next_opening, place_in_line
from balcao.inbox.conversations.settings import change_line
from balcao.inbox.conversations.speaking import mark_read, say
from balcao.inbox.models import Account, Conversation, Line, Message, Wait
from balcao.platform.errors import IllegalMove, Invalid, NotAllowed, Refusal
from tests.world import make_world

from .conftest import NOW, later

pytestmark = pytest.mark.django_db


def give(desk, now=NOW):
    return [c.contact for c in assign_waiting(actor=desk.system, agency_id=desk.world.agency.pk, now=now)]


def test_the_oldest_first_to_whoever_has_least_to_do(desk):
    for n, contact in enumerate("abcde"):
        desk.writes(contact, at=later(seconds=n))
    one, two = desk.attendant("um", 2), desk.attendant("dois", 2)
    assert give(desk) == ["a", "b", "c", "d"]
    assert sorted(desk.held_by(one) + desk.held_by(two)) == ["a", "b", "c", "d"]
    assert len(desk.held_by(one)) == len(desk.held_by(two)) == 2
    assert give(desk) == [], "nobody has room"
    assert place_in_line(Conversation.objects.get(state="waiting")) == 1


def test_the_law_lets_some_go_first_and_within_them_the_oldest(desk):
    talks = {contact: desk.writes(contact, at=later(seconds=n)).conversation for n, contact in enumerate("abc")}
    group = PriorityGroup.objects.filter(jurisdiction="BR").first()
    for contact in "cb":
        person, _ = desk.world.person(f"Pessoa {contact}", email="", document="")
        type(person).objects.filter(pk=person.pk).update(priority=group)
        person.refresh_from_db()
        identify(actor=desk.system, conversation=talks[contact], person=person, now=NOW)
    talks["b"].refresh_from_db()
    assert place_in_line(talks["b"]) == 1 and talks["b"].rank == group.rank
    actor = desk.attendant("um", 3)
    assert give(desk) == ["b", "c", "a"] and len(desk.held_by(actor)) == 3


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.integers(-2, 1), min_size=2, max_size=4), ranks=st.tuples(st.integers(1, 8), st.integers(1, 8)))
def test_a_place_in_line_is_of_the_rank_that_held_when_the_person_was_put_into_the_group(desk, days, ranks):
    changes = NOW.date()
    terms = {"since": date(2020, 1, 1), "until": changes - timedelta(days=1)}, {"since": changes}
    with transaction.atomic():
        before, after = (
            PriorityGroup.objects.create(jurisdiction="XX", slug="grupo", name="Grupo", law="Lei", rank=rank, **held)
            for rank, held in zip(ranks, terms, strict=True)
        )
        for n, day in enumerate(days):
            talk = desk.writes(str(n), at=later(seconds=n)).conversation
            person, _ = desk.world.person(f"Pessoa {n}", email="", document="")
            person.priority = PriorityGroup.objects.in_force("XX", on=changes + timedelta(days=day)).get()
            assert person.priority == (before if day < 0 else after)
            identify(actor=desk.system, conversation=talk, person=person, now=NOW)
        desk.attendant("um", len(days))
        expected = sorted(range(len(days)), key=lambda n: (ranks[0] if days[n] < 0 else ranks[1], n))
        assert give(desk) == [str(n) for n in expected]
        transaction.set_rollback(True)


def test_only_who_is_present_serves_the_line_and_has_room_is_given_something(desk):
    desk.writes("a")
    other = Line.objects.create(agency=desk.world.agency, slug="procon", name="PROCON")
    desk.attendant("longe", 2, at=None)
    desk.attendant("outra", 2, other)
    assert give(desk) == []
    here = desk.attendant("aqui", 1)
    assert give(desk) == ["a"] and desk.held_by(here) == ["a"]


def test_whoever_leaves_gives_back_who_waits_for_them_at_their_place(desk):
    for n, contact in enumerate("ab"):
        desk.writes(contact, at=later(seconds=n))
    actor = desk.attendant("um", 2)
    give(desk)
    answered = Conversation.objects.get(owner_id=actor.id, contact_hash=_hash("b"))
    say(actor=actor, conversation=answered, client_id="1", text="Um momento", now=later(seconds=9))
    desk.writes("c", at=later(seconds=10))
    tend(later(seconds=50))  # no beat was heard
    waiting = Conversation.objects.filter(state="waiting").order_by("rank", "queued_at", "pk")
    assert [c.contact for c in waiting] == ["a", "c"], "a has its old place before c"
    assert desk.held_by(actor) == ["b"], "b has to write first"
    desk.writes("b", at=later(seconds=60))
    assert [c.contact for c in waiting.all()] == ["a", "b", "c"], "nobody would have seen it"
    assert Wait.objects.filter(ended_at=None).count() == 3


def test_pulling_takes_the_first_of_the_lines_that_one_serves(desk):
    desk.line.automatic = False
    desk.line.save()
    desk.writes("a")
    actor, stranger = (
        desk.attendant("um"),
        desk.attendant("dois", 2, Line.objects.create(agency=desk.world.agency, slug="x", name="X")),
    )
    assert give(desk) == []
    assert pull_next(actor=stranger, now=NOW) is None
    with pytest.raises(NotAllowed):
        pull_next(actor=stranger, line=desk.line, now=NOW)
    assert pull_next(actor=actor, now=NOW).contact == "a"
    assert pull_next(actor=actor, now=NOW) is None


def test_a_colleagues_conversation_is_not_taken_from_them_while_they_are_there(desk):
    talk = desk.writes("a").conversation
    one, two = desk.attendant("um"), desk.attendant("dois")
    claim(actor=one, conversation=talk, now=NOW)
    with pytest.raises(Refusal):
        claim(actor=two, conversation=talk, now=NOW)
    with pytest.raises(NotAllowed):
        let_go(actor=two, conversation=talk, now=NOW)
    with pytest.raises(Refusal):
        say(actor=two, conversation=talk, client_id="1", text="Olá", now=NOW)
    leave(actor=one, now=NOW)
    assert claim(actor=two, conversation=talk, now=NOW).owner_id == two.id


def test_a_transfer_keeps_the_place_and_its_note_is_read_by_colleagues_only(desk, world):
    other = Line.objects.create(agency=world.agency, slug="procon", name="PROCON")
    actor, expert = desk.attendant("um"), desk.attendant("dois", 2, other)
    talk = desk.writes("a").conversation
    claim(actor=actor, conversation=talk, now=later(minutes=1))
    say(actor=actor, conversation=talk, client_id="1", text="Passo para o PROCON", now=later(minutes=2))
    transfer(actor=actor, conversation=talk, line=other, note="Quer trocar a geladeira", now=later(minutes=3))
    talk.refresh_from_db()
    assert (talk.state, talk.line, talk.owner, talk.queued_at) == ("waiting", other, None, NOW)
    assert (talk.citizen_unread, talk.last_number) == (1, 3)
    assert give(desk, later(seconds=5)) == ["a"] and desk.held_by(expert) == ["a"]
    note = Message.objects.get(purpose="note")
    assert note.number == 3 and note.author_id == actor.id and not note.deliveries.exists()
    elsewhere = Line.objects.create(agency=make_world("outra", default=False).agency, slug="x", name="X")
    with pytest.raises(Refusal):
        transfer(actor=expert, conversation=talk, line=elsewhere, note="", now=NOW)


def test_put_off_it_wakes_at_its_moment_or_when_the_person_writes(desk):
    actor = desk.attendant("um")
    talk = desk.writes("a").conversation
    claim(actor=actor, conversation=talk, now=NOW)
    with pytest.raises(Invalid):
        snooze(actor=actor, conversation=talk, until=NOW, now=NOW)
    snooze(actor=actor, conversation=talk, until=later(hours=2), now=NOW)
    tend(later(hours=1))
    talk.refresh_from_db()
    assert talk.state == "snoozed"
    beat(actor=actor, now=later(hours=2))
    tend(later(hours=2))
    talk.refresh_from_db()
    assert (talk.state, talk.owner_id) == ("held", actor.id)
    snooze(actor=actor, conversation=talk, until=later(hours=9), now=later(hours=2))
    desk.writes("a", at=later(hours=3))
    talk.refresh_from_db()
    assert (talk.state, talk.queued_at) == ("waiting", NOW), "its owner has gone home"


@pytest.mark.parametrize("taken_up", ["woke", "taken"])
def test_who_is_in_hand_again_has_the_whole_patience_anew(desk, taken_up):
    desk.account.channel = "webchat"
    desk.account.save()
    actor = desk.attendant("um")
    talk = desk.writes("a").conversation
    claim(actor=actor, conversation=talk, now=NOW)
    say(actor=actor, conversation=talk, client_id="1", text="Ligo na quarta", now=NOW)
    if taken_up == "woke":
        snooze(actor=actor, conversation=talk, until=later(hours=48), now=NOW)
        beat(actor=actor, now=later(hours=48))
    else:
        close(actor=actor, conversation=talk, notice="", now=NOW)
        claim(actor=actor, conversation=talk, now=later(hours=48))
    for hours, state in ((48, "held"), (71, "held"), (72, "closed")):
        tend(later(hours=hours))
        talk.refresh_from_db()
        assert talk.state == state, hours


def test_silence_closes_kindly_and_writing_again_goes_on_at_the_same_place(desk):
    desk.account.channel = "webchat"  # WhatsApp takes no word of ours after a day of the person's silence
    desk.account.save()
    actor = desk.attendant("um")
    talk = desk.writes("a").conversation
    claim(actor=actor, conversation=talk, now=NOW)
    tend(later(hours=30))
    talk.refresh_from_db()
    assert talk.state == "waiting", "whoever waits for us is not closed by a clock"
    beat(actor=actor, now=later(hours=31))
    claim(actor=actor, conversation=talk, now=later(hours=31))
    say(actor=actor, conversation=talk, client_id="1", text="Qual é o endereço?", now=later(hours=31))
    tend(later(hours=56))
    talk.refresh_from_db()
    assert (talk.state, talk.ending, talk.owner) == ("closed", "quiet", None)
    assert "Escreva" in talk.messages.last().body or "Write again" in talk.messages.last().body
    again = desk.writes("a", at=later(hours=60))
    assert again.reopened and again.conversation.pk == talk.pk and again.message.number == 4
    talk.refresh_from_db()
    assert (talk.state, talk.queued_at, talk.reopened, talk.ending) == ("waiting", NOW, 1, "")


def test_who_was_served_and_comes_back_is_at_the_end_of_the_line_and_much_later_begins_anew(desk):
    actor = desk.attendant("um")
    talk = desk.writes("a").conversation
    claim(actor=actor, conversation=talk, now=NOW)
    close(actor=actor, conversation=talk, now=later(minutes=5))
    assert close(actor=actor, conversation=talk, now=later(minutes=6)).closed_at == later(minutes=5)
    grade(actor=desk.world.citizen, conversation=talk, score=10, comment="Gentil", now=later(minutes=7))
    with pytest.raises(Invalid):
        grade(actor=desk.world.citizen, conversation=talk, score=11)
    desk.writes("a", at=later(minutes=8))
    talk.refresh_from_db()
    assert (talk.state, talk.queued_at, talk.score) == ("waiting", later(minutes=8), 10)
    close(actor=desk.system, conversation=talk, notice="", now=later(minutes=9))
    fresh = desk.writes("a", at=later(days=9))
    assert fresh.opened and fresh.conversation.pk != talk.pk and fresh.message.number == 1


def test_an_interview_hands_over_with_its_beginning_of_human_time(desk):
    desk.line.interview = "triagem"
    desk.line.save()
    talk = desk.writes("a").conversation
    with pytest.raises(IllegalMove):
        let_go(actor=desk.system, conversation=talk, now=NOW)
    hand_over(actor=desk.system, conversation=talk, now=later(minutes=4))
    talk.refresh_from_db()
    assert (talk.state, talk.queued_at, talk.handed_at) == ("waiting", later(minutes=4), later(minutes=4))
    assert talk.asked == {"script": "triagem"}, "what was answered is still there"


def test_an_interview_that_says_nothing_hands_over_by_itself_and_one_that_waits_for_an_answer_does_not(desk):
    desk.line.interview = "triagem"
    desk.line.save()
    mute, asked = desk.writes("a").conversation, desk.writes("b").conversation
    say(actor=desk.system, conversation=asked, client_id="q", text="Como se chama?", bot=True, now=later(seconds=1))
    tend(later(minutes=1))
    assert Conversation.objects.filter(state="interview").count() == 2
    tend(later(minutes=2))
    assert [c.pk for c in Conversation.objects.filter(state="waiting")] == [mute.pk]


def test_an_estimate_is_measured_or_there_is_none(desk):
    talk = desk.writes("z", at=later(minutes=40)).conversation
    assert estimate(desk.line, 1, later(minutes=40)) is None
    for n in range(1, 9):
        Wait.objects.create(
            conversation=talk, line=desk.line, rank=9, began_at=NOW, ended_at=later(minutes=5 * n), end="taken"
        )
    said = estimate(desk.line, 3, later(minutes=41))
    assert (said.low, said.high) == (15, 16), "one every five minutes, three to go"
    slower = estimate(desk.line, 3, later(minutes=58))
    assert slower.high > 25, "that nobody was taken for a while is not hidden"
    assert estimate(desk.line, 3, later(minutes=61)) is None, "nobody is there at noon"
    assert estimate(desk.line, 3, later(days=1)) is None


def test_a_line_is_open_by_the_agencys_calendar(desk):
    assert is_open(desk.line, NOW) and next_opening(desk.line, NOW) == NOW
    night = later(hours=10)
    assert not is_open(desk.line, night) and next_opening(desk.line, night) == later(hours=21)


def test_nobody_waits_in_a_line_that_is_switched_off(desk, world):
    admin, new = world.actor("administrator"), Line.objects.create(agency=world.agency, slug="nova", name="Nova")
    here = desk.attendant("um", 2, desk.line, new)
    waiting, talking, gone = (desk.writes(contact).conversation for contact in "abc")
    claim(actor=here, conversation=talking, now=NOW)
    claim(actor=here, conversation=gone, now=NOW)
    close(actor=here, conversation=gone, now=NOW)
    Account.objects.update(line=new)
    desk.line.is_active = False
    with pytest.raises(Refusal, match=r"espera|wait"):
        change_line(actor=admin, line=desk.line)
    transfer(actor=here, conversation=waiting, line=new, note="", now=NOW)
    change_line(actor=admin, line=desk.line)
    let_go(actor=here, conversation=talking, now=NOW)
    desk.account.refresh_from_db()
    assert desk.writes("c", at=later(hours=1)).reopened
    assert set(Conversation.objects.values_list("state", "line")) == {("waiting", new.pk)}


def test_each_sees_their_lines_the_lead_the_agency_and_nobody_another_agency(desk, world):
    other = Line.objects.create(agency=world.agency, slug="procon", name="PROCON")
    cac, procon = desk.attendant("um"), desk.attendant("dois", 2, other)
    talk = desk.writes("a").conversation
    stranger = make_world("outra", default=False)
    assert [c.pk for c in inbox(cac, "waiting")] == [talk.pk]
    assert not inbox(procon, "waiting") and not inbox(world.actor("area_manager"), "waiting")
    assert inbox(world.actor("supervisor"), "waiting").count() == 1
    for role in ("attendant", "supervisor", "administrator"):
        assert not Conversation.objects.visible_to(stranger.actor(role)).exists()
        assert not Message.objects.visible_to(stranger.actor(role)).exists()
        with pytest.raises(NotAllowed):
            claim(actor=stranger.actor(role), conversation=talk)
    assert Message.objects.visible_to(cac).count() == 1 and not Message.objects.visible_to(procon).exists()
    account = Account.objects.create(agency=world.agency, channel="webchat", key="w", name="Site", line=other)
    assert account.line == other


def test_unread_counts_follow_both_cursors_and_only_move_forward(desk):
    actor = desk.attendant("um")
    talk = desk.writes("a").conversation
    desk.writes("a")
    claim(actor=actor, conversation=talk, now=NOW)
    mark_read(actor=actor, conversation=talk, number=1, now=NOW)
    talk.refresh_from_db()
    assert (talk.staff_read, talk.staff_unread) == (1, 1)
    for n in range(2):
        say(actor=actor, conversation=talk, client_id=str(n), text="Olá", now=NOW)
    write_note(actor=actor, conversation=talk, text="Entre nós", now=NOW)
    mark_read(actor=desk.world.citizen, conversation=talk, number=3, now=NOW)
    mark_read(actor=desk.world.citizen, conversation=talk, number=2, now=NOW)
    talk.refresh_from_db()
    assert (talk.staff_unread, talk.citizen_read, talk.citizen_unread) == (0, 3, 1)


def _hash(contact):
    from balcao.inbox.conversations.moving import contact_hash

    return contact_hash("whatsapp", contact)
