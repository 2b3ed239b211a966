"""A morning of an attendant: ten demands, no mouse."""

from __future__ import annotations

import pytest

from tests.conftest import look
from tests.journeys.steps import at, choose, press

pytestmark = pytest.mark.browser
WORDS = "Obrigada por escrever. A sua mensagem foi lida e segue para a equipe certa."


def test_an_attendant_clears_ten_demands_by_keyboard(visit):
    page = visit("desktop", "attendant")
    page.goto("/console/cases/")
    for number in range(page.locator("[data-row]").count(), 11):  # as many as a night brings, if fewer wait
        page.goto("/console/cases/new/")
        page.select_option("main [name=service]", label="Outros assuntos")
        choose(page, "who", "anonymous")
        page.fill("main [name=description]", f"Recado número {number} da caixa postal da noite.")
        press(page, "Open the case")
        page.locator("main .big-number, main .protocol").first.wait_for()
    page.goto("/console/cases/")
    look(page, "attendant-triage")
    waiting = page.locator("[data-row]").count()
    assert waiting >= 11
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.hasAttribute('data-row')"), "j walks the list"
    page.keyboard.press("Enter")
    seen = set()
    for number in range(10):
        at(page, r"/console/cases/\d+/")
        here = page.url.split("?")[0]
        assert here not in seen, "the next one comes by itself"
        seen.add(here)
        page.keyboard.press("d")
        at(page, r"/console/cases/\d+/dispatch/")
        page.locator("[name=area]:focus").wait_for()  # the hands go on at once
        page.keyboard.type("Ouvidoria")
        page.keyboard.press("Tab")
        page.keyboard.type(WORDS)
        page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("#messages").inner_text().strip(), f"the {number + 1}th was acknowledged"
    page.goto("/console/cases/")
    look(page, "attendant-cleared")
    assert page.locator("[data-row]").count() <= waiting - 10 + 1, "one may have come meanwhile"
