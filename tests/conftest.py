"""People with browsers, for the journeys and the walk over every page. Nothing here starts unless a test asks."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.house import PROJECT, House, enter

SCREENS = PROJECT / "artifacts" / "screens"
AXE = PROJECT / "src/balcao/web/frontend/node_modules/axe-core/axe.min.js"
AXE_RULES = "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}
STAFF = {
    "attendant": "rosangela.pires@vila-serena.example",
    "manager": "marlene.duarte@vila-serena.example",
    "agent": "wesley.nogueira@vila-serena.example",
    "supervisor": "helena.vasques@vila-serena.example",
    "administrator": "otavio.brandao@vila-serena.example",
}
PASSWORD, SECRET = "vila-serena-2026", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # printed by `balcao up`


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[House]:
    """The installation, one for the whole test run. BALCAO_HOUSE names the folder of one that is open already."""
    alone, base = worker_id == "master", tmp_path_factory.getbasetemp()
    folder = Path(os.environ.get("BALCAO_HOUSE") or (base if alone else base.parent))
    opened, leave = enter(folder, os.getpid() if alone else os.getppid())
    yield opened
    leave()


Visit = Callable[..., Any]
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def visit(chromium: Any, house: House, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """`visit("phone", "manager")`: somebody opens their browser, signed in when a role is named, at no page yet. Any
    script error or broken policy fails the test."""
    opened, problems = [], []

    def broken(page: Any, text: str) -> None:
        if "Content Security Policy" in text and not getattr(page, "under_examination", False):
            problems.append(f"{page.url}: {text}")

    def arrive(device: str = "desktop", role: str = "", **options: Any) -> Any:
        state = signed_in(chromium, house, role) if role else None
        context = chromium.new_context(
            base_url=house.url,
            locale="pt-BR",
            timezone_id="America/Sao_Paulo",
            storage_state=state,
            reduced_motion="reduce",
            **(DEVICES[device] | options),
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda m: broken(page, f"{m.text} {m.location}"))
        page.on("response", lambda r: problems.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        opened.append(context)
        return page

    yield arrive
    for number, context in enumerate(opened):
        if request.node.stash.get(FAILED, False) and context.pages:
            snap(context.pages[0], f"failed-{request.node.name[:80]}-{number}")
        context.close()
    assert problems == []


@pytest.fixture
def phone(visit: Visit) -> Any:
    """A citizen's phone."""
    return visit("phone")


@pytest.fixture
def desktop(visit: Visit) -> Any:
    """A citizen's computer."""
    return visit("desktop")


def signed_in(chromium: Any, house: House, role: str) -> dict[str, Any]:
    """The cookies of somebody of this role: signed in once a test run, by hand."""
    with house.one_at_a_time(f"sign-in-{role}"):
        kept = house.folder / f"signed-in-{role}.json"
        if not kept.exists():
            context = chromium.new_context(base_url=house.url, locale="pt-BR", **DEVICES["desktop"])
            page = context.new_page()
            sign_in(page, role)
            kept.write_text(json.dumps(context.storage_state()))
            context.close()
        return dict(json.loads(kept.read_text()))


def sign_in(page: Any, role: str) -> None:
    """Through the sign-in page, with the second factor where the role demands one."""
    page.goto("/console/account/login/")
    page.fill("[name=login]", STAFF[role])
    page.fill("[name=password][type=password]", PASSWORD)
    page.keyboard.press("Enter")
    if role == "administrator":
        page.wait_for_url("**/2fa/**")
        give_second_factor(page)
    page.wait_for_url("**/console/")


def give_second_factor(page: Any) -> None:
    """The code of the moment; the next moment's where this one was used already, as every code opens once."""
    for _ in range(2):
        moment = int(time.time()) // 30
        page.fill("#id_code", totp(moment))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if "/2fa/" not in page.url:
            return
        while int(time.time()) // 30 == moment:
            page.wait_for_timeout(200)
    raise AssertionError(f"the second factor was refused twice: {page.locator('main').inner_text()}")


def totp(moment: int) -> str:
    """RFC 6238, as an authenticator app computes it."""
    import base64
    import hmac

    digest = hmac.digest(base64.b32decode(SECRET), moment.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def device_of(page: Any) -> str:
    return "phone" if page.viewport_size["width"] < 700 else "desktop"


def snap(page: Any, name: str) -> Path:
    """Keep what the page shows, from top to bottom."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f"{name}-{device_of(page)}.png"
    with examining(page):
        page.screenshot(path=path, full_page=True, caret="initial")  # hiding it would write style attributes
    return path


@contextmanager
def examining(page: Any) -> Iterator[None]:
    """Our own instruments put styles into the page; its policy stops them, and that is no fault of the page."""
    page.under_examination = True
    try:
        yield
        page.evaluate("0")  # what the page still has to say about it arrives before this answer
    finally:
        page.under_examination = False


def faults_of(page: Any) -> list[str]:
    """What hinders somebody here: serious findings of axe-core, a page that scrolls sideways, a missing heading,
    language or title. Over the debugger's own channel, which the page's policy does not bind."""
    session = page.context.new_cdp_session(page)
    with examining(page):
        session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        answer = session.send(
            "Runtime.evaluate",
            {"expression": f"{AXE_RULES}.then(r => r.violations)", "awaitPromise": True, "returnByValue": True},
        )
        shape = page.evaluate(
            """async () => {
              for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);  // resized just now
              const over = e => e.getBoundingClientRect().right > innerWidth + 1;
              return {h1: document.querySelectorAll('h1').length, lang: document.documentElement.lang,
                title: document.title.trim(), wide: document.documentElement.scrollWidth - innerWidth,
                widest: ([...document.querySelectorAll('body *')].filter(over).at(-1) ?? document.body).outerHTML};
            }"""
        )
    session.detach()
    found = [
        f"{v['id']}: {v['nodes'][0]['target']} {v['nodes'][0]['failureSummary']}"
        for v in answer["result"]["value"]
        if v["impact"] in {"serious", "critical"}
    ]
    if shape["h1"] != 1:
        found.append(f"{shape['h1']} h1 headings")
    if shape["wide"] > 0:
        found.append(f"scrolls {shape['wide']} px sideways: {shape['widest'][:200]}")
    if not shape["lang"] or not shape["title"]:
        found.append(f"lang {shape['lang']!r}, title {shape['title']!r}")
    return found


def look(page: Any, name: str) -> None:
    """Keep the page's picture and let nobody be hindered by it."""
    snap(page, name)
    assert faults_of(page) == [], f"{page.url} on a {device_of(page)}"
