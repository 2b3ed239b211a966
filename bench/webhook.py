"""WhatsApp's webhook: a signed batch is durable before Meta hears 200, beside minimal SQL that writes the same rows."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from . import cpu, statements
from .doors import AGENCY
from .harness import Figure, Goal, Run, console
from .house import House
from .load import BUSY, Browser, Busy, crowd
from .minimal import Ceiling

SENDERS, SECONDS = 16, 4
BATCHES = (1, 50)
RATIO, TAIL = Goal(0.35, "ratio"), Goal(5, at_most=True)
SECRET, NUMBER = "bench-app-secret-0123456789abcdef", "900000000000001"
WORDS = "Bom dia! Preciso de ajuda com a certidão do meu pai, já estive aí duas vezes e ninguém soube me dizer."


def figures(house: House) -> Iterable[Figure]:
    """Batches of one and of fifty. No worker runs: what is measured is the acknowledgement, not the taking in."""
    path = connected()
    for size in BATCHES:
        yield from _of_size(house, path, size)


def _of_size(house: House, path: str, size: int) -> Iterator[Figure]:
    numbers = count(1)

    def job(browser: Browser) -> bool:
        return delivered(browser, path, batch(size, numbers))

    def send(seconds: float) -> Run:
        return crowd(house.host, house.port, job, clients=SENDERS, seconds=seconds).run()

    send(2)  # warm
    ceiling = Ceiling.from_one_opening(house.url, lambda: job(Browser(house.host, house.port, 1)))
    figure = Figure(
        f"WhatsApp webhook, {size} a batch",
        f"signed POST to `balcao web` ({house.workers} workers), {SENDERS} senders; batches",
        f"pgbench, {SENDERS} clients, {len(ceiling.statements)} statements for the same rows, fsync on",
        RATIO,
    )
    figure.notes["rows_by_table"] = ceiling.rows
    ceiling.run(SENDERS, 2)
    ceiling.check()
    roots = {"web": house.web, "PostgreSQL": house.database}
    spent, done = dict.fromkeys(roots, 0.0), 0.0

    def product() -> Run:
        nonlocal done
        before = {name: cpu.seconds(pid) for name, pid in roots.items()}
        run = send(SECONDS)
        for name, pid in roots.items():
            spent[name] += cpu.seconds(pid) - before[name]
        done += run.value * SECONDS
        return run

    figure.measure(product, lambda: ceiling.run(SENDERS, SECONDS - 2))
    figure.notes["cpu_ms_a_batch"] = {name: round(1000 * one / max(1, done), 2) for name, one in spent.items()}
    console.print(f"  processor of a batch, ms: {figure.notes['cpu_ms_a_batch']}", style="dim")
    for body in (
        batch(size, numbers),
        batch(size, numbers),
    ):  # the second one finds remembered what a process remembers
        counted = statements.of_request(
            "post", path, body, content_type="application/json", HTTP_X_HUB_SIGNATURE_256=signature(body)
        )
    figure.notes |= counted
    yield figure
    tails = [(run.percentile(99) or 0) / (run.percentile(50) or 1) for run, _ in figure.runs]
    yield Figure(
        f"… its p99 beside its median, {size} a batch", "of an answer", goal=TAIL, unit="×",
        runs=[(Run(one), None) for one in tails],
    )  # fmt: skip


def connected() -> str:
    """The webhook's path of a number of the demonstration's agency that is connected for the bench."""
    from balcao.channels.whatsapp.connecting import connect_number, keep_app
    from balcao.channels.whatsapp.models import MetaApp
    from balcao.inbox.conversations.models import Line
    from balcao.organization.models import Agency
    from balcao.platform.actors import Actor

    agency = Agency.objects.get(slug=AGENCY)
    line, _ = Line.objects.get_or_create(agency=agency, slug="bench", defaults={"name": "Bench"})
    app = MetaApp.objects.filter(name="bench").first()
    if app is None:
        app = keep_app(actor=Actor.system(), app=MetaApp(name="bench", secret=SECRET, verify_token="bench"))
        connect_number(
            actor=Actor.system(agency.pk), app=app, line=line, phone_number_id=NUMBER, name="Bench",
            shown="+55 35 3435-1000", token="bench",
        )  # fmt: skip
    return f"/whatsapp/{app.hook}/"


def batch(size: int, numbers: Iterator[int]) -> bytes:
    """What Meta delivers: `size` messages, each in an entry of its own, of people who are all different."""
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [entry(next(numbers)) for _ in range(size)]}
    ).encode()


def entry(number: int, *, who: int | None = None, text: str = WORDS, name: str = "") -> dict[str, Any]:
    """One message, by a person of their own number unless told by `who`. `name`: Meta's id of it."""
    person = number if who is None else who
    user, digits = f"BR.{10**15 + person}", f"5535{900000000 + person}"
    message = {
        "from": digits,
        "from_user_id": user,
        "id": name or f"wamid.HBgM{time.time_ns():x}{number:012d}",
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "553534351000", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Maria das Dores"}, "wa_id": digits, "user_id": user}],
        "messages": [message],
    }
    return {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}


def signature(body: bytes) -> str:
    return "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()


def delivered(browser: Browser, path: str, body: bytes) -> bool:
    """Acknowledged; Busy, or SystemExit with what was answered."""
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(body)}
    status, _, said = browser.ask("POST", path, body, headers)
    if status in BUSY:
        raise Busy
    if status != 200:
        raise SystemExit(f"a delivery was not taken: {status} {said[:200]!r}")
    return True
