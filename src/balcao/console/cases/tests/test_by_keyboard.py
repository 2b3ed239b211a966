"""An attendant clears ten demands in a real browser, with the keyboard alone."""

from __future__ import annotations

import pytest

from balcao.cases.models import Case
from balcao.config.testing import chromium_browser
from tests.world import PASSWORD, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(monkeypatch):
    # Playwright's own loop runs in this thread: Django would refuse the ORM here. The server has threads of its own.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium_browser() as browser:
        yield browser.new_page(locale="en-US")


def test_an_attendant_clears_ten_demands_with_the_keyboard_alone(page, live_server, settings):
    settings.LANGUAGE_CODE = "en"
    world = make_world()
    world.staff["attendant"].locale = "en"
    world.staff["attendant"].save()
    for number in range(10):
        world.open(service=world.unrouted, description=f"Demanda número {number}")
    keys = page.keyboard

    page.goto(f"{live_server.url}/console/")
    page.wait_for_selector("#id_login:focus")
    keys.type(world.staff["attendant"].email)  # the first field has the focus
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url(f"{live_server.url}/console/")

    keys.press("g")
    keys.press("c")
    page.wait_for_url(f"{live_server.url}/console/cases/")
    keys.press("?")
    page.wait_for_selector("dialog[open] kbd")
    keys.press("Escape")
    page.wait_for_selector("dialog", state="detached")  # until it is gone, letters are its own
    keys.press("j")
    page.wait_for_selector("[data-row] :focus, [data-row]:focus")
    keys.press("Enter")
    page.wait_for_url("**/console/cases/*/?from=*")

    def go(key: str, code: str) -> str:
        """Open a form; the address that it leads away from."""
        keys.press(key)
        page.wait_for_url(f"**/{code}/*")
        page.wait_for_selector("form [autofocus]:focus")  # the browser gives the focus with its first frame
        return page.url

    def done(form: str) -> None:
        keys.press("Tab")
        keys.press("Enter")
        page.wait_for_url(lambda url: url != form)

    seen = set()
    for number in range(10):
        here = page.url.split("?")[0]
        assert here not in seen, "the next one comes by itself"
        seen.add(here)
        if number % 3 == 0:
            form = go("d", "dispatch")
            keys.type("Vias")
            keys.press("Tab")
            done(form)
        elif number % 3 == 1:
            form = go("r", "refuse")
            keys.type("Isto cabe ao estado: ligue 0800 000 000.")
            done(form)
        else:
            form = go("p", "ask")
            keys.type("Em qual rua?")
            done(form)
    assert "That was the last one of this list" in page.inner_text("main")
    assert sorted(Case.objects.values_list("state", flat=True)) == ["closed"] * 3 + ["waiting"] * 3 + ["working"] * 4
    assert not Case.objects.filter(state="triage").exists()
