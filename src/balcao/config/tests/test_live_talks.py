"""The live stream of conversations: to whoever may see one, and to nobody else; a visitor hears their own."""

import asyncio

import psycopg
import pytest

from balcao.config.concerning import concerns, heard_by
from balcao.config.live import Ear, Live, _conninfo
from balcao.inbox.conversations.lines import claim, transfer, write_note
from balcao.inbox.conversations.tests.conftest import NOW, Desk
from balcao.inbox.conversations.typing import tell_typing
from balcao.inbox.models import Line
from balcao.platform.stream import Told
from tests.world import make_world

from .listening import elsewhere
from .test_live import Listening

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_line_of_another_agency_hears_nothing_whatever_an_event_says(desk):
    """Also when an event names it by mistake: its own agency's attendants, owner and lead are those who hear."""
    other = make_world("outra", default=False)
    there = Desk(other, Line.objects.create(agency=other.agency, slug="geral", name="Geral"), desk.account)
    mine, theirs = desk.attendant("um"), there.attendant("dois")
    talk = desk.writes("a").conversation
    wrong = {"conversation_id": talk.pk, "line_id": there.line.pk, "staff_id": theirs.staff_id}
    event = Told(None, "ConversationQueued", desk.world.agency.pk, data=wrong)

    async def asked():
        async with await psycopg.AsyncConnection.connect(**_conninfo()) as link:
            return (await concerns(link, [event]))[0]

    keys = asyncio.run(asked())
    assert keys & heard_by(mine) and keys & heard_by(desk.world.actor("supervisor"))
    assert not keys & (heard_by(theirs) | heard_by(other.actor("supervisor")))


def test_a_conversation_is_heard_of_by_its_line_its_lead_and_itself_and_by_nobody_else(desk):
    world, agency = desk.world, desk.world.agency
    other = Line.objects.create(agency=agency, slug="procon", name="PROCON")
    cac, procon = desk.attendant("um"), desk.attendant("dois", 2, other)
    stranger = make_world("outra", default=False)
    ears = {
        name: Ear(agency.pk, heard_by(actor))
        for name, actor in (
            ("cac", cac),
            ("procon", procon),
            ("lead", world.actor("supervisor")),
            ("field", world.actor("field_agent")),
        )
    }
    ears["stranger"] = Ear(stranger.agency.pk, heard_by(stranger.actor("administrator")))
    talk = desk.writes("a", "Palavra secreta").conversation
    ears["visitor"] = Ear(agency.pk, frozenset({("talk", talk.pk)}))
    ears["neighbour"] = Ear(agency.pk, frozenset({("talk", talk.pk + 1)}))
    app = Live(ear_of=ears.get)

    def happens():
        desk.writes("a", "Palavra secreta")
        claim(actor=cac, conversation=talk, now=NOW)
        tell_typing(talk.pk, "citizen", "Estou escr")
        write_note(actor=cac, conversation=talk, text="Entre nós")
        transfer(actor=cac, conversation=talk, line=other, note="", now=NOW)

    async def story():
        streams = {name: Listening(app, key=name) for name in ears}
        for one in streams.values():
            await one.__aenter__()
        await elsewhere(happens)
        await streams["lead"].until(lambda: "ConversationTransferred" in streams["lead"].text, 10)
        await streams["procon"].until(lambda: "ConversationTransferred" in streams["procon"].text, 10)
        await streams["visitor"].until(lambda: "ConversationTransferred" in streams["visitor"].text, 10)
        await asyncio.sleep(0.5)
        heard = {name: one.text for name, one in streams.items()}
        for one in streams.values():
            await one.__aexit__()
        return heard

    heard = asyncio.run(story())
    about = f'"conversation_id": {talk.pk}'
    assert {name for name, text in heard.items() if about in text} == {"cac", "procon", "lead", "visitor"}
    assert {name for name, text in heard.items() if "ConversationNoted" in text} >= {"lead"}
    assert "ConversationNoted" not in heard["visitor"], "not even a sign of a note goes to the person"
    assert "Estou escr" in heard["lead"] and not any("Palavra secreta" in text for text in heard.values())
    assert "ConversationTransferred" in heard["cac"], "the line that it left has to see it go"
