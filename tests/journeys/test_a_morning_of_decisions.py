"""What an attendant decides beside answering, by what the screen says, and how an area shares out its work."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.conftest import look
from tests.journeys.steps import at, choose, press, say

pytestmark = pytest.mark.browser


def taken_down(page: Any, service: str, words: str) -> str:
    """A demand that somebody told at the counter; its protocol number."""
    page.goto("/console/cases/new/")
    page.select_option("main [name=service]", label=service)
    choose(page, "who", "anonymous")
    page.fill("main [name=description]", words)
    press(page, "Open the case")
    return page.locator("main .big-number, main .protocol").first.inner_text().strip()


def find(page: Any, protocol: str) -> None:
    """Type the number where one searches: it leads to the demand."""
    page.goto(f"/console/search/?q={re.sub(r'[^0-9]', '', protocol)}")
    at(page, r"/console/cases/\d+/")


def do_it(page: Any) -> None:
    """The button of the form that is open."""
    with page.expect_navigation():
        page.locator(".case-act form").last.locator("button[type=submit]").first.click()


def send_to(page: Any, protocol: str, area: str, why: str) -> None:
    find(page, protocol)
    press(page, "Send to an area")
    page.select_option("main [name=area]", label=area)
    page.fill("main .case-act textarea", why)
    do_it(page)


def told(page: Any) -> str:
    """What was done, as the page says it first."""
    return page.locator("#messages").inner_text()


def test_a_duplicate_is_joined_another_is_refused_and_one_goes_to_an_area(visit):
    page = visit("desktop", "attendant")
    first, again, lamp = (
        taken_down(page, service, words)
        for service, words in (
            ("Outros assuntos", "O relógio da praça parou às três horas."),
            ("Outros assuntos", "O relógio da praça está parado."),
            ("Outros assuntos", "Quero um passaporte."),
        )
    )
    find(page, again)
    press(page, "Join a duplicate")
    page.fill("main [name=protocol]", first)
    do_it(page)
    assert first in told(page) and "Outros assuntos" in told(page)

    find(page, lamp)
    press(page, "Refuse")
    do_it(page)
    page.locator("main [data-error-summary]").wait_for()  # a refusal without a reason is none
    page.fill("main [name=reason]", "Passaportes são da Polícia Federal: gov.br/passaporte.")
    do_it(page)
    assert lamp in told(page)

    send_to(page, first, "Ouvidoria e Transparência", "A praça é da cidade.")
    assert first in told(page)
    find(page, first)
    assert again in page.locator("main").inner_text(), "the one that was joined is named where it was joined"
    look(page, "attendant-decided")
    phone = visit("phone", "attendant")
    phone.goto(page.url)
    top = phone.get_by_text("O relógio da praça parou às três horas.").first.bounding_box()
    assert top["y"] < 740, "what was asked stands on the first screen of a phone"
    phone.get_by_text(say("All actions")).click()
    phone.locator(".case-acts").get_by_role("link", name=say("Refuse")).wait_for()


def test_a_manager_gives_an_order_to_somebody_and_plans_its_day(visit):
    desk = visit("desktop", "attendant")
    protocol = taken_down(desk, "Outros assuntos", "Cabe um ipê na frente da padaria.")
    send_to(desk, protocol, "Arborização Urbana", "Querem um ipê.")
    page = visit("desktop", "manager")
    page.goto("/console/orders/?state=issued")
    page.locator(".order-card", has_text=protocol).locator("a").first.click()
    at(page, r"/console/orders/\d+/")
    press(page, "Accept the order")
    page.get_by_text(say("Accepted. It is with your area now.")).wait_for()
    page.locator("#do-assign summary").click()
    page.locator("#do-assign select").select_option(label="Wesley Nogueira")
    press(page, "Give")
    page.get_by_text(say("It is with %(name)s now.") % {"name": "Wesley Nogueira"}).wait_for()
    page.locator("#do-plan summary").click()
    day = timezone.localdate() + timedelta(days=2)
    page.fill("#do-plan [name=planned_for]", day.isoformat())
    press(page, "Set the day")
    page.locator("#messages", has_text=str(day.year)).wait_for()
    look(page, "manager-planned")
    assert "Wesley Nogueira" in page.locator("main dl").inner_text()
