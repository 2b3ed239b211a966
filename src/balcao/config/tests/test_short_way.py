"""Words of a talk go past the middleware: kept and answered as a page would, and whatever is odd is a page's."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from balcao.channels.webchat.visitors import contact_of
from balcao.config.asgi import SHORT
from balcao.config.hooks import Hooks
from balcao.config.pages import Pages
from balcao.console.inbox import short
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.presence import beat, set_up_attendant
from balcao.inbox.conversations.speaking import say
from balcao.inbox.models import Account, Conversation, Line, Message
from balcao.inbox.receiving import Incoming, receive
from balcao.platform.actors import Actor
from tests.world import make_world

from .test_pages import call, chunks, echo, scope

pytestmark = pytest.mark.django_db
TOKEN, CSRF = "t" * 43, "b" * 32


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def site(world):
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral")
    return Account.objects.create(agency=world.agency, channel="webchat", key="cac", name="Site", line=line)


@pytest.fixture
def held(world, site, client):
    """A conversation in the hands of the attendant whose session `client` has."""
    staff, actor = world.staff["attendant"], world.actor("attendant")
    set_up_attendant(actor=world.actor("administrator"), staff=staff, capacity=4, lines=[site.line])
    beat(actor=actor)
    told = Incoming(provider_id=f"{contact_of(TOKEN)}:client-0000", contact=contact_of(TOKEN), text="Oi")
    found = receive(actor=Actor.system(world.agency.pk), account=site, incoming=told)
    client.force_login(staff)
    short._known.clear()
    return claim(actor=actor, conversation=found.conversation)


def post(path, body, kind=b"application/json", **headers):
    """What the short way answers, on this thread: status, headers, body. None: it is a page's."""
    sent = {"host": "testserver", "content-length": str(len(body)), **headers}
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
    work = Hooks({}, Pages(echo, 1, False), views=SHORT)._work(scope([*named, (b"content-type", kind)], path=path))
    return work and work[1](body)


def writes(text, client_id, key="cac", **headers):
    return post(f"/chat/{key}/send/", json.dumps({"text": text, "client_id": client_id}).encode(), **headers)


def answers(talk, client, text, client_id, *, token=CSRF, since=99, **headers):
    form = {"text": text, "client_id": client_id, "piece": "1", "since": since, "csrfmiddlewaretoken": token}
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    headers = {"cookie": f"sessionid={session}; csrftoken={CSRF}", "origin": "http://testserver"} | headers
    return post(
        f"/console/inbox/{talk.pk}/say/", urlencode(form).encode(), b"application/x-www-form-urlencoded", **headers
    )


def words():
    return list(Message.objects.order_by("number").values_list("body", flat=True))


@pytest.fixture
def bearer():
    return {"authorization": f"Bearer {TOKEN}"}


def test_a_visitors_words_are_kept_once_and_answered_as_by_the_page(held, bearer, client):
    status, headers, body = writes("Preciso de ajuda", "client-0001", **bearer)
    assert (status, json.loads(body)) == (200, {"talk": held.pk, "number": 2, "problem": ""})
    assert (b"cache-control", b"no-store, private") in headers and (b"x-content-type-options", b"nosniff") in headers
    assert writes("Preciso de ajuda", "client-0001", **bearer)[2] == body
    paged = client.post("/chat/cac/send/", {"text": "x", "client_id": "client-0001"}, "application/json",
                        HTTP_AUTHORIZATION=bearer["authorization"])  # fmt: skip
    assert paged.content == body and words() == ["Oi", "Preciso de ajuda"]


def test_nobody_passes_by_the_short_way_who_would_not_by_the_other(held, bearer):
    status, headers, _body = writes("Oi", "client-0001", origin="https://hostile.example", **bearer)
    assert status == 403 and b"access-control-allow-origin" not in dict(headers)
    assert writes("Oi", "client-0001", key="nobody", **bearer) is None, "a page says that there is none"
    assert writes("Oi", "client-0001")[0] == 400, "a widget without a token"
    assert writes("Oi", "client-0001", host="elsewhere.example", **bearer) is None
    status, headers, _body = writes("Oi", "client-0001", x_balcao_chat="1")
    assert status == 200 and b"balcao_chat=" in dict(headers)[b"set-cookie"]
    assert Conversation.objects.count() == 2 and words() == ["Oi", "Oi"]
    assert post("/chat/cac/send/", b"--", b"multipart/form-data; boundary=-", **bearer) is None


def test_that_it_was_read_is_kept(held, bearer, world):
    say(actor=world.actor("attendant"), conversation=held, client_id="1", text="Bom dia!")
    for number in (2, 1):
        assert post("/chat/cac/read/", json.dumps({"number": number}).encode(), **bearer)[0] == 204
    held.refresh_from_db()
    assert (held.citizen_read, held.citizen_unread) == (2, 0)


def test_too_much_from_one_person_is_refused(held, bearer, settings):
    settings.PER_SENDER = (2, 9)
    said = [writes("Oi", f"client-000{n}", **bearer) for n in range(1, 4)]
    assert [one[0] for one in said] == [200, 200, 429] and b"retry-after" in dict(said[2][1])


def test_an_attendants_answer_is_kept_once_and_drawn(held, client):
    status, headers, body = answers(held, client, "Bom dia!\r\n<b>", "a-1", since=2)
    assert status == 200 and (b"cache-control", b"no-store, private") in headers
    assert b'data-number="2"' in body and b"&lt;b&gt;" in body and b"Attendant" in body
    page = client.get(f"/console/inbox/{held.pk}/", {"piece": "thread", "since": 2}).content
    assert body.strip() == page.strip()
    assert answers(held, client, "Bom dia!", "a-1", since=2) is None, "the page finds what is there"
    behind = answers(held, client, "Até logo", "a-2", since=1)[2]
    assert [behind.count(b'data-number="%d"' % number) for number in (1, 2, 3)] == [1, 1, 1]
    assert words() == ["Oi", "Bom dia!\n<b>", "Até logo"]


def test_who_has_signed_out_says_nothing_more(held, client):
    assert answers(held, client, "Um", "a-1") is not None
    Session.objects.all().delete()  # this process still knows who it was
    assert short._known and answers(held, client, "Dois", "a-2") is None
    assert words() == ["Oi", "Um"]


def test_who_was_shut_out_says_nothing_more(held, client, world):
    assert answers(held, client, "Um", "a-1") is not None
    staff = world.staff["attendant"]
    staff.is_active = False
    staff.save()
    assert answers(held, client, "Dois", "a-2") is None and words() == ["Oi", "Um"]


@pytest.mark.parametrize("odd", [{"token": "c" * 32}, {"origin": "https://hostile.example"}, {"cookie": ""}])
def test_a_forged_answer_is_a_pages_to_refuse(held, client, odd):
    assert answers(held, client, "Olá", "a-1", **odd) is None and words() == ["Oi"]


def test_a_colleague_does_not_answer_in_their_stead(held, client, world):
    client.force_login(world.staff["supervisor"])
    assert answers(held, client, "Olá", "a-1") is None and words() == ["Oi"]


def test_what_the_short_way_does_not_end_goes_to_a_page_with_its_body():
    def fails(request, pk):
        raise ValueError("ours")

    for view in (fails, lambda request, pk: None):
        app = Hooks({}, Pages(echo, 1, False), views={r"/a/(?P<pk>\d)/": view})
        sent = scope([(b"content-length", b"3")], path="/a/1/")
        assert asyncio.run(call(app, sent, chunks(b"a", b"bc")))[:2] == (200, b"abc")
