"""Passed on to another agency with the visitor's yes: they go on in the same window, and each agency keeps its own."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.presence import set_up_attendant
from balcao.inbox.conversations.speaking import put, say
from balcao.inbox.conversations.states import State
from balcao.inbox.handing.asking import ask
from balcao.inbox.handing.passing import pass_on
from balcao.inbox.models import Account, Conversation, Handover, Line, Message
from balcao.organization.models import Staff
from balcao.organization.queries import actor_of
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.models import StoredFile
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def procon(db) -> Account:
    world = make_world("procon", default=False, hostname="procon.example.org")
    line = Line.objects.create(agency=world.agency, slug="consumo", name="Defesa do consumidor", open_to_others=True)
    return Account.objects.create(agency=world.agency, channel="webchat", key="procon", name="PROCON", line=line)


@pytest.fixture
def ana(world: World, line: Line) -> Actor:
    staff = world.staff["attendant"]
    set_up_attendant(actor=world.actor("administrator"), staff=staff, capacity=4, lines=[line])
    return world.actor("attendant")


@pytest.fixture
def asked(visitor, ana, procon) -> Handover:
    visitor.says("Fui cobrada duas vezes")
    claim(actor=ana, conversation=here(procon))
    return ask(actor=ana, conversation=here(procon), line=procon.line, note="Cobrança indevida")


def here(procon: Account) -> Conversation:
    return Conversation.objects.exclude(account=procon).latest("pk")


def there(procon: Account) -> Conversation:
    return Conversation.objects.get(account=procon)


def says_yes(visitor, asked: Handover, client_id: str = "client-yes"):
    [choice] = [
        one for one in visitor.get("messages/").json()["messages"][-1]["bubble"]["choices"] if "true" in one["id"]
    ]
    sent = visitor.post("send/", tap=choice["id"], title=choice["label"], client_id=client_id)
    pass_on(asked.pk, timezone.now())
    return sent


def answers(procon: Account, text: str) -> Message:
    return say(actor=Actor.system(procon.agency_id), conversation=there(procon), client_id=text, text=text)


@action
def letter(*, actor: Actor, talk: Conversation) -> None:
    """What an area answers weeks later comes into the conversation where it was asked."""
    now = timezone.now()
    put(
        talk,
        actor=actor,
        author_kind="system",
        key=f"late:{talk.pk}",
        text="A rua foi consertada",
        purpose="answer",
        now=now,
    )


def test_they_go_on_in_the_same_window_and_hear_their_place_in_line(visitor, asked, procon):
    says_yes(visitor, asked)
    told = visitor.get("messages/").json()
    assert told["standing"]["talk"] == there(procon).pk and told["messages"] == [], "colleagues' notes are not theirs"
    assert "procon" in told["standing"]["at"]
    assert told["standing"]["line"], "the place in line is told"
    sent = visitor.says("Podem me ajudar?").json()
    assert sent["talk"] == there(procon).pk
    answers(procon, "Claro!")
    assert visitor.heard == ["Podem me ajudar?", "Claro!"]
    earlier = visitor.get("messages/", talk=sent["talk"], before=sent["number"]).json()["messages"]
    assert earlier[0]["text"] == "Fui cobrada duas vezes"
    assert {one["talk"] for one in earlier} == {asked.conversation_id}
    assert "neste chat" in earlier[-1]["text"] or "in this chat" in earlier[-1]["text"]


def test_neither_agency_gets_what_is_the_other_ones(visitor, stranger, asked, procon):
    says_yes(visitor, asked)
    visitor.says("Só para o PROCON")
    first, second = here(procon), there(procon)
    assert (first.state, first.ending, second.state) == (State.CLOSED, "passed", State.WAITING)
    ours = Message.objects.visible_to(Actor.system(first.agency_id)).filter(conversation__in=[first, second])
    assert "Só para o PROCON" not in [one.body for one in ours] and ours.filter(conversation=second).count() == 0
    assert {one.agency_id for one in second.messages.all()} == {procon.agency_id}
    assert stranger.heard == [] and stranger.get("messages/", talk=second.pk, before=9).json()["messages"] == []


def test_without_a_yes_it_stays_where_it_is(visitor, asked, procon):
    pass_on(asked.pk, timezone.now())
    visitor.says("Quem são eles?")
    assert not Conversation.objects.filter(account=procon).exists() and "Quem são eles?" in visitor.heard


def test_what_is_repeated_is_there_once_whoever_has_it_by_now(visitor, asked, procon):
    says_yes(visitor, asked)
    again = visitor.post("send/", tap=f"handover{asked.pk}=true", title="Sim", client_id="client-yes").json()
    assert again["talk"] == asked.conversation_id, "it was heard there, before it was passed on"
    assert visitor.says("Oi", "client-0002").json() == visitor.says("Oi", "client-0002").json()
    assert visitor.heard == ["Oi"]


def test_what_is_sent_again_after_they_were_passed_back_is_heard_once(visitor, asked, procon, line):
    says_yes(visitor, asked)
    lost = {"text": "Tenho a conta aqui", "client_id": "client-lost"}  # it was kept; the answer never came
    assert visitor.post("send/", **lost).json()["talk"] == there(procon).pk
    Line.objects.filter(pk=line.pk).update(open_to_others=True)
    lead = next(one for one in map(actor_of, Staff.objects.filter(agency=procon.agency_id)) if one.can("inbox.lead"))
    claim(actor=lead, conversation=there(procon))
    back = ask(actor=lead, conversation=there(procon), line=line)
    says_yes(visitor, back, "client-back")
    assert visitor.says("Voltei").json()["talk"] == here(procon).pk
    assert visitor.post("send/", **lost, again=True).json()["talk"] == there(procon).pk
    assert Message.objects.filter(direction="in").count() == 5
    assert visitor.heard.count("Tenho a conta aqui") == 0, "it stands among the earlier ones"


def test_a_file_is_the_agencys_that_goes_on_and_opens_for_the_visitor(visitor, asked, procon):
    says_yes(visitor, asked)
    picture = BytesIO()
    Image.new("RGB", (20, 20), "red").save(picture, "JPEG")
    upload = SimpleUploadedFile("conta.jpg", picture.getvalue(), content_type="image/jpeg")
    headers = {"HTTP_AUTHORIZATION": f"Bearer {visitor.token}", "HTTP_ORIGIN": visitor.origin}
    given = {"client_id": "client-file", "files": upload}
    assert visitor.client.post("/chat/cac/send/", given, **headers).status_code == 200
    [stored] = StoredFile.objects.all()
    assert stored.agency_id == procon.agency_id
    assert visitor.get(f"file/{stored.uuid}/").status_code == 200


def test_reading_and_leaving_mean_the_conversation_that_they_name(visitor, asked, procon):
    says_yes(visitor, asked)
    done = here(procon)
    visitor.post("read/", talk=done.pk, number=done.last_number)
    assert here(procon).citizen_unread == 0 and there(procon).citizen_read == 0
    visitor.post("leave/")
    assert (there(procon).state, there(procon).ending) == (State.CLOSED, "left")


def test_an_answer_of_the_first_one_is_found_and_replied_to(visitor, asked, procon):
    says_yes(visitor, asked)
    done = here(procon)
    visitor.post("read/", talk=done.pk, number=done.last_number)
    letter(actor=Actor.system(done.agency_id), talk=here(procon))
    assert "vila-serena" in visitor.get("messages/").json()["standing"]["at"], "while the other one goes on, it is told"
    close(actor=Actor.system(procon.agency_id), conversation=there(procon))
    Conversation.objects.filter(account=procon).update(closed_at=timezone.now() - timedelta(hours=1))
    assert "A rua foi consertada" in visitor.heard
    assert visitor.says("Obrigada!").json()["talk"] == done.pk


def test_when_that_is_long_over_they_are_at_the_first_one_again(visitor, asked, procon):
    says_yes(visitor, asked)
    close(actor=Actor.system(procon.agency_id), conversation=there(procon))
    long_ago = timezone.now() - timedelta(days=9)
    Conversation.objects.update(closed_at=long_ago, said_at=long_ago)
    sent = visitor.says("Outro assunto").json()
    fresh = Conversation.objects.get(pk=sent["talk"])
    assert fresh.account != procon and fresh.pk != asked.conversation_id and visitor.heard == ["Outro assunto"]


def test_the_page_without_a_script_shows_both_parts_and_who_goes_on(visitor, asked, procon):
    says_yes(visitor, asked)
    answers(procon, "Bom dia!")
    visitor.client.cookies["balcao_chat"] = visitor.token
    page = visitor.client.get("/chat/cac/").content.decode()
    assert page.index("Fui cobrada duas vezes") < page.index("Bom dia!") and "procon" in page
    assert "Cobrança indevida" not in page
    visitor.client.post("/chat/cac/", {"client_id": "client-page", "text": "Boa tarde"})
    assert there(procon).messages.latest("number").body == "Boa tarde"
