"""A visitor's stream over a real PostgreSQL: their own words and ours, once and in order; nothing of anybody else."""

import asyncio
import json
import re
import threading

import pytest
from django.db import connections
from django.utils import timezone

from balcao.channels.webchat import telling
from balcao.channels.webchat.visitors import contact_of
from balcao.config import live_chat
from balcao.config.live import Live
from balcao.config.live_chat import Door, LiveChat, Teller
from balcao.inbox.conversations.models import Conversation, Wait
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.speaking import say
from balcao.inbox.conversations.states import State
from balcao.inbox.conversations.typing import tell_typing
from balcao.inbox.handing.asking import ask
from balcao.inbox.handing.passing import pass_on
from balcao.inbox.models import Account, Line
from balcao.inbox.receiving import Incoming, receive
from balcao.organization.models import Staff
from balcao.platform.actors import Actor
from tests.world import make_world

from .listening import Listener

pytestmark = pytest.mark.django_db(transaction=True)
SITE, TOKEN = "https://www.vila-serena.sp.gov.br", "t" * 43


class Listening(Listener):
    """A visitor whose browser listens."""

    def __init__(self, app, token=TOKEN, after="", origin=SITE, method="GET", query=b"chat=cac&lang=en"):
        headers = [(b"host", b"localhost"), (b"authorization", b"Bearer " + token.encode())]
        headers += [(b"last-event-id", after.encode())] * bool(after) + [(b"origin", origin.encode())] * bool(origin)
        scope = {"type": "http", "method": method, "path": "/chat/stream/", "query_string": query}
        super().__init__(app, scope | {"headers": headers, "client": ("203.0.113.9", 1), "scheme": "https"})

    @property
    def heard(self):
        return [json.loads(data)["text"] for data in re.findall(r"event: message\ndata: (.*)", self.text)]

    @property
    def standings(self):
        return [json.loads(data) for data in re.findall(r"event: standing\ndata: (.*)", self.text)]

    @property
    def last(self):
        return re.findall(r"^id: (\S+)$", self.text, re.MULTILINE)[-1]


@pytest.fixture
def account():
    world = make_world()
    line = Line.objects.create(agency=world.agency, slug="cac", name="CAC")
    return Account.objects.create(
        agency=world.agency, channel="webchat", key="cac", name="CAC", line=line, origins=[SITE]
    )


@pytest.fixture
def app():
    made = LiveChat(Live())
    yield made
    together = threading.Barrier(live_chat.THREADS)  # each thread closes its own connection
    ends = [made._threads.submit(lambda: (together.wait(5), connections.close_all())) for _ in range(live_chat.THREADS)]
    for end in ends:
        end.result()


def writes(account, text, token=TOKEN):
    told = Incoming(provider_id=f"{token}:{text}", contact=contact_of(token), text=text)
    return receive(actor=Actor.citizen(account.agency_id), account=account, incoming=told).conversation


def answers(conversation, text):
    actor = Actor.system(conversation.agency_id)
    return say(actor=actor, conversation=conversation, client_id=text, text=text)


def leaves(conversation):
    close(actor=Actor.citizen(conversation.agency_id), conversation=conversation)


async def apart(work, *args):
    """Somebody does this meanwhile, over a connection of their own."""

    def done():
        try:
            work(*args)
        finally:
            connections.close_all()

    await asyncio.to_thread(done)


def test_each_message_comes_once_and_in_order_also_after_a_cut(app, account):
    talk = writes(account, "Oi")

    async def story():
        async with Listening(app) as first:
            await apart(answers, talk, "Bom dia!")
            await first.until(lambda: len(first.heard) == 2)
            assert first.heard == ["Oi", "Bom dia!"]
        for text in ("Um", "Dois", "Três"):
            await apart(answers, talk, text)
        async with Listening(app, after=first.last) as back:
            await apart(answers, talk, "Quatro")
            await back.until(lambda: len(back.heard) >= 4)
            assert back.heard == ["Um", "Dois", "Três", "Quatro"]
        async with Listening(app, after="999999.5") as other:  # a cursor of some other conversation
            assert other.heard == ["Oi", "Bom dia!", "Um", "Dois", "Três", "Quatro"]

    asyncio.run(story())


@pytest.mark.parametrize("query", [b"chat=nobody", b"chat=cac%00", b"chat=%00", b"chat=", b""])
def test_a_chat_that_is_not_there_is_not_found(app, account, query):
    async def story():
        async with Listening(app, query=query) as stranger:
            assert stranger.sent[0]["status"] == 404

    asyncio.run(story())


def test_what_is_said_while_the_stream_reads_comes_once(account, monkeypatch):
    talk = writes(account, "Oi")
    told, said_after = Teller(Door(account.agency_id, SITE, "en", "UTC", talk.pk), 0), telling.said_after

    def said_meanwhile(asked):
        answers(talk, f"Resposta {talk.messages.count()}")
        return said_after(asked)

    def news():
        return told.frames(telling.news([told.asks()])[0])

    monkeypatch.setattr(telling, "said_after", said_meanwhile)
    frames = news()
    monkeypatch.undo()
    answers(talk, "Por fim")
    frames += news() + news()
    numbers = re.findall(rb"^id: \d+\.(\d+)$", frames, re.MULTILINE)
    assert numbers == [b"1", b"2", b"3"]


