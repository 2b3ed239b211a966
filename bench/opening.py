"""A case opened over HTTP, through the portal's form, beside minimal SQL that writes the same rows."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.utils import timezone

from .harness import Figure, Run, console
from .house import House
from .minimal import Ceiling, count_rows

CLIENTS = 16
SECONDS = 8
SENDS_AN_ADDRESS = 20  # the portal takes 30 a minute from one address, here too
PAIRS = 5
SERVICE = "arvore"
ANSWERS: dict[str, Any] = {
    "kind": "solicitacao",
    "porte": "grande",
    "risco": "galho",
    "fios": "no",
    "description": "A árvore em frente à escola está seca e um galho grande pode cair na calçada a qualquer hora.",
    "location": {"address": "Rua das Acácias", "number": "218", "place": "jardim-das-acacias"},
    "files": [],
    "who": "identified",
    "who_name": "Maria das Dores",
    "answer_by": "email",
    "consent": True,
}
CSRF = "b" * 32  # the cookie and the field must agree; a browser got both with the page before


@dataclass(frozen=True)
class Finished:
    """A draft that only waits to be sent."""

    uuid: str
    cookie: str


class Desk:
    """Writes finished drafts, as the pages before the last one would have."""

    def __init__(self) -> None:
        from balcao.catalog.models import Service

        found = Service.objects.select_related("agency", "current").get(agency__slug="vila-serena", slug=SERVICE)
        self.service, self.number = found, 0

    def prepare(self, count: int) -> list[Finished]:
        """`count` drafts of different people, each with an e-mail address."""
        from balcao.channels.portal import asking as pages
        from balcao.channels.portal.drafts import begin
        from balcao.channels.portal.models import Draft
        from balcao.dialogue import save
        from balcao.platform.access_codes import new_code

        now = timezone.now()
        first = begin(service=self.service, locale="pt-br", now=now)
        interview = first.interview
        while (page := interview.page()) is not None:
            raws = {q.code: ANSWERS.get(q.code) for q in page.questions} | {"who_email": "EMAIL@bench.example"}
            asked = {q.code for q in page.questions}
            interview, problems = interview.give_page({k: v for k, v in raws.items() if k in asked}, now=now)
            if problems:
                raise SystemExit(f"the draft is not sound: {problems}")
        kept = json.dumps(save(interview))
        drafts = []
        for _ in range(count):
            self.number += 1
            drafts.append(
                Draft(
                    uuid=uuid4(),
                    agency=self.service.agency,
                    service=self.service,
                    version=self.service.current,
                    locale="pt-br",
                    interview=kept.replace("EMAIL@", f"maria{self.number}@"),
                    access_code=new_code(),
                    created_at=now,
                    expires_at=first.draft.expires_at,
                )
            )
        Draft.objects.bulk_create(drafts, batch_size=500)
        first.draft.delete()
        name = pages.cookie(self.service)
        return [Finished(str(draft.uuid), f"{name}={draft.uuid.hex}") for draft in drafts]


class Clients:
    """Sixteen people who press Send one after the other, each time from another browser."""

    def __init__(self, house: House) -> None:
        self.house, self.random = house, random.Random(16)
        self.path = f"/pedir/{SERVICE}/enviar/"

    def run(self, drafts: list[Finished], seconds: float) -> Run:
        """As many as possible within `seconds`. SystemExit when one is not opened."""
        taken, times, wrong = iter(drafts), [], []
        lock, ends = threading.Lock(), time.monotonic() + seconds

        def client(address: str) -> None:
            link, sent = self._connect(address), 0
            while time.monotonic() < ends and not wrong:
                with lock:
                    draft = next(taken, None)
                if draft is None:
                    return
                if sent == SENDS_AN_ADDRESS:
                    link.close()
                    link, sent = self._connect(self._address()), 0
                started = time.perf_counter()
                status, where = self._send(link, draft)
                times.append((time.perf_counter() - started) * 1000)
                sent += 1
                if status != 302 or "/recebido/" not in where:
                    wrong.append(f"{status} {where}")

        threads = [threading.Thread(target=client, args=(self._address(),)) for _ in range(CLIENTS)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if wrong:
            raise SystemExit(f"a case was not opened: {wrong[0]}")
        return Run(len(times) / (time.monotonic() - started), sorted(times))

    def _address(self) -> str:
        """Loopback has sixteen million addresses: as many people as we need."""
        return f"127.{self.random.randint(1, 250)}.{self.random.randint(1, 250)}.{self.random.randint(1, 250)}"

    def _connect(self, address: str) -> HTTPConnection:
        return HTTPConnection(self.house.host, self.house.port, timeout=30, source_address=(address, 0))

    def _send(self, link: HTTPConnection, draft: Finished) -> tuple[int, str]:
        body = urlencode({"csrfmiddlewaretoken": CSRF, "draft": draft.uuid})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={CSRF}; {draft.cookie}",
            "Host": f"localhost:{self.house.port}",
        }
        link.request("POST", self.path, body, headers)
        answer = link.getresponse()
        answer.read()
        return answer.status, answer.getheader("Location") or ""


def figures(house: House) -> Iterable[Figure]:
    """One figure; the rows that the ceiling writes are those that one opening was seen to write."""
    desk, clients = Desk(), Clients(house)
    clients.run(desk.prepare(CLIENTS * 4), 10)  # warm: connections, templates, plans
    ceiling = Ceiling.from_one_opening(house.url, lambda: clients.run(desk.prepare(1), 10))
    figure = Figure(
        "a case opened",
        f"POST {clients.path} to `balcao web` ({house.workers} workers), {CLIENTS} clients",
        f"pgbench, {CLIENTS} clients, {len(ceiling.statements)} statements for the same rows, fsync on",
    )
    figure.notes["rows_by_table"] = ceiling.rows
    console.print(f"Rows of one opening: {ceiling.rows}")
    ceiling.run(CLIENTS, 2)
    ceiling.check()
    # Enough drafts for a run as fast as the fastest so far, with room to spare.
    ready = 600

    def product() -> Run:
        nonlocal ready
        run = clients.run(desk.prepare(ready), SECONDS)
        ready = max(ready, int(run.rate * SECONDS * 1.5))
        return run

    figure.measure(product, lambda: ceiling.run(CLIENTS, SECONDS // 2), pairs=PAIRS)
    figure.notes["rows_after"] = {table: n for table, n in count_rows(house.url).items() if table in ceiling.rows}
    yield figure
