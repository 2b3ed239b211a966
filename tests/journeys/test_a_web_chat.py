"""Somebody talks with the city hall from their phone: the interview, an attendant, a hole in the network; and the same
from a page of somebody else's, which forbids nearly everything."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import faults_of, snap
from tests.journeys.steps import say

pytestmark = pytest.mark.browser
FORBIDS = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src blob:"
PAGE = """<!doctype html><html lang="pt-BR"><head><title>Notícias</title><style>* {{ display: none !important }}</style>
</head><body><h1>Notícias</h1>
<script src="{url}/chat/widget.js" data-chat="vila-serena" async></script></body></html>"""


def write(page: Any, text: str) -> None:
    page.get_by_label(say("Your message")).fill(text)
    page.get_by_role("button", name=say("Send the message")).click()


def answer_until_handed_over(page: Any, name: str) -> None:
    """The interview: a name, a CPF, the subject that leads to a person."""
    page.get_by_role("button", name=say("Start the conversation")).click()
    page.get_by_text("Como você se chama?").wait_for()
    expect(page.get_by_text("Como você se chama?")).to_be_in_viewport(ratio=1)  # also on a phone: no page jumps
    write(page, name)
    page.get_by_text("Qual é o seu CPF?").wait_for()
    write(page, "529.982.247-25")
    page.get_by_role("button", name="Outro assunto").click()
    page.get_by_text("Conte em poucas palavras").wait_for()
    write(page, "A calçada da minha rua está quebrada")
    page.get_by_role("button", name="Enviar", exact=True).click()


def words(page: Any, mine: str) -> list[str]:
    """What stands in the visitor's log that belongs to the story, in its order."""
    return [text for text in page.locator(".said .text").all_inner_texts() if text.startswith(mine)]


def test_a_visitor_and_an_attendant_talk_through_a_hole_in_the_network(visit):
    visitor, desk = visit("phone"), visit("desktop", "attendant")
    desk.goto("/console/inbox/")
    visitor.goto("/")
    visitor.get_by_role("link", name="Conversar").click()
    answer_until_handed_over(visitor, "Lurdes da Conceição")
    write(visitor, "Recado 1")
    desk.get_by_text("Lurdes da Conceição").first.wait_for(timeout=40_000)
    desk.get_by_text("Lurdes da Conceição").first.click()
    desk.locator("#id_text").fill("Recado 2")
    desk.locator("#reply [type=submit]").first.click()
    visitor.get_by_text("Recado 2").wait_for()
    assert faults_of(visitor) == []
    snap(visitor, "chat-with-an-attendant")
    assert desk.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the talk alone scrolls"
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")  # what a form of the page brings lives on as the page did
    desk.locator("#act textarea").fill("Parece urgente")
    desk.locator("#act [type=submit]").click()
    desk.locator("#act").wait_for(state="detached")
    expect(desk.locator(".word-note", has_text="Parece urgente")).to_be_in_viewport()
    expect(desk.locator("#messages .notice")).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollHeight <= innerHeight"), "a notice takes from the talk"
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(desk.locator("#act textarea")).to_have_value("")  # what was sent is no draft any more
    desk.locator("#act").get_by_role("link", name=say("Cancel")).click()
    visitor.context.set_offline(True)
    write(visitor, "Recado 3")
    write(visitor, "Recado 4")
    visitor.get_by_text(say("Waiting for the connection: this goes off by itself.")).first.wait_for()
    assert visitor.locator("#toast").count() == 0, "the chat says it, and nothing else of another thing to do"
    visitor.context.set_offline(False)
    desk.locator("#talk-thread").get_by_text("Recado 4").wait_for()
    visitor.locator(".pending").wait_for(state="detached")
    assert words(visitor, "Recado") == ["Recado 1", "Recado 2", "Recado 3", "Recado 4"]
    visitor.reload()
    visitor.get_by_text("Recado 4").wait_for()
    assert words(visitor, "Recado") == ["Recado 1", "Recado 2", "Recado 3", "Recado 4"], "once each, after it all"


def test_the_widget_on_a_page_that_forbids_nearly_everything(visit, house):
    page = visit("phone")
    body = PAGE.format(url=house.url)
    headers = {"Content-Security-Policy": FORBIDS, "Content-Type": "text/html; charset=utf-8"}
    page.context.route(re.compile("/noticias$"), lambda route: route.fulfill(status=200, headers=headers, body=body))
    page.under_examination = True  # the page's own style is what its own policy forbids
    page.goto("/noticias")
    page.get_by_role("button", name=say("Talk with us")).click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    answer_until_handed_over(page, "<img src=x onerror=alert(1)> Joana")
    page.locator(".said .text", has_text="<img src=x").first.wait_for()  # as it was typed, and nothing came of it
    assert page.locator(".said img").count() == 0
    assert not page.context.cookies(), "no cookie on anybody else's page"
    assert page.evaluate("Object.keys(localStorage).some(name => name.endsWith(':token'))")
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    launch = page.get_by_role("button", name=re.compile(say("Talk with us")))
    assert launch.evaluate("button => button.getRootNode().activeElement === button"), "back where they were"


def test_two_tabs_show_the_same_and_a_phone_that_slept_for_an_hour_goes_on(visit):
    phone, desk = visit("phone"), visit("desktop", "attendant")
    phone.clock.install()
    phone.goto("/chat/vila-serena/")
    answer_until_handed_over(phone, "Benedita Ramos")
    write(phone, "Nota 1")
    desk.goto("/console/inbox/")
    desk.get_by_text("Benedita Ramos").first.click(timeout=40_000)  # the name she said: the document is not hers
    desk.locator("#talk-thread").get_by_text("Nota 1").wait_for()
    tab = phone.context.new_page()
    tab.goto("/chat/vila-serena/")
    write(tab, "Nota 2")
    phone.get_by_text("Nota 2").wait_for()
    assert words(phone, "Nota") == words(tab, "Nota") == ["Nota 1", "Nota 2"]
    tab.close()
    phone.context.set_offline(True)
    desk.locator("#id_text").fill("Nota 3")
    desk.locator("#reply [type=submit]").first.click()
    desk.locator(".word-ours[data-number]", has_text="Nota 3").wait_for()
    phone.clock.fast_forward("01:00:00")
    phone.context.set_offline(False)
    phone.get_by_text("Nota 3").wait_for()
    write(phone, "Nota 4")
    desk.get_by_text("Nota 4").first.wait_for()
    assert words(phone, "Nota") == ["Nota 1", "Nota 2", "Nota 3", "Nota 4"]