def test_many_who_listen_cost_two_statements_and_each_hears_their_own(account, django_assert_num_queries):
    talks = [writes(account, f"Sou {n}", token=f"{n}" * 43) for n in range(6)]
    ana = Staff.objects.create(email="ana@x.example", name="Ana Lima", agency=account.agency)
    Conversation.objects.update(state=State.HELD, owner=ana)
    answers(talks[3], "Só para você")
    asked = [telling.Asked(talk.pk, n % 2, "en", "UTC") for n, talk in enumerate(talks)]
    with django_assert_num_queries(2):
        found = telling.news([*asked, telling.Asked(999_999, 0, "en", "UTC")])
    assert found.pop() is None, "a conversation that is no more"
    heard = [[word["text"] for word in one.messages] for one in found]
    assert heard == [["Sou 0"], [], ["Sou 2"], ["Só para você"], ["Sou 4"], []]
    assert [one.standing.talk for one in found] == [talk.pk for talk in talks]
    assert {one.standing.attendant for one in found} == {"Ana"}


def test_nobody_hears_anothers_words_and_a_stranger_nothing(app, account):
    writes(account, "Meu segredo")
    theirs = writes(account, "Outra coisa", token="o" * 43)

    async def story():
        async with Listening(app, token="o" * 43) as other:
            await apart(writes, account, "Ainda segredo")
            await apart(answers, theirs, "Olá")
            await other.until(lambda: len(other.heard) == 2)
            assert other.heard == ["Outra coisa", "Olá"]
        for refused, status in (
            (Listening(app, token="x" * 43), 204),
            (Listening(app, token="short"), 204),
            (Listening(app, origin="https://hostile.example"), 403),
        ):
            async with refused:
                assert refused.sent[0]["status"] == status and "segredo" not in refused.text

    asyncio.run(story())


def test_the_line_and_typing_are_told_and_a_preview_is_not(app, account, monkeypatch):
    monkeypatch.setattr(live_chat, "LINE_MOVES", 0.2)
    monkeypatch.setattr(telling, "FRESH", 0.0)
    first = writes(account, "Cheguei antes", token="o" * 43)
    talk = writes(account, "Oi")

    async def story():
        async with Listening(app) as listener:
            await listener.until(lambda: listener.standings)
            assert listener.standings[0]["state"] == "waiting"
            await apart(tell_typing, talk.pk, "citizen", "o que digito")
            await apart(tell_typing, talk.pk, "staff")
            await listener.until(lambda: "event: typing" in listener.text)
            assert "o que digito" not in listener.text
            assert listener.standings[0]["line"] == "There is 1 person before you."
            await apart(leaves, first)
            await listener.until(lambda: listener.standings[-1]["line"] == "You are the next.")

    asyncio.run(story())


def passes_on(talk, line):
    answers(talk, "Um momento")
    owner = Staff.objects.create(email="ana@x.example", name="Ana", agency=talk.agency)
    Wait.objects.filter(conversation=talk).update(ended_at=timezone.now(), end="taken")
    Conversation.objects.filter(pk=talk.pk).update(state="held", owner=owner)
    asked = ask(actor=Actor.system(talk.agency_id), conversation=talk, line=line)
    writes(talk.account, "Sim")
    pass_on(asked.pk, timezone.now())


def test_whoever_is_passed_on_hears_the_other_agency_when_the_stream_comes_back(app, account):
    procon = make_world("procon", default=False, hostname="procon.example.org").agency
    line = Line.objects.create(agency=procon, slug="consumo", name="Consumo", open_to_others=True)
    Account.objects.create(agency=procon, channel="webchat", key="procon", name="PROCON", line=line)
    talk = writes(account, "Oi")

    async def story():
        async with Listening(app) as first:
            await apart(passes_on, talk, line)
            await first.until(lambda: first.sent[-1].get("more_body") is False)
            assert first.standings[-1]["state"] == "closed" and "neste chat" in first.heard[-1]
        async with Listening(app, after=first.last) as back:
            await back.until(lambda: back.standings)
            stands = back.standings[0]
            assert (stands["before"], stands["state"], back.heard) == (talk.pk, "waiting", [])
            assert stands["line"] == "You are the next." and stands["at"].startswith(procon.name)
            await apart(answers, Conversation(pk=stands["talk"], agency=procon), "Bom dia do Procon")
            await back.until(lambda: back.heard == ["Bom dia do Procon"])

    asyncio.run(story())


def test_another_site_asks_first_and_hears_the_answer(app, account):
    async def story():
        async with Listening(app, method="OPTIONS") as asked:
            headers = dict(asked.sent[0]["headers"])
            assert headers[b"access-control-allow-origin"] == SITE.encode()
            assert b"Authorization" in headers[b"access-control-allow-headers"]
            assert b"access-control-allow-credentials" not in headers

    asyncio.run(story())
