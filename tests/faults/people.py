"""People who do not give up: each asks, reports or answers over HTTP, and tries again until somebody acknowledges."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import httpx
import psycopg

from .city import City

CSRF = "b" * 32  # the cookie and the field must agree; a browser got both with a page before


@dataclass
class Ledger:
    """What was acknowledged, and nothing else: a 2xx or a redirect that somebody has read to its end."""

    opened: dict[str, str] = field(default_factory=dict)  # our own id of the demand → its protocol
    reported: dict[int, str] = field(default_factory=dict)  # order → the report's key
    answered: set[int] = field(default_factory=set)  # case
    refusals: list[str] = field(default_factory=list)  # answers that a person should not have met
    kind_words: int = 0  # 503s that said so in a page
    wanted: float = float("inf")  # demands that may be begun in all: so a fast machine does no more than a slow one
    begun: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def done(self) -> int:
        return len(self.opened) + len(self.reported) + len(self.answered)

    def may_begin(self) -> bool:
        """Whether one more demand is wanted; it then counts as begun."""
        with self.lock:
            free = self.begun < self.wanted
            self.begun += free
        return free


class Person:
    """One browser or program. `ending` is set when no new work is begun; what is begun is still brought to its end."""

    def __init__(self, city: City, ledger: Ledger, ending: threading.Event, seed: int) -> None:
        self.city, self.ledger, self.ending, self.seed = city, ledger, ending, seed
        self.chance = random.Random(seed)
        self.cookies: dict[str, str] = {}
        self.given_up = time.monotonic() + 3600

    def send(
        self,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
        files: dict[str, tuple[str, bytes]] | None = None,
        given: dict[str, str] | None = None,
        **headers: str,
    ) -> tuple[int, str, str]:
        """(status, Location, body) of one try at any of the webs; OSError when nobody answered whole. `files`: the name
        and the content of each, by its field; `given`: JSON in place of a form."""
        port = self.chance.choice(self.city.ports)
        # Loopback has sixteen million addresses: as many people as we need, each with a minute's quota of its own.
        here = f"127.{self.seed % 250 + 1}.{self.chance.randint(1, 250)}.{self.chance.randint(1, 250)}"
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=(here, 0))
        cookies = "; ".join(f"{name}={value}" for name, value in ({"csrftoken": CSRF} | self.cookies).items())
        said = {"Host": f"localhost:{port}", "Cookie": cookies, "Origin": f"http://localhost:{port}"} | headers
        body: bytes | None = None
        if fields is not None:
            form = httpx.Request(method, "http://form/", data=fields | {"csrfmiddlewaretoken": CSRF}, files=files)
            body = form.read()
            said["Content-Type"] = form.headers["Content-Type"]
        elif given is not None:
            body, said["Content-Type"] = json.dumps(given).encode(), "application/json"
        try:
            link.request(method, path, body, said)
            answer = link.getresponse()
            text = answer.read().decode(errors="replace")
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.headers.get("Location") or "", text
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            link.close()

    def insist(self, done: Callable[[], bool]) -> bool:
        """`done()` until it is true. False when an hour would not have been enough."""
        while time.monotonic() < self.given_up:
            try:
                if done():
                    return True
            except (OSError, psycopg.Error):
                pass
            time.sleep(self.chance.uniform(0.05, 0.3))
        return False

    def next_demand(self) -> bool:
        """Wait until one more is wanted. False when no new work is begun."""
        while not self.ending.is_set():
            if self.ledger.may_begin():
                return True
            time.sleep(0.05)
        return False

    def away(self, status: int, text: str) -> bool:
        """Whether this answer asks for patience; any other fault than that is kept as one."""
        if status == 503:
            self.ledger.kind_words += "<h1>" in text or "ready" in text
            return True
        if status >= 500:
            with self.ledger.lock:
                self.ledger.refusals.append(f"{status} {text[:300]}")
            return True
        return status == 429


class Client(Person):
    """A program that files by Open311, with an Idempotency-Key that a repeat keeps."""

    def live(self) -> None:
        while self.next_demand():
            key = str(uuid4())
            fields = {
                "api_key": self.city.plan["key"],
                "service_code": "poda",
                "description": f"Galho seco sobre a calçada, visto por {key}",
                "lat": "-23.55",
                "long": "-46.63",
                "address_string": "Rua das Flores, 12",
                "first_name": "Maria",
                "last_name": "das Dores",
                "email": f"{key[:8]}@pessoas.example.org",
            }

            def file(key: str = key, fields: dict[str, str] = fields) -> bool:
                status, _where, text = self.send(
                    "POST", "/open311/v2/requests.json", fields, **{"Idempotency-Key": key}
                )
                if status == 200:
                    with self.ledger.lock:
                        self.ledger.opened[key] = json.loads(text)[0]["service_request_id"]
                    return True
                if not self.away(status, text):
                    with self.ledger.lock:
                        self.ledger.refusals.append(f"POST requests: {status} {text[:300]}")
                    return True
                return False

            self.insist(file)


class Citizen(Person):
    """Somebody at the portal's form: each step is sent until it is taken; the cookie names the draft."""

    WORDS = {
        "kind": "solicitacao",
        "description": "O tronco rachou com o vento desta noite e ameaça a calçada.",
        "location.address": "Rua da Estação",
        "location.number": "88",
        "location.place": "centro",
        "who": "identified",
        "who_name": "Benedito Sá",
        "answer_by": "email",
        "consent": "on",
    }

    def live(self) -> None:
        while self.next_demand():
            self.cookies = {}
            mailbox = f"{uuid4().hex[:8]}@pessoas.example.org"
            where = "/pedir/poda/o-que/"
            way = [where]  # each answer that a kill took away begins the form again
            while "/recebido/" not in where:
                if len(way) > 60:
                    with self.ledger.lock:
                        self.ledger.refusals.append(f"the form goes round in a circle: {way}")
                    return
                found: list[str] = []
                self.insist(partial(self._step, where, mailbox, found))
                if not found:
                    return
                where = found[0]
                way.append(where)
            draft = where.rstrip("/").rpartition("/")[2].replace("-", "")
            with self.ledger.lock:
                self.ledger.opened[draft] = ""  # the confirmation is acknowledged: its number is read from the page
            self.insist(partial(self._read, where, draft))

    def _step(self, where: str, mailbox: str, found: list[str]) -> bool:
        path = "/pedir/poda/enviar/" if where.endswith("/revisar/") else where
        fields = {"join": ""} if where.endswith("/perto/") else self.WORDS | {"who_email": mailbox}
        status, location, text = self.send("POST", path, fields)
        if status == 302:
            found.append(location)
            return True
        if not self.away(status, text):
            with self.ledger.lock:
                self.ledger.refusals.append(f"{path}: {status} {text[:200]}")
            return True
        return False

    def _read(self, where: str, draft: str) -> bool:
        status, _location, text = self.send("GET", where)
        number = re.search(r"data-protocol[^>]*>([^<]+)<", text)
        if status == 200 and number:
            with self.ledger.lock:
                self.ledger.opened[draft] = re.sub(r"\W", "", number[1])
            return True
        return False


