"""People with phones, Meta between them and us, and attendants in the console: a city of conversations."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from balcao.channels.whatsapp.simulator.cloud import Cloud
from balcao.channels.whatsapp.simulator.delivering import Courier, Faults
from balcao.channels.whatsapp.simulator.server import serve

from .city import City
from .people import Ledger, Person

SECRET = "app-secret-of-the-phones-0123456789"
WRONG = 23 * 3600  # seconds by which a clock is wrong: after 24 hours Meta takes no free words
SET_UP = """
import json, sys
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from balcao.channels.whatsapp.connecting import connect_number, keep_app
from balcao.channels.whatsapp.models import MetaApp
from balcao.inbox.conversations.models import Account, Line
from balcao.inbox.conversations.presence import set_up_attendant
from balcao.platform.actors import Actor
from balcao.platform.sessions import SessionStore
from tests.world import add_staff, make_world
world = make_world()
boss = world.actor("administrator")
talked = Line.objects.create(agency=world.agency, slug="cac", name="CAC")
asked = Line.objects.create(agency=world.agency, slug="triagem", name="Triagem", interview="service:poda")
Account.objects.create(agency=world.agency, channel="webchat", key="site", name="Site", line=talked)
hooks = []
for number, graph in enumerate(GRAPHS):
    app = MetaApp(name=f"app {number}", secret=SECRET, verify_token="v", graph=graph)
    app = keep_app(actor=Actor.system(), app=app)
    connect_number(actor=boss, app=app, line=asked if number == ASKED else talked, phone_number_id=str(1000 + number),
                   name=f"n{number}", shown="+55 35 3435-1000", token="token")
    hooks.append(str(app.hook))
