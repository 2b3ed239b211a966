"""A page that has a conversation open hears the words themselves, and nobody else does: by the reader's own session, as
far as they may see it at that moment."""

import asyncio
import json
import re

import pytest
from django.db import connections
from django.test import Client

from balcao.config.live import Live
from balcao.config.live_words import open_talks, written_in
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.speaking import say
from balcao.organization.models import Staff
from balcao.platform.models import ReadLog
from tests.world import make_world

from .listening import Listener, elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


class Page(Listener):
    """Somebody's open page; `words` is what came drawn."""

    def __init__(self, app, session, *talks, tongue="en"):
        query = "&".join(f"talk={talk}" for talk in talks).encode()
        cookie = (b"cookie", f"sessionid={session}; django_language={tongue}".encode())
        scope = {"type": "http", "method": "GET", "path": "/stream/", "query_string": query, "headers": [cookie]}
        super().__init__(app, scope | {"client": ("203.0.113.9", 1)})

    @property
    def words(self):
        return [json.loads(data) for data in re.findall(r"event: Words\ndata: (.*)", self.text)]

    @property
    def told(self):
        return self.text.count("event: MessageReceived")


def session_of(actor):
    client = Client()
    client.force_login(Staff.objects.get(pk=actor.id))
    return client.session.session_key


def test_words_come_drawn_to_the_page_that_has_them_open_and_to_no_other(desk):
    ana, rui = desk.attendant("ana"), desk.attendant("rui")
    other = make_world("outra", default=False).staff["supervisor"]
    talk, beside = desk.writes("a", "Oi").conversation, desk.writes("b", "Outra pessoa").conversation
    claim(actor=ana, conversation=talk)
    client = Client()
    client.force_login(other)
    app, mine = Live(), session_of(ana)

    def goes_on():
        desk.writes("a", "Palavra <secreta>")
        desk.writes("b", "De outra conversa")

    async def story():
        async with (
            Page(app, mine, talk.pk) as open_page,
            Page(app, mine) as inbox,
            Page(app, session_of_rui) as list_page,
            Page(app, client.session.session_key, talk.pk, beside.pk) as stranger,
        ):
            await elsewhere(goes_on)
            for one in (open_page, inbox, list_page):
                await one.until(lambda one=one: one.told == 2)
            (drawn,) = open_page.words
            assert (drawn["conversation_id"], drawn["number"]) == (talk.pk, 2)
            assert "Palavra &lt;secreta&gt;" in drawn["html"] and 'data-number="2"' in drawn["html"]
            assert "The person" in drawn["html"], "in the language that they chose"
            assert open_page.text.index("event: Words") < open_page.text.index("event: MessageReceived")
            assert not inbox.words and not list_page.words and not stranger.told and not stranger.words

    session_of_rui = session_of(rui)
    asyncio.run(story())
    _end(app)
    assert ReadLog.objects.filter(subject="talk", subject_id=talk.pk, actor_id=ana.id).count() == 1
    assert not ReadLog.objects.filter(subject_id=beside.pk).exists()


def test_who_signs_out_or_may_not_see_it_any_more_hears_its_sign_at_most(desk):
    ana = desk.attendant("ana")
    talk = desk.writes("a", "Oi").conversation
    claim(actor=ana, conversation=talk)
    app, session = Live(), session_of(ana)

    def taken_away():
        talk.owner_id = desk.attendant("rui").id
        talk.save(update_fields=["owner"])
        Staff.objects.get(pk=ana.id).attending.lines.clear()
        desk.writes("a", "Só para quem pode")

    def signed_out():
        Staff.objects.get(pk=ana.id).attending.lines.add(desk.line)
        connections["default"].cursor().execute("DELETE FROM django_session")
        desk.writes("a", "Depois da saída")

    async def story():
        async with Page(app, session, talk.pk) as page:
            for n, happens in enumerate((taken_away, signed_out), 1):
                await elsewhere(happens)
                await page.until(lambda n=n: page.told == n)
            assert not page.words

    asyncio.run(story())
    _end(app)


def test_what_we_say_is_not_drawn_for_whoever_listens(desk):
    ana = desk.attendant("ana")
    talk = desk.writes("a", "Oi").conversation
    claim(actor=ana, conversation=talk)
    app, session = Live(), session_of(ana)

    async def story():
        async with Page(app, session, talk.pk) as page:
            await elsewhere(lambda: say(actor=ana, conversation=talk, client_id="um", text="Bom dia"))
            await page.until(lambda: "event: MessageSaid" in page.text)
            assert not page.words

    asyncio.run(story())
    _end(app)


def test_an_address_names_the_conversations_that_are_open_and_a_piece_the_first_word_of_each():
    assert open_talks(b"talk=7&talk=9&talk=x&talk=-1&after=1.2.3") == {7, 9}
    frame = 'id: 1.2.3\nevent: {}\ndata: {{"id": 1, "conversation_id": {}, "number": {}}}\n\n'
    told = [("MessageReceived", 7, 5), ("MessageReceived", 7, 4), ("MessageSaid", 9, 1), ("MessageReceived", 8, 2)]
    piece = "".join(frame.format(*one) for one in told).encode()
    assert written_in(piece, frozenset({7, 9})) == {7: 4}


def _end(app):
    """The stream's threads close their connections."""
    for _ in range(2):
        app._threads.submit(connections.close_all).result()
