"""A case opened over HTTP, by the portal's form and by Open311, beside minimal SQL that writes the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.utils import timezone

from . import statements
from .doors import AGENCY, api_key
from .harness import Figure, Goal, Run, console
from .house import House
from .load import BUSY, Browser, Busy, crowd
from .minimal import Ceiling, count_rows

CLIENTS = 16
SECONDS = 4
SERVICE = "arvore"
SENDING = f"/pedir/{SERVICE}/enviar/"
FILING = "/open311/v2/requests.json"
RATIO, STATEMENTS = Goal(0.20, "ratio"), Goal(15, at_most=True)
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


def portal(house: House) -> Iterable[Figure]:
    """The form's last page is sent; the draft was finished before."""
    desk = Desk()

    def send(drafts: list[Finished], seconds: float) -> Run:
        waiting = iter(drafts)

        def job(browser: Browser) -> bool:
            draft = next(waiting, None)
            return draft is not None and _sent(browser, draft)

        return crowd(house.host, house.port, job, clients=CLIENTS, seconds=seconds).run()

    ready = 600  # enough drafts for a run as fast as the fastest so far, with room to spare

    def product() -> Run:
        nonlocal ready
        run = send(desk.prepare(ready), SECONDS)
        ready = max(ready, int(run.value * SECONDS * 1.5))
        return run

    send(desk.prepare(CLIENTS * 4), 10)  # warm: connections, templates, plans
    yield _beside("open a case: portal", house, f"POST {SENDING}", product, lambda: send(desk.prepare(1), 10))
    for draft in desk.prepare(2):  # the second one finds remembered what a process remembers
        headers = {"cookie": f"csrftoken={CSRF}; {draft.cookie}", "content_type": FORM}
        counted = statements.of_request("post", SENDING, _form(draft), **headers)
    yield Figure.of("statements: portal", counted.pop("statements"), "", STATEMENTS, product=SENDING, **counted)


def open311(house: House) -> Iterable[Figure]:
    """GeoReport's POST request, with a key, by people who are all different."""
    number = iter(range(10**9))

    def send(seconds: float, most: int = 10**9) -> Run:
        left: Iterator[int] = iter(range(most))

        def job(browser: Browser) -> bool:
            return next(left, None) is not None and filed(browser, request(next(number)))

        return crowd(house.host, house.port, job, clients=CLIENTS, seconds=seconds).run()

    send(10, CLIENTS * 4)
    yield _beside("open a case: Open311", house, f"POST {FILING}", lambda: send(SECONDS), lambda: send(10, 1))
    for _ in range(2):
        counted = statements.of_request("post", FILING, request(next(number)), content_type=FORM)
    yield Figure.of("statements: Open311", counted.pop("statements"), "", STATEMENTS, product=FILING, **counted)


def _beside(name: str, house: House, what: str, product: Callable[[], Run], once: Callable[[], Any]) -> Figure:
    """The rows that the ceiling writes are those that one opening was seen to write."""
    ceiling = Ceiling.from_one_opening(house.url, once)
    figure = Figure(
        name,
        f"{what} to `balcao web` ({house.workers} workers), {CLIENTS} clients",
        f"pgbench, {CLIENTS} clients, {len(ceiling.statements)} statements for the same rows, fsync on",
        RATIO,
    )
    figure.notes["rows_by_table"] = ceiling.rows
    console.print(f"Rows of one opening: {ceiling.rows}")
    ceiling.run(CLIENTS, 2)
    ceiling.check()
    figure.measure(product, lambda: ceiling.run(CLIENTS, SECONDS - 2))
    figure.notes["rows_after"] = {table: n for table, n in count_rows(house.url).items() if table in ceiling.rows}
    return figure


FORM = "application/x-www-form-urlencoded"


def _form(draft: Finished) -> str:
    return urlencode({"csrfmiddlewaretoken": CSRF, "draft": draft.uuid})


def _sent(browser: Browser, draft: Finished) -> bool:
    headers = {"Content-Type": FORM, "Cookie": f"csrftoken={CSRF}; {draft.cookie}"}
    status, where, _ = browser.ask("POST", SENDING, _form(draft), headers)
    if status in BUSY:
        raise Busy
    if status != 302 or "/recebido/" not in where:
        raise SystemExit(f"a case was not opened: {status} {where}")
    return True


def request(number: object) -> str:
    """The body of a POST request by a person of this number."""
    location = ANSWERS["location"]
    return urlencode(
        {
            "api_key": api_key("open311.write"),
            "jurisdiction_id": AGENCY,
            "service_code": SERVICE,
            "description": ANSWERS["description"],
            "lat": "-22.16",
            "long": "-48.615",
            "address_string": f"{location['address']}, {location['number']}",
            "address_id": location["place"],
            "first_name": "Maria",
            "last_name": "das Dores",
            "email": f"joana{number}@bench.example",
            **{f"attribute[{code}]": ANSWERS[code] for code in ("porte", "risco")},
            "attribute[fios]": "false",
        }
    )


def filed(browser: Browser, body: str) -> bool:
    """Sent; Busy, or SystemExit when it opened nothing."""
    status, _, said = browser.ask("POST", FILING, body, {"Content-Type": FORM})
    if status in BUSY:
        raise Busy
    if status not in (200, 201):
        raise SystemExit(f"a case was not opened: {status} {said.decode(errors='replace')[:200]}")
    return True
