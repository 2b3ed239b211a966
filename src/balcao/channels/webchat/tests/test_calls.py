"""A widget on another site: only where the agency said so, only one's own, everything once."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from balcao.channels.webchat.hearing import LONGEST
from balcao.channels.webchat.telling import away_words
from balcao.channels.webchat.visitors import contact_of
from balcao.inbox.conversations.lines import claim, write_note
from balcao.inbox.conversations.models import CaseLink
from balcao.inbox.conversations.papers import conversation_of
from balcao.inbox.conversations.presence import set_up_attendant
from balcao.inbox.conversations.speaking import say
from balcao.inbox.models import Message
from balcao.inbox.replies.wording import render
from balcao.platform.actors import Actor
from balcao.platform.numbering import format_protocol

from .conftest import SITE, Site, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def attendant(world, line):
    staff = world.staff["attendant"]
    set_up_attendant(actor=world.actor("administrator"), staff=staff, capacity=4, lines=[line])
    return world.actor("attendant")


def test_what_is_sent_twice_is_there_once_and_in_order(visitor):
    first = visitor.says("Bom dia", "client-0001").json()
    again = visitor.says("Bom dia", "client-0001").json()
    visitor.says("Preciso de ajuda", "client-0002")
    assert first == again and visitor.heard == ["Bom dia", "Preciso de ajuda"]
    assert visitor.get("messages/", talk=talk().pk, after=1).json()["messages"][0]["client_id"] == "client-0002"


def test_a_token_opens_its_own_conversation_and_no_other(visitor, stranger, account):
    visitor.says("O meu CPF é segredo", "client-0001")
    assert stranger.heard == [] and stranger.get("messages/", talk=talk().pk).json()["standing"] is None
    stranger.says("Oi", "client-0001")  # the same client id is another's own message
    assert stranger.heard == ["Oi"] and visitor.heard == ["O meu CPF é segredo"]
    kept = Message.objects.filter(account=account).first()
    assert kept is not None and kept.conversation.contact == contact_of(visitor.token)
    assert visitor.token not in kept.conversation.contact, "nobody who reads the database can pass for a visitor"


def test_a_stranger_who_quotes_somebodys_protocol_number_gets_nothing_by_it(stranger, world):
    case = world.open()
    quoted = f"Meu protocolo é {format_protocol(case.protocol)}. O que responderam?"
    stranger.says(quoted)
    assert stranger.heard == [quoted] and not CaseLink.objects.exists()
    assert conversation_of(case) is None, "its answer goes to whoever asked"
    assert render("{protocol}", talk=talk(), actor=Actor.system(case.agency_id)) == "", "no ready-made reply names it"


def test_another_site_may_not_speak_with_it(visitor):
    hostile = Site(token=visitor.token, origin="https://hostile.example")
    answer = hostile.says("Oi")
    assert answer.status_code == 403 and "Access-Control-Allow-Origin" not in answer
    allowed = visitor.client.options("/chat/cac/send/", HTTP_ORIGIN=SITE)
    assert allowed["Access-Control-Allow-Origin"] == SITE and "Authorization" in allowed["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in allowed
    refused = visitor.client.options("/chat/cac/send/", HTTP_ORIGIN="https://hostile.example")
    assert refused.status_code == 403


def test_our_own_cookie_counts_for_no_other_page(visitor):
    page = Site().client
    page.post("/chat/cac/send/", {"client_id": "client-0001", "text": "Oi"}, HTTP_X_BALCAO_CHAT="1")
    assert page.cookies["balcao_chat"]["httponly"] and page.cookies["balcao_chat"]["path"] == "/chat/"
    assert page.get("/chat/cac/messages/").json()["standing"] is None
    assert page.get("/chat/cac/messages/", HTTP_X_BALCAO_CHAT="1").json()["messages"][0]["text"] == "Oi"


def test_ten_thousand_characters_are_taken_and_one_more_is_refused_in_a_sentence(visitor):
    assert visitor.says("á" * LONGEST, "client-0001").status_code == 200
    too_much = visitor.says("á" * (LONGEST + 1), "client-0002")
    assert too_much.status_code == 400 and "10,000" in too_much.json()["sentence"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("a\x00b", "ab"), ("a\u200bb\u202eevil", "abevil"), ("مرحبا 👩‍👧", "مرحبا 👩‍👧"), ("<b>x</b>", "<b>x</b>")],
)
def test_odd_characters_are_harmless(visitor, typed, kept):
    visitor.says(typed, "client-0001")
    assert visitor.heard == [kept]


@pytest.mark.parametrize(
    "given", [{"tap": "a\ud800"}, {"raw": "[\ud800"}, {"raw": "[" * 5000}, {"raw": [["a"]]}, {"tap": "\x00"}]
)
def test_an_answer_that_no_page_of_ours_sends_is_kept_as_words_or_refused(visitor, given):
    visitor.client.raise_request_exception = False
    assert visitor.post("send/", client_id="client-0001", text="x", **given).status_code == 200
    assert len(visitor.heard) == 1


def test_an_attendants_words_come_back_and_colleagues_notes_do_not(visitor, attendant):
    visitor.says("Oi")
    held = claim(actor=attendant, conversation=talk())
    write_note(actor=attendant, conversation=held, text="parece golpe")
    say(actor=attendant, conversation=talk(), client_id="1", text="Bom dia!")
    told = visitor.get("messages/").json()
    assert [one["text"] for one in told["messages"]] == ["Oi", "Bom dia!"] and told["messages"][1]["from"] == "staff"
    assert told["standing"]["attendant"] == "Attendant" and told["standing"]["there"]


def test_reading_is_marked_and_only_forward(visitor, attendant):
    visitor.says("Oi")
    claim(actor=attendant, conversation=talk())
    say(actor=attendant, conversation=talk(), client_id="1", text="Bom dia!")
    visitor.post("read/", number=2)
    visitor.post("read/", number=1)
    assert (talk().citizen_read, talk().citizen_unread) == (2, 0)


def test_the_place_in_line_is_said_in_words(visitor, stranger):
    visitor.says("Oi")
    stranger.says("Oi também")
    assert visitor.get("messages/", lang="en").json()["standing"]["line"].startswith("You are the next.")
    behind = stranger.get("messages/", lang="en").json()["standing"]["line"]
    assert behind.startswith("There is 1 person before you.")


def test_whoever_has_written_at_night_is_not_told_again_that_it_waits(line):
    night = datetime(2026, 3, 3, 1, tzinfo=UTC)  # a Monday, 22:00 in São Paulo
    before, after = away_words(line, night), away_words(line, night, written=True)
    assert before.startswith(after[:-1]) and "waits here" in before and "waits here" not in after
    assert after and not away_words(line, datetime(2026, 3, 3, 14, tzinfo=UTC), written=True)


def test_a_photo_is_the_visitors_own(visitor, stranger):
    photo = BytesIO()
    Image.new("RGB", (20, 20), "green").save(photo, "PNG")
    given = {"client_id": "client-0001", "files": SimpleUploadedFile("poste.png", photo.getvalue())}
    headers = {"HTTP_AUTHORIZATION": f"Bearer {visitor.token}", "HTTP_ORIGIN": SITE}
    assert visitor.client.post("/chat/cac/send/", given, **headers).status_code == 200
    stranger.says("Oi")
    told = visitor.get("messages/").json()["messages"][0]["files"][0]
    assert told["name"] == "poste.png" and told["scanned"] is False, "nobody checked it for viruses, and it is said"
    assert visitor.get(f"file/{told['uuid']}/").status_code == 200
    assert stranger.get(f"file/{told['uuid']}/").status_code == 404


def test_a_flood_from_one_visitor_is_slowed_and_loses_nothing(visitor, stranger, settings):
    settings.PER_SENDER = [5, 600]
    answers = [visitor.says(f"mensagem {n}", f"client-{n:04}") for n in range(7)]
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0 and len(visitor.heard) == 5, "the browser keeps it, and comes again"
    assert stranger.says("Oi").status_code == 200, "nobody else waits for them"


def test_the_visitor_ends_it_and_comes_back(visitor):
    visitor.says("Oi")
    visitor.post("leave/")
    assert visitor.get("messages/").json()["standing"]["state"] == "closed"
    visitor.says("Mais uma coisa")
    assert talk().state == "waiting" and talk().reopened == 1


def test_words_come_in_the_pages_language(visitor):
    said = {tag: visitor.get("hello/", lang=tag).json()["words"]["send"] for tag in ("en", "pt-BR", "pt-PT", "xx")}
    assert said["en"] == "Send the message" and said["pt-BR"] == "Enviar a mensagem" == said["pt-PT"]
    assert said["xx"] == "Send the message", "what we do not speak is the agency's language"
