"""Wesley in the street: an old phone, a slow network that breaks while the report goes, and a camera that throws the
page away. Nothing is lost, and nothing is filed twice."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import look
from tests.journeys.steps import Citizen, Receipt, at, choose, follow, mailbox, press, say

pytestmark = pytest.mark.browser
DONE = "Galho recolhido e calçada varrida. O portão da escola está livre."
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 120_000, "uploadThroughput": 40_000}  # bytes a second

# what this browser still keeps of a report: words and photos
LEFT = """() => new Promise(done => { const asked = indexedDB.open("balcao-drafts", 1); asked.onsuccess = () => {
  const keys = asked.result.transaction("files").objectStore("files").getAllKeys();
  keys.onsuccess = () => done([...keys.result, ...Object.keys(localStorage)].filter(k => k.includes("report-"))) } })"""


def big_photo(folder: Path, name: str) -> Path:
    """Some megabytes, as telephones make them: noise compresses as little as leaves do."""
    noise = Image.frombytes("RGB", (900, 675), random.Random(name).randbytes(900 * 675 * 3))
    noise.resize((3600, 2700)).save(folder / name, "JPEG", quality=92)
    assert (folder / name).stat().st_size > 2_000_000
    return folder / name


def network(session: Any, **conditions: Any) -> None:
    """One session of the debugger for all: each keeps its own conditions, and the worst one holds."""
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW | conditions)


def order_for_wesley(visit: Any) -> tuple[Receipt, Any]:
    """Somebody asks, Marlene gives it to Wesley, and he opens it from the list of what is his."""
    receipt = Citizen(visit("phone"), mailbox("dora")).ask_for_a_tree(
        "Um galho grande caiu na frente da escola.", "Dora"
    )
    manager = visit("desktop", "manager")
    manager.goto("/console/orders/")
    manager.locator(".order-card", has_text=receipt.protocol).locator("a").first.click()
    at(manager, r"/console/orders/\d+/")
    manager.locator("#do-assign summary").click()
    manager.locator("#do-assign select").select_option(label="Wesley Nogueira")
    press(manager, "Give")
    manager.get_by_text(say("It is with %(name)s now.") % {"name": "Wesley Nogueira"}).wait_for()
    page = visit("phone", "agent")
    page.goto("/console/orders/mine/")
    look(page, "agent-mine")
    page.locator(".order-card", has_text=receipt.protocol).locator("a").first.click()
    at(page, r"/console/orders/\d+/")
    return receipt, page


def test_a_report_with_photos_survives_the_camera_and_the_connection_and_is_filed_once(visit, tmp_path):
    receipt, page = order_for_wesley(visit)
    look(page, "agent-order")
    press(page, "Accept the order")
    page.get_by_text(say("Accepted. It is with your area now.")).wait_for()
    order = page.url
    press(page, "File the report")
    at(page, "/report/")
    choose(page, "outcome", "partly")
    page.fill("main [name=text]", DONE)
    page.set_input_files("#id_before", big_photo(tmp_path, "antes.jpg"))
    page.set_input_files("#id_after", big_photo(tmp_path, "depois.jpg"))
    page.locator("[data-chosen]", has_text="depois.jpg").wait_for()
    sizes = "() => ['before', 'after'].map(n => document.getElementById('id_' + n).files[0]?.size ?? 0)"
    assert all(0 < size < 2_000_000 for size in page.evaluate(sizes)), "photos are made smaller before they go"
    page.wait_for_timeout(600)  # the draft is written a moment after the last key
    page.reload()  # the camera took the memory, and the browser threw the page away
    page.locator("[data-chosen]", has_text="antes.jpg").wait_for()
    page.locator("[data-chosen]", has_text="depois.jpg").wait_for()
    assert page.input_value("main [name=text]") == DONE and page.locator("[value=partly]").is_checked()
    look(page, "agent-report-kept")

    line = page.context.new_cdp_session(page)
    network(line)
    press(page, "File the report")
    page.locator("#toast", has_text="%").wait_for()  # how far it is
    network(line, offline=True)
    retry = page.locator("#toast").get_by_role("button", name=say("Send again"))
    retry.wait_for()
    assert page.input_value("main [name=text]") == DONE and all(page.evaluate(sizes))
    look(page, "agent-connection-lost")

    network(line, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    page.route("**/report/", answer_lost)  # this time it arrives, and the answer does not
    retry.click()
    page.wait_for_function("() => document.getElementById('toast')?.querySelector('button')")
    page.unroute("**/report/")
    page.locator("#toast").get_by_role("button", name=say("Send again")).click()
    at(page, re.escape(order) + "$")
    page.get_by_text(say("Report filed. It goes to review now. Thank you!")).first.wait_for()
    assert page.locator("main").get_by_text(DONE).count() == 1, "one report"
    assert page.locator("main .photos img").count() >= 2
    look(page, "agent-reported")
    assert page.evaluate(LEFT) == [], "the phone keeps nothing of it"
    page.goto(f"{order}report/")
    at(page, re.escape(order) + "$")

    owner = visit("phone")
    follow(owner, receipt)
    assert DONE not in owner.locator("main").inner_text(), "the report is read by the reviewer first"


def answer_lost(route: Any) -> None:
    """The server gets all of it; the phone gets nothing back."""
    if route.request.method != "POST":
        route.continue_()
        return
    answer = route.fetch(max_redirects=0)
    assert answer.status == 302, answer.text()[:500]
    route.abort("connectionfailed")


def give(manager: Any) -> None:
    """The ticked ones to Wesley."""
    manager.locator("main select[name=staff]").select_option(label="Wesley Nogueira")
    press(manager, "Give the ticked orders")
    at(manager, r"/console/orders/(\?|$)")


def test_an_order_that_is_not_his_goes_back_to_the_area_and_several_are_given_at_once(visit):
    receipt, page = order_for_wesley(visit)
    page.locator("#do-release summary").click()
    page.fill("#do-release textarea", "O galho está na rede elétrica: precisa da equipe do caminhão.")
    look(page, "agent-not-mine")
    press(page, "Hand it back")
    at(page, "/orders/mine/")
    assert receipt.protocol not in page.locator("main").inner_text()

    manager = visit("phone", "manager")
    manager.goto("/console/orders/together/")
    rows = manager.locator(".together-row")
    back = rows.filter(has_text=receipt.protocol)
    assert say("Nobody yet") in back.inner_text()
    back.locator("input[type=checkbox]").check()
    rows.filter(has_not_text=receipt.protocol).first.locator("input[type=checkbox]").check()
    look(manager, "manager-together")
    give(manager)
    manager.get_by_text(re.compile(r"^\s*2 .*Wesley Nogueira")).first.wait_for()
    page.reload()
    page.get_by_text(receipt.protocol).wait_for()


def test_the_nearest_stands_first_and_his_place_stays_on_the_phone(visit):
    manager = visit("desktop", "manager")
    manager.goto("/console/orders/together/")
    for box in manager.locator(".together-row input[type=checkbox]").all():
        box.check()
    give(manager)
    page = visit("phone", "agent", geolocation={"latitude": -22.15, "longitude": -48.61}, permissions=["geolocation"])
    asked: list[str] = []
    page.goto("/console/orders/mine/")
    page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    page.get_by_role("button", name=say("Nearest first")).first.click()
    page.locator("[data-far]").first.wait_for()
    look(page, "agent-nearest")
    lists = page.locator("ul[data-nearest]").all()
    shown = [[kilometres(far) for far in one.locator("[data-far]").all_inner_texts()] for one in lists]
    assert any(len(far) > 1 for far in shown) and all(far == sorted(far) for far in shown), shown
    assert not [url for url in asked if "48.6" in url], "nobody is told where he is"


def kilometres(words: str) -> float:
    return float(re.sub(r"[^\d,]", "", words).replace(",", "."))
