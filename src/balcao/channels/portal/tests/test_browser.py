"""In a real browser: a phone with a photo, and a browser without JavaScript."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page

from balcao.config.testing import chromium_browser
from balcao.organization.places import _geojson

from .driver import draw_city, photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def chromium(live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the server's threads never touch Playwright's loop
    with chromium_browser() as browser:
        yield browser


def go_on(page: Page) -> None:
    page.locator("main form[data-draft] .btn-primary[type=submit]").click()


def fill(page: Page, base: str, *, script: bool) -> str:
    """Home → search → charter → form → confirmation. The text of the confirmation's numbers."""
    page.goto(base)
    page.fill("#need", "galho seco na arvore")
    if not script:
        page.click("main form[role=search] button[type=submit]")
    page.locator("#results .card-title a").first.click()
    page.locator("a.btn-primary").first.click()
    page.fill("#id_description", "🌳")
    go_on(page)
    page.locator(".error-summary").wait_for()
    assert page.input_value("#id_description") == "🌳"
    page.fill("#id_description", "Galho seco, vai cair na calçada")
    go_on(page)
    page.wait_for_url("**/onde/")
    if script:
        page.locator(".map canvas").wait_for()
        page.locator(".map").click(position={"x": 150, "y": 120})
        assert page.input_value("#id_location_lat").startswith("-23.5")
        page.locator(".map-remove").click()
        assert page.input_value("#id_location_lat") == "" and page.locator(".map-pin").count() == 0
        page.locator(".map").click(position={"x": 150, "y": 120})
        assert page.input_value("#id_location_lat").startswith("-23.5")
    page.fill("[name='location.address']", "Rua das Flores, 10")
    go_on(page)
    page.wait_for_url("**/arquivos/")
    page.set_input_files("#id_files", files=[{"name": "galho.jpg", "mimeType": "image/jpeg", "buffer": photo().read()}])
    go_on(page)
    page.wait_for_url("**/voce/")
    if script:
        _asks_for_what_applies(page)
    page.fill("#id_who_name", "Maria das Dores")
    page.fill("#id_who_email", "maria@example.org")
    page.locator("label[for=id_consent]").click()
    go_on(page)
    page.wait_for_url("**/revisar/")
    assert page.locator("text=galho.jpg").count() == 1
    page.locator("main form .btn-primary").first.click()
    page.wait_for_url("**/recebido/**")
    return page.locator("[data-protocol]").inner_text() + " " + page.locator("[data-access-code]").inner_text()


def _choose(page: Page, name: str, value: str) -> None:
    choice = f"input[name={name}][value={value}]"
    page.locator(f"{choice} + label, label:has({choice})").first.click()


def _asks_for_what_applies(page: Page) -> None:
    """Whoever reads the answer here is not asked for an address; whoever stays anonymous, not for a name."""
    email, name = page.locator("#id_who_email"), page.locator("#id_who_name")
    page.locator(
        "input[name=answer_by][value=page] + label, label:has(input[name=answer_by][value=page])"
    ).first.click()
    assert email.is_hidden() and name.is_visible()
    page.locator(
        "input[name=answer_by][value=email] + label, label:has(input[name=answer_by][value=email])"
    ).first.click()
    assert email.is_visible()
    _choose(page, "who", "anonymous")
    assert name.is_hidden() and email.is_hidden()
    page.locator(
        "input[name=who][value=identified] + label, label:has(input[name=who][value=identified])"
    ).first.click()
    assert name.is_visible() and email.is_visible()


@pytest.mark.parametrize("script", [True, False], ids=["phone", "without JavaScript"])
def test_a_citizen_reports_a_dead_branch_with_a_photo(world, live_server, chromium, script, tmp_path):
    draw_city(world)
    _geojson.cache_clear()
    context = chromium.new_context(viewport=PHONE, java_script_enabled=script)
    page = context.new_page()
    wide: list[str] = []
    page.on("load", lambda p: wide.append(p.url) if script and _too_wide(p) else None)
    said = fill(page, live_server.url, script=script)
    assert re.fullmatch(r"20\d\d\.\d{4}\.\d{3}-\d\d [0-9A-Z-]{13}", said) and not wide
    if script:
        assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('draft:pedir')).length") == 0
    protocol, code = said.split()
    other = chromium.new_context(viewport=PHONE, java_script_enabled=script).new_page()
    other.goto(live_server.url + "/acompanhar/")
    other.fill("#id_protocol", protocol)
    other.fill("#id_code", code)
    other.locator("main form .btn-primary").click()
    other.locator("text=Galho seco, vai cair na calçada").wait_for()
    assert other.locator("main img").count() == 1


def _too_wide(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_the_typed_text_outlives_a_lost_connection(world, live_server, chromium):
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(live_server.url + f"/pedir/{world.service.slug}/o-que/")
    page.fill("#id_description", "Escrito antes da queda")
    page.wait_for_timeout(600)
    context.set_offline(True)
    go_on(page)
    assert page.input_value("#id_description") == "Escrito antes da queda"
    context.set_offline(False)
    page.reload()
    page.locator("[data-draft-notice]").wait_for()
    assert page.input_value("#id_description") == "Escrito antes da queda"
    assert Client().get("/").status_code == 200


def test_a_form_to_mend_breaks_no_policy_of_its_own(world, live_server, chromium):
    """Not either when somebody has dragged the box larger, which leaves an inline style on it."""
    draw_city(world)
    _geojson.cache_clear()
    page = chromium.new_context(viewport=PHONE).new_page()
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (e) => console.log('BROKEN', e.violatedDirective))"
    )
    broken: list[str] = []
    page.on("console", lambda m: broken.append(m.text) if "BROKEN" in m.text or "Security Policy" in m.text else None)
    page.goto(live_server.url + f"/pedir/{world.service.slug}/o-que/")
    page.evaluate("document.getElementById('id_description').style.height = '200px'")
    page.fill("#id_description", "🌳")
    go_on(page)
    page.locator(".error-summary").wait_for()
    page.fill("#id_description", "Galho seco, vai cair na calçada")
    go_on(page)
    page.wait_for_url("**/onde/")
    page.locator(".map canvas").wait_for()
    page.locator(".map").click(position={"x": 150, "y": 120})
    page.locator(".map-tools button").first.click()
    page.locator(".map-pin").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.fill("#id_location_lat", "abc")
    go_on(page)
    page.locator(".error-summary").wait_for()
    page.locator(".map").scroll_into_view_if_needed()
    page.locator(".map canvas").wait_for()
    page.set_viewport_size({"width": 900, "height": 700})
    page.wait_for_timeout(500)
    assert broken == []
