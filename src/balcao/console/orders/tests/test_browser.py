"""The whole work on an order in a real browser: on a phone in the street, and at the reviewer's desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.utils import timezone

from balcao.cases.actions import Location
from balcao.config.testing import chromium_browser
from balcao.inbox.models import Delivery
from balcao.platform import faults
from balcao.workorders.actions import file_report
from tests.world import make_world

from .conftest import order_of, photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
SHOTS = Path(os.environ.get("BALCAO_SCREENSHOTS", ""))


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    # Playwright keeps a loop in this thread; we wait for each call.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium_browser() as browser:
        yield browser


def shoot(page: Any, name: str) -> None:
    if str(SHOTS) != ".":
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)


def narrow_enough(page: Any) -> None:
    """Nothing is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def signed_in(browser: Any, live_server: Any, client: Any, colleague: Any, viewport: dict[str, int]) -> Any:
    client.force_login(colleague)
    context = browser.new_context(viewport=viewport, locale="en")
    context.add_cookies(
        [
            {
                "name": project.SESSION_COOKIE_NAME,
                "value": client.cookies[project.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
    return page


def test_from_the_street_to_the_letter(live_server, browser, client, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "files")
    settings.LANGUAGE_CODE = "en"
    world = make_world()
    for colleague in world.staff.values():
        colleague.locale = "en"
        colleague.save()
    person, contact = world.person()
    place = Location(address="Rua das Flores, 10", lat=-23.55, lon=-46.63, place=world.district)
    words = {"description": "Galho caído na calçada", "location": place}
    order = order_of(world.open(reporter=person, contact=contact, **words))
    for n in range(3):
        world.open(description=f"Outro galho {n}", now=timezone.now() - timedelta(days=12 * n))
    picture = tmp_path / "depois.jpg"
    picture.write_bytes(photo().read())

    page = signed_in(browser, live_server, client, world.staff["area_manager"], PHONE)
    page.goto(f"{live_server.url}/console/orders/")
    narrow_enough(page)
    shoot(page, "orders-board-phone")
    page.get_by_text("Rua das Flores, 10").scroll_into_view_if_needed()
    page.goto(f"{live_server.url}/console/orders/{order.pk}/")
    narrow_enough(page)
    shoot(page, "order-phone")
    page.get_by_role("button", name="Accept the order").click()
    page.get_by_text("It is with your area now").wait_for()
    page.get_by_text("Plan a day").click()
    page.get_by_label("Day of the work").fill(timezone.localdate().isoformat())
    page.get_by_role("button", name="Set the day").click()
    page.get_by_text("The work is planned for").wait_for()
    page.get_by_role("button", name="I do it").click()
    page.get_by_text("It is yours now.").wait_for()
    page.goto(f"{live_server.url}/console/orders/mine/")
    narrow_enough(page)
    shoot(page, "orders-mine-phone")
    page.get_by_role("link", name=world.service.name).first.click()
    page.get_by_role("link", name="File the report").click()
    because = page.get_by_label("Not possible, because…")
    assert not because.is_visible()
    page.locator("label", has_text="Not possible").first.click()
    assert because.is_visible()
    narrow_enough(page)
    shoot(page, "order-report-phone")
    page.get_by_text("Solved", exact=True).click()
    page.get_by_label("What was done").fill("Galho removido e calçada varrida.")
    page.get_by_label("Photos after").set_input_files(str(picture))
    page.get_by_role("button", name="File the report").click()
    page.get_by_text("It goes to review now").wait_for()
    shoot(page, "order-reported-phone")

    desk = signed_in(browser, live_server, client, world.staff["supervisor"], DESK)
    desk.goto(f"{live_server.url}/console/orders/")
    shoot(desk, "orders-board-desk")
    desk.goto(f"{live_server.url}/console/orders/review/")
    shoot(desk, "orders-review-queue-desk")
    desk.get_by_role("link", name=world.service.name).first.click()
    desk.get_by_text("Galho removido e calçada varrida.").wait_for()
    shoot(desk, "order-review-desk")
    desk.get_by_role("button", name="Accept, and write the answer").click()
    words = desk.get_by_label("What the person will read")
    assert "Maria" in words.input_value()
    words.fill(words.input_value() + "\n\nObrigado por avisar!")
    shoot(desk, "order-answer-desk")
    desk.get_by_role("button", name="Send now").click()
    desk.locator("dialog[open]").wait_for()
    shoot(desk, "order-answer-confirm-desk")
    desk.locator("dialog[open] .btn-primary").click()
    desk.get_by_text("The case closes when").wait_for()
    assert "Obrigado por avisar!" in Delivery.objects.get(message__purpose="answer").message.body
    desk.goto(f"{live_server.url}/console/orders/{order.pk}/")
    shoot(desk, "order-desk")
    faults.record("stuck", "triage:1", "r", world.agency.pk, order.case_id, {"why": "triage", "days": 5})
    desk.set_viewport_size(PHONE)
    for address in (f"/console/orders/{order.pk}/", "/console/orders/review/", "/console/alarms/", "/console/faults/"):
        desk.goto(f"{live_server.url}{address}")
        narrow_enough(desk)
        shoot(desk, f"{address.strip('/').replace('/', '-')}-phone")


def test_the_key_that_sends_back_leads_into_the_words_and_no_letter_of_them_accepts(
    browser, live_server, client, world, order
):
    file_report(actor=world.actor("field_agent"), order=order, outcome="solved", text="Podado.")
    page = signed_in(browser, live_server, client, world.staff["supervisor"], DESK)
    page.goto(f"{live_server.url}/console/orders/{order.pk}/review/")
    assert page.locator("main kbd:visible").all_inner_texts() == ["a", "b"]
    page.keyboard.press("b")
    page.keyboard.type("Falta a foto")
    assert page.input_value("[name=note]") == "Falta a foto"
    assert page.url.endswith("/review/")
