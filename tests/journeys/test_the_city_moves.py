"""Two people look at the city while a third asks for something: the figures move before their eyes, nothing is loaded
anew, and a page that nobody looks at asks for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import look
from tests.journeys.steps import Citizen, mailbox

pytestmark = pytest.mark.browser
PATIENCE = 60_000  # a follower's tick and a poll are seconds; a busy machine makes them more
HOURS = "[aria-labelledby=city-hours]"


def opened_today(page: Any) -> int:
    return int(page.locator(".now dd").first.inner_text())


def test_the_figures_move_before_the_eyes_of_whoever_looks(visit):
    neighbour, commander, me = visit("desktop"), visit("desktop", "supervisor"), visit("phone")
    wall = {"width": 1920, "height": 1080}
    commander.set_viewport_size(wall)
    neighbour.goto("/transparencia/")
    commander.goto("/console/city/?wall=1")
    commander.wait_for_function("() => document.documentElement.dataset.liveState === 'on'")
    look(commander, "city-wall")
    assert commander.evaluate("document.documentElement.scrollHeight") <= wall["height"], "a wall cannot scroll"
    before, waiting = opened_today(neighbour), int(commander.locator(".city-tops .big-number").first.inner_text())
    for page in (neighbour, commander):
        page.evaluate("window.thisVeryPage = true")

    Citizen(me, mailbox("jandira")).ask_for_a_tree("Galho quebrado sobre a calçada.", "Jandira Alves")

    more = "([selector, before]) => Number(document.querySelector(selector).innerText) > before"
    commander.wait_for_function(more, arg=[".city-tops .big-number", waiting], timeout=PATIENCE)
    neighbour.wait_for_function(more, arg=[".now dd", before], timeout=PATIENCE)
    commander.wait_for_function(
        "selector => document.querySelector(selector)?.querySelector('.chart')", arg=HOURS, timeout=PATIENCE
    )
    for page in (neighbour, commander):
        assert page.evaluate("window.thisVeryPage"), f"{page.url} was loaded anew"


def test_a_page_that_nobody_looks_at_asks_for_nothing(visit):
    page, asked = visit("desktop"), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/transparencia/")
    page.wait_for_function("() => window.htmx")
    with page.expect_request("**/transparencia/agora/", timeout=PATIENCE):
        pass  # somebody looks

    def hide(hidden: bool) -> None:
        page.evaluate(
            "hidden => { Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            hidden,
        )

    hide(True)
    page.evaluate("window.turns = 0; document.addEventListener('htmx:beforeRequest', () => window.turns++)")
    asked.clear()
    page.wait_for_function("() => window.turns >= 2", timeout=PATIENCE)  # it would have asked twice
    assert asked == []
    with page.expect_request("**/transparencia/agora/", timeout=PATIENCE):
        hide(False)
