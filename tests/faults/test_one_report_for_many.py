"""A burst water main, two thousand demands, one report: each is answered once, by its own number, at its own address,
though the workers are killed in the middle."""

from __future__ import annotations

import os
import random
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from balcao.platform.numbering import format_protocol

from .city import City
from .people import Ledger, Person
from .post import CountingPost

MANY = int(os.environ.get("FAULTS_MANY", "1000"))
REPORT = "A adutora foi consertada às 14h e a água já volta às torneiras."
KNOWN = """
from django.utils import timezone
from balcao.cases.actions import keep_incident
from balcao.cases.models import Incident
from balcao.catalog.models import Service
from balcao.organization.models import Staff
from balcao.organization.queries import actor_of
service = Service.objects.get(slug="poda")
boss = actor_of(Staff.objects.get(email__startswith="supervisor"))
incident = Incident(agency=service.agency, title="Adutora rompida", text="Já sabemos.", began_at=timezone.now())
incident.area = service.agency.areas.get(slug="arborizacao")
print("incident:%d" % keep_incident(actor=boss, incident=incident, services=[service]).pk)
"""
GATHERED = """
from balcao.cases.actions import gather_case
from balcao.cases.models import Incident
from balcao.catalog.models import Service
from balcao.citizens.actions import know_person
from balcao.inbox.opening import open_and_acknowledge
from balcao.platform.actors import Actor
service, incident = Service.objects.get(slug="poda"), Incident.objects.get()
me = Actor.citizen(service.agency_id)
for n in range({first}, {last}):
    # One in ten leaves no address: the answer then stands on the demand's page.
    contacts = {{"email": f"p{{n}}@pessoas.example.org"}} if n % 10 else {{}}
    person, known = know_person(
        actor=me, agency_id=service.agency_id, name=f"Pessoa {{n}}", document="", contacts=contacts
    )
    case = open_and_acknowledge(
        actor=me, service=service, kind="solicitacao", channel=("portal", "phone", "open311")[n % 3],
        description="Falta água", reporter=person, contact=known.get("email"), external_id=f"many-{{n}}",
    ).case
    gather_case(actor=me, case=case, incident=incident)
"""
SETTLED = "SELECT count(*) FROM cases_gathering WHERE ended_at IS NOT NULL"
ANSWERED = """
SELECT c.external_id, c.protocol, c.state, count(a.id), min(a.body), count(a.attempted_at),
       (SELECT count(*) FROM platform_event e WHERE e.case_id = c.id AND e.kind = 'CaseSettled'),
       (SELECT count(*) FROM platform_event e WHERE e.case_id = c.id AND e.kind = 'CaseClosed')
FROM cases_case c LEFT JOIN cases_answer a ON a.case_id = c.id GROUP BY c.id
"""
SENT = """
SELECT c.external_id, d.uid::text, d.state, d.unsure FROM inbox_delivery d JOIN inbox_message m ON m.id = d.message_id
JOIN cases_case c ON c.id = m.case_id WHERE m.purpose = 'answer'
"""


@pytest.mark.slow
def test_one_report_answers_everybody_once_though_the_workers_are_killed_in_the_middle(capsys):
    with CountingPost() as post, City(webs=1, workers=2, smtp_port=post.port) as city:
        known = city.balcao("manage", "shell", "-c", KNOWN)
        incident = int(known.rpartition("incident:")[2])
        half = MANY // 2
        scripts = [GATHERED.format(first=0, last=half), GATHERED.format(first=half, last=MANY)]
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda script: city.balcao("manage", "shell", "-c", script), scripts))
        assert city.ask("SELECT count(*) FROM cases_case WHERE state = 'gathered'") == [(MANY,)]
        reviewer = Person(city, Ledger(), threading.Event(), 3)
        reviewer.cookies = {"sessionid": city.plan["supervisor"]}
        address = f"/console/incidents/{incident}/report/"
        status, _where, text = reviewer.send("POST", address, {"outcome": "solved", "report": REPORT, "version": "1"})
        assert status == 302, text

        killed = []
        for share, workers in ((0.15, 1), (0.55, 2)):
            city.tend_until(lambda share=share: settled(city) >= share * MANY, lambda: settled(city))
            killed += [city.kill("worker", random.Random(share)) for _ in range(workers)]
            assert settled(city) < MANY, "a kill after the end proves nothing"
        city.tend_until(lambda: settled(city) == MANY, lambda: settled(city), 300)
        waiting = "SELECT count(*) FROM inbox_delivery WHERE state = 'queued'"
        city.tend_until(lambda: city.ask(waiting) == [(0,)], lambda: city.ask(waiting), 300)

        numbers = {}
        for external, protocol, state, answers, body, attempted, told, closed in city.ask(ANSWERED):
            numbers[external] = format_protocol(protocol)
            assert (state, answers, attempted, told, closed) == ("closed", 1, 1, 1, 1), external
            assert REPORT in body
        sent = {external: row for external, *row in city.ask(SENT)}
        assert sent.keys() == {f"many-{n}" for n in range(MANY) if n % 10}
        for external, (uid, state, unsure) in sent.items():
            letter = post.letters[uid]
            assert state == "sent" and len(post.taken[uid]) <= 1 + unsure and len(post.words[uid]) == 1
            assert external.replace("many-", "p") + "@" in str(letter["To"])
            words = letter.get_body(("plain",)).get_content()
            assert REPORT in words
            assert Counter(re.findall(r"\d{4}\.\d{4}\.\d{3}-\d{2}", words)).keys() == {numbers[external]}
        assert not [f for f in city.ask("SELECT kind, key FROM platform_fault") if f[0] in ("incident", "job", "stuck")]
        with capsys.disabled():
            print(f"\n{MANY} answered through kills of {', '.join(killed)}; {post.repeats().total()} letters repeated")


def settled(city: City) -> int:
    return int(city.ask(SETTLED)[0][0])
