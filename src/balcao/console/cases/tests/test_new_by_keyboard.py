"""The phone rings: an attendant opens a demand with its questions, a pin and a photo, without a mouse."""

from __future__ import annotations

import pytest
from PIL import Image

from balcao.cases.models import Attachment, Case
from balcao.catalog.actions import change_questions
from balcao.config.testing import chromium_browser
from tests.world import PASSWORD, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TREE = [
    {"code": "fell", "type": "boolean", "prompt": "Has it fallen?", "required": True},
    {"code": "on", "type": "string", "prompt": "On what?", "required": True, "when": {"eq": ["fell", True]}},
]


@pytest.fixture
def page(monkeypatch):
    # Playwright's own loop runs in this thread: Django would refuse the ORM here. The server has threads of its own.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium_browser() as browser:
        yield browser.new_page(locale="en-US", viewport={"width": 360, "height": 740})


def test_the_phone_rings(page, live_server, settings, tmp_path):
    settings.LANGUAGE_CODE = "en"
    world = make_world()
    world.staff["attendant"].locale = "en"
    world.staff["attendant"].save()
    change_questions(actor=world.actor("administrator"), service=world.service, questions=TREE)
    Image.new("RGB", (64, 48), "brown").save(tmp_path / "tree.jpg")
    keys = page.keyboard

    def to(selector: str) -> None:
        """Tab until the focus is there."""
        for _step in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            keys.press("Tab")
        raise AssertionError(f"the Tab key never comes to {selector}")

    page.goto(f"{live_server.url}/console/")
    page.wait_for_selector("#id_login:focus")
    keys.type(world.staff["attendant"].email)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url(f"{live_server.url}/console/")
    keys.press("g")
    keys.press("n")
    page.wait_for_url("**/console/cases/new/")
    to("#id_service")
    keys.type("Poda")
    page.wait_for_selector("[name=token]", state="attached")
    wide = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > 361)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.evaluate(f"{wide}.map(e => e.outerHTML)")

    assert not page.is_visible("[name=on]")
    to("[name=fell]")
    keys.press("Space")
    page.wait_for_selector("[name=on]", state="visible")
    to("[name=on]")
    keys.type("o muro")
    to("[name=description]")
    keys.type("Galho grande caiu sobre o muro")
    to("[name='location.address']")
    keys.type("Rua das Flores")
    to("summary")
    keys.press("Enter")
    to("[name='location.lat']")
    keys.type("-22.148")
    to("[name='location.lon']")
    keys.type("-48.61")
    page.set_input_files("[name=files]", tmp_path / "tree.jpg")  # the system's own window is no page of ours
    to("[name=who_name]")
    keys.type("Ana Souza")
    keys.press("Enter")
    page.wait_for_selector("#code")

    case = Case.objects.get()
    assert case.answers == {"fell": True, "on": "o muro"}
    assert (case.reporter.name, case.lat, case.contact, case.channel) == ("Ana Souza", -22.148, None, "phone")
    assert Attachment.objects.get().case == case
    assert case.attendant == world.staff["attendant"]
