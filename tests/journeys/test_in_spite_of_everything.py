"""Citizens without JavaScript, without a mouse, without a connection: each still gets a number and an answer's date."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.journeys.steps import Citizen, at, choose, follow, mailbox, press, say

pytestmark = pytest.mark.browser
TABS = 150  # more than any of our pages has places to stop at


def test_without_javascript_a_demand_is_opened_and_followed(visit, house):
    page = visit("phone", java_script_enabled=False)
    me = Citizen(page, mailbox("sem-script"))
    page.goto("/")
    page.locator("main [name=q]").fill("poda de árvore")
    page.locator("main form").first.get_by_role("button").click()
    page.get_by_role("link", name="Árvore seca, poda ou remoção").first.click()
    press(page, "Ask for this")
    choose(page, "porte", "grande")
    choose(page, "risco", "galho")
    press(page, "Continue")
    assert page.locator("[data-error-summary]").is_visible(), "what is missing is named"
    assert page.locator("[name=porte][value=grande]").is_checked(), "and what was given stays"
    me.tree("Os galhos já passam por cima do telhado da escola.")
    me.where("Rua da Estação", "88")
    me.files()
    me.who("Benedito Sá")
    receipt = me.send()
    follow(page, receipt)
    assert say("Where it is now") in page.locator("main").inner_text()
    assert receipt.code in house.letter(me.email, receipt.protocol)


def test_a_lost_connection_loses_no_word_and_a_second_press_opens_one_demand(visit, house):
    page = visit("phone")
    me, words = Citizen(page, mailbox("no-metro")), "O tronco rachou com o vento desta noite."
    page.goto("/pedir/arvore/")
    at(page, "/o-que/")
    choose(page, "porte", "media")
    choose(page, "risco", "galho")
    choose(page, "fios", "no")
    page.fill("main [name=description]", words)
    page.context.set_offline(True)
    press(page, "Continue")
    page.locator("#toast").wait_for()  # it says so, and that nothing is lost
    assert page.input_value("main [name=description]") == words
    page.context.set_offline(False)
    page.reload()
    assert page.input_value("main [name=description]") == words, "the draft outlives the page"
    assert page.locator("[name=porte][value=media]").is_checked()
    me.go_on()
    me.where("Rua do Cais", "3")
    me.files()
    me.who("Neusa Prado")
    at(page, "/revisar/")
    other = page.context.new_page()  # the same form in a second tab, pressed as well
    other.goto(page.url)
    send = f"main form[action$='/enviar/'] button >> text={say('Send')}"
    page.locator(send).dblclick(no_wait_after=True)
    first = me.receipt()
    other.locator(send).click()
    at(other, "/pedir/recebido/")
    assert other.locator("[data-protocol]").inner_text().strip() == first.protocol
    page.go_back()
    page.goto("/pedir/arvore/")
    at(page, "/o-que/")
    assert page.input_value("main [name=description]") == "", "a new demand begins empty"
    house.letter(me.email, first.protocol)
    assert len(house.letters(me.email)) == 1


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the place that matches has the focus, and see that the focus shows."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            ring = page.evaluate(
                """() => { const e = document.activeElement, l = e.labels?.[0];
                const around = [e, l, e.parentElement, e.parentElement.parentElement].filter(Boolean);
                return around.map(x => getComputedStyle(x)).map(s => s.outlineStyle + s.boxShadow).join(' ') }"""
            )
            assert re.search(r"solid|auto|px", ring), f"the focus on {selector} does not show"
            return
    raise AssertionError(f"Tab never comes to {selector} on {page.url}")


def test_the_keyboard_alone_is_enough_for_the_whole_form(visit, house):
    page = visit("desktop")
    email = mailbox("so-teclado")
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    tab_to(page, "main [name=q]")
    page.keyboard.type("galho caindo")
    page.keyboard.press("Enter")
    page.locator("main a[href='/servicos/arvore/']").first.wait_for()
    tab_to(page, "a[href='/servicos/arvore/']")
    page.keyboard.press("Enter")
    at(page, "/servicos/arvore/")
    tab_to(page, "main a[href='/pedir/arvore/']")
    page.keyboard.press("Enter")
    at(page, "/o-que/")
    for name in ("porte", "risco", "fios"):
        tab_to(page, f"[name={name}]")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
    tab_to(page, "[name=description]")
    page.keyboard.type("Um galho grosso está pendurado sobre o ponto de ônibus.")
    forward(page, "/onde/")
    tab_to(page, "[name='location.address']")
    page.keyboard.type("Avenida dos Pescadores")
    tab_to(page, "[name='location.number']")
    page.keyboard.type("845")
    forward(page, "/(arquivos|perto)/")
    if page.url.endswith("/perto/"):
        tab_to(page, "main [name=join][value='']")
        page.keyboard.press("Enter")
    at(page, "/arquivos/")
    forward(page, "/voce/")
    for name, words in (("who_name", "Iracema Luz"), ("who_phone", "14 99123-4567"), ("who_email", email)):
        tab_to(page, f"[name={name}]")
        page.keyboard.type(words)
    tab_to(page, "[name=consent]")
    page.keyboard.press("Space")
    forward(page, "/revisar/")
    tab_to(page, "form[action$='/enviar/'] button")
    page.keyboard.press("Enter")
    at(page, "/pedir/recebido/")
    assert page.locator("[data-protocol]").inner_text().strip() in house.letter(email, "Iracema")


def forward(page: Any, pattern: str) -> None:
    tab_to(page, "main form[data-draft] .actions [type=submit]")
    page.keyboard.press("Enter")
    at(page, pattern)


def test_me_too_is_one_touch_without_javascript(visit):
    """The known problem of the demonstration: its notice on the first page, its page, and a demand of one's own."""
    page = visit("phone", java_script_enabled=False)
    page.goto("/")
    page.locator("main a[href*='/problemas/']").first.click()
    at(page, r"/problemas/\d+/")
    press(page, "Me too")
    receipt = Citizen(page).receipt()
    follow(page, receipt)
    assert receipt.protocol in page.locator("main").inner_text()
