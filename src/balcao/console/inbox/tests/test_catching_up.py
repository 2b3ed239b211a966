"""What happens between the drawing of a page and its listening is on it all the same."""

# ruff: noqa: F401, F811 (fixtures that tests share)
from __future__ import annotations

import pytest
from django.utils import timezone

from balcao.organization.models import Staff

from .test_in_a_browser import browser, desk, enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_was_said_while_the_page_was_on_its_way_stands_on_it(browser, live_server, desk):
    ana = Staff.objects.get(pk=desk.attendant("ana", 3, at=None).id)
    talk = desk.writes("a", "Oi", name="Maria", at=timezone.now()).conversation
    page = browser.new_page(locale="en-US")
    enter(page, live_server.url, ana)
    held = []
    page.route("**/stream/*", lambda route: held.append(route))  # the page is drawn, and does not listen yet
    page.goto(f"{live_server.url}/console/inbox/{talk.pk}/")
    page.wait_for_function("document.querySelector('#talk-thread')")
    desk.writes("a", "Entre uma coisa e outra", at=timezone.now())
    page.wait_for_timeout(300)
    assert page.locator("text=Entre uma coisa e outra").count() == 0
    for route in held:
        hello = "id: 1.1.1\nevent: hello\ndata: {}\n\n"  # the live server has no streams: what ours says first
        route.fulfill(status=200, headers={"content-type": "text/event-stream"}, body=hello)
    page.wait_for_selector(".word-theirs >> text=Entre uma coisa e outra")
