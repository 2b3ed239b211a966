"""PostgreSQL gone for a minute, and a mail server that takes its time: people are told kindly, nothing is lost."""

from __future__ import annotations

import os
import threading
import time

import pytest

from .city import City
from .people import Citizen, Client, Ledger
from .post import CountingPost

GONE = float(os.environ.get("FAULTS_GONE", "60"))  # seconds


@pytest.mark.slow
def test_without_its_database_for_a_minute_the_portal_says_so_kindly_and_keeps_the_draft():
    with CountingPost() as post, City(webs=1, workers=1, smtp_port=post.port) as city:
        ledger, ending = Ledger(), threading.Event()
        me = Citizen(city, ledger, ending, 3)
        status, where, _text = me.send("POST", "/pedir/poda/o-que/", me.WORDS)
        assert status == 302
        port = city.ports[0]
        city.close_database()
        answers = [me.send("POST", where, me.WORDS | {"who_email": "maria@pessoas.example.org"})]
        answers.append(me.send("GET", "/servicos/"))
        until = time.monotonic() + GONE
        while time.monotonic() < until:
            city.tend()
            try:
                answers.append(me.send("GET", where))
            except ConnectionRefusedError:
                raise AssertionError(f"the web ended on port {port}: {city.said()}") from None
            time.sleep(2)
        assert {status for status, *_ in answers} == {503}
        form, page = answers[0][2], answers[1][2]
        assert "<h1>" in page and "Traceback" not in page
        assert 'value="Rua da Estação"' in form and f'action="{where}"' in form, "what was typed is on the page"
        assert city.running["web 0"].poll() is None
        city.open_database()
        city.wait_until_ready()
        me.given_up = time.monotonic() + 300
        found: list[str] = []
        assert me.insist(lambda: me._step(where, "maria@pessoas.example.org", found)), "the draft is kept"
        for _ in range(8):
            if "/recebido/" in found[-1]:
                break
            assert me.insist(lambda: me._step(found[-1], "maria@pessoas.example.org", found))
        assert "/recebido/" in found[-1] and ledger.refusals == []
        assert city.ask("SELECT description FROM cases_case") == [(me.WORDS["description"],)], "once, with its words"
        city.tend_until(lambda: bool(post.taken), lambda: None)
        assert len(post.taken) == 1, "the worker came back by itself as well"


@pytest.mark.slow
def test_a_mail_server_that_takes_eight_seconds_delays_letters_and_nothing_else_and_gets_each_once():
    with CountingPost() as post, City(webs=1, workers=1, smtp_port=post.port) as city:
        post.slow = 8.0  # more than any step's five seconds
        post.open.clear()  # and the first of them until people are done, on whatever machine
        ledger, ending = Ledger(wanted=4), threading.Event()
        client = Client(city, ledger, ending, 3)
        thread = threading.Thread(target=client.live, daemon=True)
        thread.start()
        city.tend_until(lambda: ledger.done == 4, lambda: ledger.done)
        ending.set()
        assert not post.taken, "people did not wait for the mail server"
        post.open.set()
        opened = len(ledger.opened)
        waiting = "SELECT count(*) FROM inbox_delivery WHERE state <> 'sent'"
        city.tend_until(lambda: city.ask(waiting) == [(0,)], lambda: city.ask(waiting))
        assert city.ask("SELECT count(*), sum(unsure)::int FROM inbox_delivery WHERE state = 'sent'") == [(opened, 0)]
        assert len(post.taken) == opened and not post.repeats()
