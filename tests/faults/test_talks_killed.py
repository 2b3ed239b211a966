"""kill -9 in the middle of conversations: what a phone, a web chat or an attendant was told that we have is there once,
in one order, on both sides; nobody is left without a line or somebody."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter

import pytest

from .people import Ledger
from .phones import WRONG, Attendant, CallCentre, Talker, Told
from .visitors import Visitor

KILLS = int(os.environ.get("FAULTS_TALK_KILLS", "4"))
EACH = 12  # messages of a person
WAYS = ("worker", "web", "database", "worker", "backend", "web")


@pytest.mark.slow
def test_no_word_of_a_talk_is_lost_doubled_or_out_of_order_by_kills(capsys):
    seed = int(os.environ.get("FAULTS_SEED") or time.time())
    print(f"FAULTS_SEED={seed}")
    chance = random.Random(seed)
    with CallCentre(phones=3, attendants=2, asked=2) as city:
        ledger, ending = Ledger(), threading.Event()
        pause = 0.25 * KILLS
        talkers = [
            Talker(cloud, [f"palavra {n} de {number}" for n in range(EACH)], pause, late=(-WRONG, WRONG, 0)[number])
            for number, cloud in enumerate(city.clouds)
        ]
        talkers[2].words = ["Oi", "Galho seco sobre a calçada da escola", *(["sim", "Rua das Flores, 12"] * 3)]
        city.clouds[1].faults.repeat = 2
        staff = [Attendant(city, ledger, ending, number) for number in range(2)]
        visitor = Visitor(city, ledger, ending, [f"recado {n}" for n in range(EACH)], pause)
        threads = [threading.Thread(target=one.live, daemon=True) for one in (*talkers, visitor)]
        at_desks = [threading.Thread(target=one.live, daemon=True) for one in staff]
        for thread in (*at_desks, *threads):
            thread.start()
        killed = []
        for number in range(KILLS):
            enough = (number + 1) * 3 * EACH // (KILLS + 2)
            city.tend_until(lambda enough=enough: _said(talkers) >= enough, lambda: _said(talkers))
            time.sleep(chance.uniform(0, 0.3))
            killed.append(city.kill(WAYS[number % len(WAYS)], chance))
        city.tend_until(lambda: not any(t.is_alive() for t in threads), lambda: _said(talkers))
        city.tend_until(lambda: all(c.courier.idle(0) for c in city.clouds), lambda: _handed(city))
        city.tend_until(lambda: not any(city.waiting().values()), lambda: str(city.waiting()))
        city.tend_until(lambda: not city.ask(UNANSWERED), lambda: sum(len(one.answered) for one in staff))
        ending.set()
        city.tend_until(lambda: not any(t.is_alive() for t in at_desks), lambda: sum(len(o.answered) for o in staff))
        city.tend_until(lambda: not any(city.waiting().values()), lambda: str(city.waiting()))
        told = city.told()
        unsure = sum(row[0] for row in city.ask("SELECT unsure FROM inbox_delivery"))
        with capsys.disabled():
            print(
                f"\nseed {seed}: kills of {', '.join(killed)}; {city.restarts} restarts; {len(told)} messages, "
                f"{sum(len(one.answered) for one in staff)} answers acknowledged, {unsure} tries of unknown end, "
                f"deliveries answered with {dict(Counter(a for c in city.clouds for a in c.courier.answers))}"
            )
        assert ledger.refusals == []
        for talker in talkers:
            mine = [one for one in told if one.account == talker.cloud.phone_number_id]
            _as_said(talker, mine)
            _as_shown(talker, mine)
        theirs = [one for one in told if one.account == "site"]
        assert [(one.provider_id, one.text) for one in theirs if one.direction == "in"] == visitor.said
        city.tend_until(lambda: len(visitor.screen) >= len(theirs), lambda: visitor.screen)
        assert visitor.screen == [one.text for one in theirs], "by streams that broke, and went on where they were"
        assert visitor.streams > 1 or KILLS < 3, "the database went away"
        acknowledged = Counter(answer for one in staff for answer in one.answered)
        there = Counter((one.conversation, one.text) for one in told if one.author == "staff")
        assert acknowledged == there, "an answer that was acknowledged is there, once"
        assert any(one.author == "bot" for one in told), "the interview ran"
        assert city.ask(NOBODYS) == []
        assert city.ask("SELECT kind, reason FROM platform_fault WHERE kind <> 'job' AND ended_at IS NULL") == []


UNANSWERED = "SELECT id FROM inbox_conversation WHERE state IN ('waiting', 'held') AND staff_unread > 0"
NOBODYS = """SELECT id FROM inbox_conversation WHERE state <> 'closed' AND interview IS NULL
    AND owner_id IS NULL AND (line_id IS NULL OR queued_at IS NULL)"""


def _said(talkers: list[Talker]) -> int:
    return sum(len(one.said) for one in talkers)


def _handed(city: CallCentre) -> int:
    return sum(len(cloud.courier.answers) for cloud in city.clouds)


def _as_said(talker: Talker, mine: list[Told]) -> None:
    """Each of their words is there once, in their order, whatever their clock says; the numbers have no holes."""
    heard = [(one.provider_id, one.text) for one in mine if one.direction == "in"]
    assert heard == talker.said
    by_talk: dict[int, list[int]] = {}
    for one in mine:
        by_talk.setdefault(one.conversation, []).append(one.number)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_talk.values())


def _as_shown(talker: Talker, mine: list[Told]) -> None:
    """Their screen has each of our words once, in our order."""
    said = [one.text for one in mine if one.direction == "out"]
    assert talker.screen == said