class Staff(Person):
    """An area that reports and a supervisor who answers: order after order, each step until it is taken."""

    taken: set[int] = set()
    choosing = threading.Lock()

    def live(self) -> None:
        while not self.ending.is_set():
            order: list[tuple[int, int]] = []
            self.insist(partial(self._choose, order))
            if order:
                self._work(*order[0])

    def _choose(self, order: list[tuple[int, int]]) -> bool:
        with self.choosing:
            rows = self.city.ask(
                "SELECT id, case_id FROM workorders_workorder WHERE state = 'issued' ORDER BY id LIMIT 60"
            )
            free = [row for row in rows if row[0] not in self.taken]
            if free:
                order.append(free[0])
                self.taken.add(free[0][0])
        return bool(free) or self.ending.is_set()

    def _work(self, order: int, case: int) -> None:
        at, key = f"/console/orders/{order}", str(uuid4())
        manager, supervisor = self.city.plan["area_manager"], self.city.plan["supervisor"]
        self._insist_until(manager, f"{at}/accept/", {}, order, ("accepted", "reported", "done"))
        words = {"outcome": "solved", "text": "Feito hoje de manhã.", "key": key}
        if self._insist_until(manager, f"{at}/report/", words, order, ("reported", "done")):
            with self.ledger.lock:
                self.ledger.reported[order] = key
        self._insist_until(supervisor, f"{at}/review/", {"verdict": "accept"}, order, ("done",))
        words = {"body": "A árvore foi podada hoje de manhã. Obrigado por avisar.", "do": "send"}

        def answer() -> bool:
            self.cookies = {"sessionid": supervisor}
            status, _where, text = self.send("POST", f"{at}/answer/", words)
            if status != 302:
                return not self.away(status, text)
            with self.ledger.lock:
                self.ledger.answered.add(case)
            return True

        self.insist(answer)

    def _insist_until(
        self, session: str, path: str, fields: dict[str, str], order: int, states: tuple[str, ...]
    ) -> bool:
        """Whether it was acknowledged. An answer that was lost on its way is found out by looking: a person would."""
        acknowledged = False

        def tried() -> bool:
            nonlocal acknowledged
            self.cookies = {"sessionid": session}
            status, _where, text = self.send("POST", path, fields)
            if status == 302:
                acknowledged = True
                return True
            if self.away(status, text):
                return False
            return self.city.ask("SELECT state FROM workorders_workorder WHERE id = %s", order)[0][0] in states

        self.insist(tried)
        return acknowledged


class Listener(Person):
    """A console that listens to the live stream, and comes back where it was."""

    def __init__(self, city: City, ledger: Ledger, ending: threading.Event, seed: int) -> None:
        super().__init__(city, ledger, ending, seed)
        self.heard: list[int] = []
        self.resets, self.returns, self.place = 0, 0, ""
        self.hearing = threading.Event()

    def live(self) -> None:
        while not self.ending.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._listen()
            self.returns += 1
            time.sleep(0.1)

    def _listen(self) -> None:
        port = self.chance.choice(self.city.ports)
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            headers = {"Host": f"localhost:{port}", "Cookie": f"sessionid={self.city.plan['supervisor']}"}
            if self.place:
                headers["Last-Event-ID"] = self.place
            link.request("GET", "/stream/", headers=headers)
            answer = link.getresponse()
            if answer.status != 200:
                return
            frame: dict[str, str] = {}
            while not self.ending.is_set():
                line = answer.readline()
                if not line:
                    return
                name, _, value = line.decode().rstrip("\r\n").partition(": ")
                if name:
                    frame[name] = value
                    continue
                self._heard(frame)
                frame = {}
        finally:
            link.close()

    def _heard(self, frame: dict[str, str]) -> None:
        if not frame.get("event"):
            return
        self.place = frame.get("id", self.place)
        if frame["event"] == "reset":
            self.resets += 1
        elif frame["event"] != "hello":
            self.heard.append(json.loads(frame["data"])["id"])
        self.hearing.set()
