"""The chat as a plain page: without a script everything is there, in forms."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from balcao.inbox.conversations.speaking import say
from balcao.inbox.models import Account
from balcao.platform.actors import Actor

from .conftest import talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(account):
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def write(browser, text, **more):
    page = browser.get("/chat/cac/").content.decode()
    client_id = re.search(r'name="client_id" value="(\w+)"', page)[1]
    return browser.post("/chat/cac/", {"client_id": client_id, "text": text, **more}, follow=True).content.decode()


def test_one_chat_is_gone_to_and_several_are_offered(browser, account, line):
    assert browser.get("/chat/").headers["Location"] == "/chat/cac/"
    Account.objects.create(agency=account.agency, channel="webchat", key="procon", name="PROCON", line=line)
    offered = browser.get("/chat/").content.decode()
    assert "/chat/cac/" in offered and "/chat/procon/" in offered


def test_a_conversation_is_written_and_read_without_a_script(browser):
    assert "Bom dia" in write(browser, "Bom dia")
    say(actor=Actor.system(talk().agency_id), conversation=talk(), client_id="1", text="Em que posso ajudar?")
    page = browser.get("/chat/cac/").content.decode()
    assert "Em que posso ajudar?" in page and "You are the next." in page
    assert talk().citizen_unread == 0, "what was shown was read"


def test_looking_sets_no_cookie_and_a_second_press_says_nothing_twice(browser, account):
    browser.get("/chat/cac/")
    assert "balcao_chat" not in browser.cookies
    for _ in range(2):
        browser.post("/chat/cac/", {"client_id": "c" * 32, "text": "Bom dia"})
    assert talk().last_number == 1


def test_what_is_too_long_is_refused_and_not_lost(browser):
    text = "palavra " * 1300
    page = write(browser, text)
    assert "longer than 10,000 characters" in page and text.strip() in page


def test_an_interviews_choices_are_buttons_and_boxes(browser):
    write(browser, "Oi")
    bubble = {
        "code": "want",
        "expects": "one",
        "choices": [{"id": "want=light", "label": "Luz", "help": "", "aside": False}],
    }
    bot = Actor.system(talk().agency_id)
    say(actor=bot, conversation=talk(), client_id="1", text="O quê?", details={"bubble": bubble}, bot=True)
    page = browser.get("/chat/cac/").content.decode()
    assert re.search(r'name="tap"[^>]*value="want=light"|value="want=light"[^>]*name="tap"', page)
    browser.post("/chat/cac/", {"client_id": "d" * 32, "tap": "want=light"})
    chosen = talk().messages.get(number=3)
    assert (chosen.kind, chosen.body, chosen.data) == ("reply", "Luz", {"id": "want=light", "title": "Luz"})
    many = {**bubble, "expects": "several"}
    say(actor=bot, conversation=talk(), client_id="2", text="E mais?", details={"bubble": many}, bot=True)
    browser.post("/chat/cac/", {"client_id": "e" * 32, "ticked": ["want=light"]})
    ticked = talk().messages.get(number=5)
    assert (ticked.body, ticked.data) == ("Luz", {"raw": ["light"]})


def test_an_interview_is_begun_with_a_button(browser, line):
    line.interview = "first"
    line.save()
    assert "Start the conversation" in browser.get("/chat/cac/").content.decode()
    browser.post("/chat/cac/", {"client_id": "c" * 32, "start": "1"})
    assert talk().messages.get(number=1).body == "Hello"
