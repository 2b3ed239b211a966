"""The islands and the gallery in a real Chromium, under the real Content-Security-Policy."""

from __future__ import annotations

import json

import pytest

from . import urls
from .conftest import FRONTEND, WEB

pytestmark = pytest.mark.browser
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
RULES = "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
SHOTS = WEB.parent.parent.parent / "artifacts" / "gallery"


@pytest.fixture
def page(chromium, request):
    options = getattr(request, "param", {"viewport": {"width": 1280, "height": 800}})
    context = chromium.new_context(locale="en-US", **options)
    opened = context.new_page()
    opened.problems = []
    opened.on("pageerror", lambda problem: opened.problems.append(str(problem)))
    opened.on("console", lambda m: opened.problems.append(m.text) if "Content Security Policy" in m.text else None)
    yield opened
    context.close()
    assert opened.problems == []


def arrived(page) -> None:
    page.get_by_role("heading", name="Recebido").wait_for(timeout=10_000)
    assert page.url.endswith("/sent/")


@pytest.mark.parametrize("dress", ["theme=balcao", "theme=balcao&contrast=more", "theme=govbr", "theme=agora"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_is_accessible_in_every_dress(chromium, site, dress, scheme):
    """Colours are the dress's own; what changes with the width is the same in all of them."""
    context = chromium.new_context(bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    for path in ("", "console/"):
        page.goto(f"{site}/_gallery/{path}?{dress}&scheme={scheme}")
        page.add_script_tag(path=AXE)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            if width == 1280 or dress == "theme=balcao":
                found = page.evaluate(RULES)["violations"]
                serious = [
                    (f["id"], f["nodes"][0]["target"], f["nodes"][0]["failureSummary"])
                    for f in found
                    if f["impact"] in {"serious", "critical"}
                ]
                assert serious == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
            SHOTS.mkdir(parents=True, exist_ok=True)
            dressed = dress.replace("theme=", "").replace("&contrast=", "-")
            page.screenshot(
                path=SHOTS / f"{path.strip('/') or 'portal'}-{dressed}-{scheme}-{width}.png", full_page=True
            )
    context.close()


@pytest.mark.parametrize("code", [404, 500])
def test_an_error_page_is_accessible(chromium, site, code):
    context = chromium.new_context(viewport={"width": 360, "height": 700}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{site}/_gallery/error/{code}/")
    page.add_script_tag(path=AXE)
    assert page.evaluate(RULES)["violations"] == []
    context.close()


@pytest.mark.parametrize("path", ["", "console/", "error/404/"])
def test_no_page_breaks_its_own_policy(page, site, path):
    page.goto(f"{site}/_gallery/{path}")
    page.wait_for_function("() => window.htmx")
    assert page.evaluate("document.querySelectorAll('style, [style], script:not([src])').length") == 0


def test_a_draft_survives_a_reload_but_never_what_is_sensitive(page, site):
    page.goto(f"{site}/form/")
    page.fill("#id_what", "árvore morta")
    page.fill("#id_secret", "529.982.247-25")
    page.wait_for_function("() => localStorage.getItem('draft:tree')")
    assert "529" not in page.evaluate("localStorage.getItem('draft:tree')")
    page.reload()
    assert page.input_value("#id_what") == "árvore morta" and page.input_value("#id_secret") == ""
    assert page.locator("[data-draft-notice]").is_visible()
    page.click("[data-draft-notice] button")
    assert page.input_value("#id_what") == ""
    page.reload()
    assert page.input_value("#id_what") == "" and page.locator("[data-draft-notice]").count() == 0


def test_an_old_draft_is_swept_away(page, site):
    page.goto(f"{site}/form/")
    page.evaluate("localStorage.setItem('draft:tree', JSON.stringify({at: 1, until: 2, values: {what: ['velho']}}))")
    page.reload()
    assert page.input_value("#id_what") == ""
    assert page.evaluate("localStorage.getItem('draft:tree')") is None


def test_sending_twice_sends_once_and_the_draft_goes(page, site):
    urls.posted.clear()
    page.goto(f"{site}/form/")
    page.fill("#id_what", "poste apagado")
    page.evaluate("const b = document.querySelector('button[name=go]'); b.click(); b.click()")
    arrived(page)
    assert [post["what"] for post in urls.posted] == ["poste apagado"] and urls.posted[0]["go"] == "yes"
    page.wait_for_function("() => localStorage.getItem('draft:tree') === null")


def test_an_error_of_the_form_comes_back_with_what_was_typed_and_takes_the_focus(page, site):
    page.goto(f"{site}/form/")
    page.fill("#id_what", "ruim")
    page.click("button[name=go]")
    page.wait_for_selector("[data-error-summary]:focus")
    assert page.input_value("#id_what") == "ruim"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_what"


def test_a_lost_connection_loses_nothing_and_sends_again(page, site, tmp_path):
    urls.posted.clear()
    photo = tmp_path / "foto.jpg"
    photo.write_bytes(b"\xff\xd8" + b"0" * 2000)
    page.goto(f"{site}/form/")
    page.fill("#id_what", "sem rede")
    page.set_input_files("#id_photos", photo)
    page.route("**/form/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.click("button[name=go]")
    page.wait_for_selector("#toast.tone-danger")
    assert page.input_value("#id_what") == "sem rede" and urls.posted == []
    page.unroute("**/form/")
    page.click("#toast button")
    arrived(page)
    assert urls.posted[0]["what"] == "sem rede" and urls.posted[0]["files"] == "1"


def test_offline_the_form_waits_and_offers_to_send_when_back(page, site):
    urls.posted.clear()
    page.goto(f"{site}/form/")
    page.fill("#id_what", "no metrô")
    page.context.set_offline(True)
    page.click("button[name=go]")
    page.wait_for_selector("#toast.tone-warning")
    page.context.set_offline(False)
    page.click("#toast.tone-success button")
    arrived(page)
    assert [post["what"] for post in urls.posted] == ["no metrô"]


def test_a_question_is_asked_before_and_cancel_means_no(page, site):
    urls.posted.clear()
    page.goto(f"{site}/form/")
    page.get_by_role("button", name="Apagar").click()
    page.get_by_role("button", name="Cancel").click()
    assert urls.posted == []
    page.get_by_role("button", name="Apagar").click()
    page.get_by_role("button", name="Yes, go on").click()
    arrived(page)
    assert urls.posted == [{"confirmed": "yes"}]


def test_a_file_too_large_is_told_at_once_and_not_sent(page, site, tmp_path):
    large, small = tmp_path / "grande.mp4", tmp_path / "ok.jpg"
    large.write_bytes(b"0" * 1_200_000)
    small.write_bytes(b"0" * 10)
    page.goto(f"{site}/form/")
    page.set_input_files("#id_photos", [large, small])
    assert "grande.mp4" in page.locator("[data-file-problem]").inner_text()
    assert page.evaluate("[...document.querySelector('#id_photos').files].map(f => f.name)") == ["ok.jpg"]
    page.click("[data-chosen] button")
    assert page.evaluate("document.querySelector('#id_photos').files.length") == 0


def test_the_counter_counts_letters_as_people_do(page, site):
    page.goto(f"{site}/form/")
    page.fill("#id_what", "🌳" * 31)
    assert page.locator("#id_what_count").inner_text() == "Characters too many: 1"


def test_shortcuts_work_outside_of_fields_only_and_are_listed(page, site):
    page.goto(f"{site}/form/")
    page.focus("#id_what")
    page.keyboard.type("gs?")
    assert page.url.endswith("/form/") and page.locator("dialog[open]").count() == 0
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert "Enviados" in page.locator("dialog[open]").inner_text()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    page.keyboard.type("gs")
    arrived(page)


def test_the_map_puts_a_pin_by_keyboard_and_follows_the_fields(page, site):
    page.goto(f"{site}/_gallery/map/")
    page.wait_for_selector("[data-map-ready]", timeout=20_000)
    page.focus(".maplibregl-canvas")
    page.keyboard.press("ArrowRight")
    first = float(page.input_value("#id_lon"))
    page.keyboard.press("Shift+ArrowRight")
    assert float(page.input_value("#id_lon")) > first
    assert page.locator(".map-status").inner_text().startswith("Pin in ")
    page.locator("#id_lat").press_sequentially("x")
    page.locator("#id_lat").fill("-10")
    page.locator("#id_lat").blur()
    assert page.locator(".map-status").inner_text() == "The pin is outside the city."


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_the_form_is_sent(page, site):
    urls.posted.clear()
    page.goto(f"{site}/form/")
    page.fill("#id_what", "sem script")
    page.click("button[name=go]")
    assert page.url.endswith("/sent/") and urls.posted[0]["what"] == "sem script"
    page.goto(f"{site}/_gallery/map/")
    assert page.locator("#id_lat").is_visible() and not page.locator("[data-map]").is_visible()


def test_the_live_stream_becomes_dom_events_and_the_bell_counts(page, site):
    body = "".join(
        f"id: 1.{n}.{n}\nevent: {kind}\ndata: {json.dumps({'case_id': n})}\n\n"
        for n, kind in enumerate(["hello", "DeadlineBreached", "CaseOpened"])
    )
    asked = []
    page.route(
        "**/stream/**",
        lambda r: (
            asked.append(r.request.url),
            r.fulfill(content_type="text/event-stream", body=f"retry: 200\n{body}"),
        ),
    )
    page.route("**/part/", lambda r: r.fulfill(content_type="text/html", body="<p id='fresh'>fresh</p>"))
    page.goto(f"{site}/_gallery/console/")
    page.evaluate(
        """() => {
            document.body.dataset.live = '/stream/';
            const part = document.createElement('div');
            part.dataset.liveRefresh = '/part/'; part.dataset.liveOn = 'CaseOpened';
            document.querySelector('main').append(part);
            window.heard = [];
            document.body.addEventListener('balcao:CaseOpened', (e) => window.heard.push(e.detail.data.case_id));
            window.dispatchEvent(new Event('pageshow'));
        }"""
    )
    page.wait_for_function("() => window.heard.includes(2)")
    page.wait_for_selector("#fresh", timeout=5_000)
    assert int(page.locator("[data-live-count]").inner_text()) > 3
    page.evaluate("window.dispatchEvent(new Event('pagehide')); window.dispatchEvent(new Event('pageshow'))")
    page.wait_for_timeout(100)
    assert any("after=1.2.2" in url for url in asked)


def test_high_contrast_is_remembered_by_the_server(page, site):
    page.goto(f"{site}/form/")
    page.get_by_role("button", name="High contrast").click()
    page.goto(f"{site}/sent/")
    assert page.locator("html").get_attribute("data-contrast") == "more"