sessions = []
for number in range(ATTENDANTS):
    who = add_staff(world.agency, world.roles["attendant"], tag=f"-{number}")
    set_up_attendant(actor=boss, staff=who, capacity=20, lines=[talked, asked])
    session = SessionStore()
    session[SESSION_KEY] = str(who.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = who.get_session_auth_hash()
    session.save()
    sessions.append([who.pk, session.session_key])
print("plan:" + json.dumps({"agency": world.agency.pk, "hooks": hooks, "sessions": sessions}))
"""
TOLD = """
import json
from balcao.inbox.models import Message
found = Message.objects.filter(conversation__isnull=False).order_by("conversation_id", "number")
print("told:" + json.dumps([[m.account.key, m.conversation_id, m.number, m.direction, m.author_kind, m.provider_id,
    m.body] for m in found.select_related("account")]))
"""


@dataclass(frozen=True)
class Told:
    """A message as the database has it."""

    account: str
    conversation: int
    number: int
    direction: str
    author: str
    provider_id: str | None
    text: str


class CallCentre(City):
    """One phone for each of so many numbers; the number `asked` begins with a service's questions. Use it as City."""

    def __init__(self, *, phones: int, attendants: int, asked: int = -1, webs: int = 2, workers: int = 2) -> None:
        super().__init__(webs=webs, workers=workers, smtp_port=9)
        self.environment["BALCAO_OUTSIDE_ALLOW"] = "127.0.0.0/8"
        self.asked, self.attendants = asked, attendants
        self.clouds = [
            Cloud(Courier("", SECRET, Faults(), wait=0.3), str(1000 + number), "token") for number in range(phones)
        ]
        self.servers = [serve(cloud) for cloud in self.clouds]

    def set_up(self) -> None:
        self.balcao("migrate")
        graphs = [f"http://127.0.0.1:{server.server_address[1]}/v23.0" for server in self.servers]
        given = {"GRAPHS": graphs, "ASKED": self.asked, "ATTENDANTS": self.attendants, "SECRET": SECRET}
        before = "".join(f"{name} = {value!r}\n" for name, value in given.items())
        self.plan = json.loads(self.balcao("manage", "shell", "-c", before + SET_UP).rpartition("plan:")[2])
        for number, cloud in enumerate(self.clouds):
            port = self.ports[number % len(self.ports)]
            cloud.courier.address = f"http://127.0.0.1:{port}/whatsapp/{self.plan['hooks'][number]}/"
            cloud.person.wa_id, cloud.person.user_id = f"5535912345{number:02d}", f"BR.150257639465580{number:02d}"

    def __exit__(self, *_: object) -> None:
        for cloud, server in zip(self.clouds, self.servers, strict=True):
            cloud.courier.stop()
            server.shutdown()
        super().__exit__()

    def told(self) -> list[Told]:
        """All that was said in conversations, in the order of each."""
        said = self.balcao("manage", "shell", "-c", TOLD)
        return [Told(*one) for one in json.loads(said.rpartition("told:")[2])]

    def waiting(self) -> dict[str, int]:
        """What is not done yet."""
        arrivals, deliveries, jobs = self.ask(
            "SELECT (SELECT count(*) FROM whatsapp_arrival),"
            " (SELECT count(*) FROM inbox_delivery WHERE state = 'queued'),"
            " (SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'platform.react' AND status <> 'failed')"
        )[0]
        return {"arrivals": arrivals, "deliveries": deliveries, "jobs": jobs}

    def said(self) -> str:
        late = self.ask("SELECT kind, attempts, next_try_at - now(), reason FROM whatsapp_arrival ORDER BY id LIMIT 20")
        return f"{late}\n{super().said()}"


@dataclass
class Talker:
    """Somebody who writes so many messages, one after the other. `late`: by how much their clock is wrong."""

    cloud: Cloud
    words: list[str]
    pause: float
    late: int = 0
    said: list[tuple[str, str]] = field(default_factory=list)  # Meta's id, the words

    def live(self) -> None:
        for text in self.words:
            self.said.append((self.cloud.say("text", {"body": text}, at=int(time.time()) + self.late), text))
            time.sleep(self.pause)

    @property
    def screen(self) -> list[str]:
        """What was said to them, in the order of its coming."""
        return [words_of(one.shown) for one in self.cloud.bubbles if not one.mine]


def words_of(shown: dict[str, Any]) -> str:
    if "text" in shown:
        return str(shown["text"]["body"])
    return str(shown["interactive"]["body"]["text"])


class Attendant(Person):
    """In the console: their page beats, and each message of a person is answered with one of theirs, insisted on until
    it was taken."""

    def __init__(self, city: CallCentre, ledger: Ledger, ending: threading.Event, number: int) -> None:
        super().__init__(city, ledger, ending, 100 + number)
        self.staff, key = city.plan["sessions"][number]
        self.cookies = {"sessionid": key}
        self.answered: list[tuple[int, str]] = []  # the conversation, the words: acknowledged

    def live(self) -> None:
        beaten = 0.0
        while not self.ending.is_set():
            if time.monotonic() > beaten + 5:
                self.insist(lambda: self._taken("/console/inbox/beat/", {}))
                beaten = time.monotonic()
            mine = self.city.ask(
                "SELECT id, last_number FROM inbox_conversation WHERE owner_id = %s AND state = 'held'"
                " AND staff_unread > 0 ORDER BY heard_at",
                self.staff,
            )
            for talk, number in mine[:3]:
                text = f"resposta até {number} de {self.staff}"
                words = {"text": text, "client_id": f"{self.staff}-{talk}-{number}", "piece": "1"}
                if self.insist(lambda talk=talk, words=words: self._taken(f"/console/inbox/{talk}/say/", words)):
                    self.answered.append((talk, text))
            time.sleep(0.1)

    def _taken(self, path: str, fields: dict[str, str]) -> bool:
        status, _where, text = self.send("POST", path, fields)
        if status == 200:
            return True
        if status == 422 or not self.away(status, text):
            with self.ledger.lock:
                self.ledger.refusals.append(f"{path}: {status} {text[:300]}")
            return True
        return False
