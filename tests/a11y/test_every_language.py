"""The pages of Portugal and of those who read English; what needs no language is looked at on the way.

Brazil's pages are walked by everybody's role in `test_every_page`. Here the citizen and the administrator, who sees the
most, meet each kind of page once in each other language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.a11y.hindrances import crowding, foreign_words, keyboard, movement
from tests.a11y.test_every_page import walk
from tests.conftest import DEVICES, faults_of
from tests.journeys.steps import Receipt, follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Reader:
    """Looks at one page after another in `language`; `thorough`: also at what is the same in all of them."""

    def __init__(self, language: str, thorough: bool) -> None:
        self.language, self.thorough, self.titles = language, thorough, dict[str, str]()

    def __call__(self, page: Any, kind: str) -> list[str]:
        found = foreign_words(page, self.language)
        title, what = page.title(), kind.removeprefix("account_").removeprefix("mfa_")  # two doors to one page
        if (other := self.titles.setdefault(title, what)) != what:
            found.append(f"is called {title!r}, as {other} is")
        if self.thorough:
            found += [*crowding(page), *movement(page), *keyboard(page)]
        page.set_viewport_size(DEVICES["phone"]["viewport"])
        return found + faults_of(page)


def reads(page: Any, url: str, language: str) -> Any:
    page.context.add_cookies([{"name": "django_language", "value": language, "url": url}])
    return page


@pytest.mark.parametrize("language", ["pt-pt", "en"])
def test_the_citizens_pages_in_another_language(visit, house, language):
    page = visit("desktop")
    follow(page, Receipt(*house.sample(), ""))  # in the journeys' Portuguese
    reads(page, house.url, language)
    starts = [page.url, f"{house.url}/", f"{house.url}/console/account/login/"]
    walk(page, f"page-citizen-{language}", starts, 10, look=Reader(language, thorough=language == "en"))


@pytest.mark.parametrize("language", ["pt-pt", "en"])
def test_the_consoles_pages_in_another_language(visit, house, language):
    page = reads(visit("desktop", "administrator"), house.url, language)
    look = Reader(language, thorough=language == "pt-pt")
    walk(page, f"page-administrator-{language}", [f"{house.url}/console/"], 40, ("portal-",), look=look)
