"""Everybody's pages, found by following the links from their first one: each is looked at on a phone and on a computer.

One page for each of our addresses' patterns. Its picture is kept; nothing on it may hinder anybody (`faults_of`)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.conftest import DEVICES, faults_of, snap
from tests.journeys.steps import Receipt, follow

pytestmark = pytest.mark.browser
MOST = 140  # pages a person; more than there are
TELLS_APART = ("code", "verb", "word", "what")  # an act or a step is a page of its own
# Swagger's page is another project's, in English, for those who write programs.
NO_PAGES = re.compile(
    r"^/api/docs|\.pdf$|\.csv|/arquivo/|/files/|/logout/|/sair/|\.json|^/static/|^/i18n/|/console/search/"
)


def kind_of_page(address: str) -> str:
    """The name of the pattern that an address fits; "" where nothing is ours."""
    path = urlsplit(address).path
    if NO_PAGES.search(path):
        return ""
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    more = [str(found.kwargs[k]) for k in TELLS_APART if k in found.kwargs]
    return "-".join([found.view_name.replace(":", "-"), *more])


def walk(
    page: Any,
    picture: str,
    starts: list[str],
    floor: int,
    elsewhere: tuple[str, ...] = (),
    look: Callable[[Any, str], list[str]] | None = None,
) -> None:
    """Look at every kind of page that links lead to, but for those that somebody else's walk looks at; `look(page,
    kind)` instead of at its picture and its faults on each device. Fails with the whole list of what was found."""
    line, seen, faults = deque(starts), set(), []
    while line and len(seen) < MOST:
        address = line.popleft()
        kind = kind_of_page(address)
        if not kind or kind in seen or kind.startswith(elsewhere):
            continue
        seen.add(kind)
        page.set_viewport_size(DEVICES["desktop"]["viewport"])
        answer = page.goto(address)
        if answer is None or answer.status >= 400:
            faults.append(f"{address}: status {answer and answer.status}")
            continue
        arrived = kind_of_page(page.url)
        if arrived != kind:  # led elsewhere
            if not arrived or arrived in seen or arrived.startswith(elsewhere):
                continue
            seen.add(arrived)
        if page.locator("[data-map]:visible").count():
            page.locator("[data-map]").first.scroll_into_view_if_needed()  # it is fetched when it comes into sight
            page.locator("[data-map-ready]").first.wait_for()
            page.evaluate("scrollTo(0, 0)")
        for device in ("desktop", "phone") if look is None else ():
            page.set_viewport_size(DEVICES[device]["viewport"])
            snap(page, f"{picture}-{arrived}")
            faults += [f"{page.url} on a {device}: {fault}" for fault in faults_of(page)]
        if look is not None:
            faults += [f"{page.url}: {fault}" for fault in look(page, arrived)]
        hrefs = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(a => a.getAttribute('href'))")
        line.extend(urljoin(page.url, href) for href in hrefs if not href.startswith(("#", "mailto:", "tel:")))
    print(f"{picture}: {len(seen)} pages: {' '.join(sorted(seen))}")
    assert not faults, "\n".join(faults)
    assert len(seen) < MOST, "there are more pages than were looked at"
    assert len(seen) >= floor, f"only {sorted(seen)}"


def test_the_citizens_pages(visit, house):
    page = visit("desktop")
    follow(page, Receipt(*house.sample(), ""))
    walk(page, "page-citizen", [page.url, f"{house.url}/", f"{house.url}/console/account/login/"], 10)


@pytest.mark.parametrize(
    ("role", "floor"),
    [
        *(("manager", 8), ("agent", 6)),
        # the longest: up to ninety pages, each on two devices
        *(
            pytest.param(*more, marks=pytest.mark.slow)
            for more in [("attendant", 15), ("supervisor", 15), ("administrator", 40)]
        ),
    ],
)
def test_the_pages_of_staff(visit, house, role, floor):
    everybodys = ("portal-",) if role in ("attendant", "administrator") else ("portal-", "account_", "mfa_")
    walk(visit("desktop", role), f"page-{role}", [f"{house.url}/console/"], floor, everybodys)
