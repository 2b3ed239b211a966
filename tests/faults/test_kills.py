"""kill -9 at random moments of a load of openings, reports and answers: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import os
import random
import threading
import time
import urllib.request

import pytest

from .afterwards import behind, every_opening_is_kept, nothing_is_missing
from .city import City
from .people import Citizen, Client, Ledger, Listener, Person, Staff
from .post import CountingPost

KILLS = int(os.environ.get("FAULTS_KILLS", "24"))
EACH = 10  # demands that may be begun for every kill: the work is the same on a slow machine and on a fast one
LAST_LETTER = 300.0  # seconds: a dead worker's claim is free after two minutes, the sweep takes it then


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_by_kills_at_random_moments(capsys):
    seed = int(os.environ.get("FAULTS_SEED") or time.time())
    print(f"FAULTS_SEED={seed}")
    chance = random.Random(seed)
    Staff.taken = set()
    with CountingPost() as post, City(webs=2, workers=2, smtp_port=post.port) as city:
        post.slow = 0.05  # a window between its 250 and our commit that a kill can meet
        first = city.ask("SELECT coalesce(max(id), 0) FROM platform_event")[0][0]
        ledger, ending, deaf = Ledger(wanted=0), threading.Event(), threading.Event()
        listener = Listener(city, ledger, deaf, 1)
        people: list[Person] = [Client(city, ledger, ending, n) for n in range(2, 5)]
        people += [Citizen(city, ledger, ending, n) for n in range(5, 7)]
        people += [Staff(city, ledger, ending, n) for n in range(7, 10)]
        threading.Thread(target=listener.live, daemon=True).start()
        city.tend_until(lambda: listener.hearing.is_set(), lambda: listener.returns)
        threads = [threading.Thread(target=one.live, daemon=True) for one in people]
        for thread in threads:
            thread.start()
        killed = []
        for number in range(KILLS):
            # Not after a time but in the midst of work, wherever that stands after so much of it.
            ledger.wanted += EACH
            enough = ledger.done + chance.randint(1, EACH - 2)
            city.tend_until(lambda enough=enough: ledger.done >= enough, lambda: ledger.done)
            time.sleep(chance.uniform(0, 0.3))
            what = ("web", "worker", "database", "backend")[number % 4] if number < 8 else None
            killed.append(city.kill(what or chance.choice(["web", "worker", "worker", "database", "backend"]), chance))
        city.tend_until(lambda: len(ledger.answered) >= KILLS, lambda: ledger.done)
        ending.set()
        city.tend_until(lambda: not any(t.is_alive() for t in threads), lambda: (ledger.done, len(city.ask(WAITING))))
        city.tend_until(lambda: not city.ask(WAITING), lambda: len(city.ask(WAITING)), LAST_LETTER)
        city.tend_until(lambda: not behind(city), lambda: behind(city))
        told: list[int] = []

        def all_told() -> bool:
            told[:] = [row[0] for row in city.ask(TOLD, city.plan["agency"], first)]
            return len(listener.heard) >= len(told)

        city.tend_until(all_told, lambda: len(listener.heard), 60)
        deaf.set()
        city.wait_until_ready()
        with capsys.disabled():
            print(
                f"\nseed {seed}: {len(killed)} kills ({', '.join(killed)}), {city.restarts} restarts; "
                f"{len(ledger.opened)} demands, {len(ledger.reported)} reports, {len(ledger.answered)} answers; "
                f"{sum(map(len, post.taken.values()))} letters, {sum(post.repeats().values())} of them repeats; "
                f"{len(told)} events heard over {listener.returns} returns, {ledger.kind_words} kind refusals"
            )
        assert ledger.refusals == []
        every_opening_is_kept(city, ledger)
        _work(city, ledger)
        _letters(city, ledger, post)
        assert listener.resets == 0
        assert listener.heard == told, "the live stream tells everything, once, in order"
        nothing_is_missing(city, ledger, lambda: city.balcao("insights", "rebuild"))


WAITING = "SELECT id FROM inbox_delivery WHERE state = 'queued' ORDER BY id"
TOLD = "SELECT id FROM platform_event WHERE agency_id = %s AND id > %s ORDER BY tx, id"


def _work(city: City, ledger: Ledger) -> None:
    """An acknowledged report is there once; an acknowledged answer went out and closed its case."""
    reports = dict(city.ask("SELECT order_id, count(*) FROM workorders_areareport GROUP BY 1"))
    assert set(reports.values()) <= {1}
    assert ledger.reported.keys() <= reports.keys()
    closed = {row[0] for row in city.ask("SELECT id FROM cases_case WHERE state = 'closed'")}
    assert ledger.answered <= closed
    twice = "SELECT case_id FROM platform_event WHERE kind IN ('CaseClosed', 'AnswerSent') GROUP BY case_id, kind"
    assert city.ask(f"{twice} HAVING count(*) > 1") == []


def _letters(city: City, ledger: Ledger, post: CountingPost) -> None:
    """Every letter went out; one went twice only where we could not know that it had been taken, and unchanged."""
    rows = city.ask(
        "SELECT d.uid::text, d.state, d.unsure, m.purpose, m.case_id FROM inbox_delivery d"
        " JOIN inbox_message m ON m.id = d.message_id"
    )
    assert {state for _uid, state, *_ in rows} == {"sent"}
    assert {uid for uid, *_ in rows} == set(post.taken), "nothing unknown arrived, and nothing known is missing"
    assert all(len(words) == 1 for words in post.words.values())
    answers = {case for *_, purpose, case in rows if purpose == "answer"}
    assert ledger.answered <= answers
    unsure = {uid: n for uid, _state, n, *_ in rows}
    for uid, repeats in post.repeats().items():
        assert repeats <= unsure[uid], "a repeat without a try whose end nobody knew"
    port = city.ports[0]
    with urllib.request.urlopen(f"http://localhost:{port}/metrics", timeout=60) as page:
        lines = page.read().decode().splitlines()
    (metric,) = [line for line in lines if line.startswith("balcao_deliveries_possible_repeats ")]
    assert float(metric.split()[1]) == sum(unsure.values()) >= sum(post.repeats().values())
