"""Attendants at the inbox in a real browser."""

from __future__ import annotations

import pytest
from django.utils import timezone

from balcao.cases.models import Case
from balcao.config.testing import chromium_browser
from balcao.inbox.conversations.tests.conftest import Desk
from balcao.inbox.models import Account, Conversation, Line
from balcao.organization.models import Staff
from balcao.platform.numbering import format_protocol
from tests.world import PASSWORD, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(monkeypatch):
    # Playwright's own loop runs in this thread: Django would refuse the ORM here. The server has threads of its own.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium_browser() as found:
        yield found


@pytest.fixture
def desk(settings):
    settings.LANGUAGE_CODE = "en"
    world = make_world()
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral", automatic=False)
    account = Account.objects.create(agency=world.agency, channel="webchat", key="w", name="Site", line=line)
    return Desk(world, line, account)


def enter(page, url: str, staff: Staff) -> None:
    Staff.objects.filter(pk=staff.pk).update(locale="en")
    page.goto(f"{url}/console/")
    page.wait_for_selector("#id_login:focus")
    page.keyboard.type(staff.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/console/")


def tab_to(page, wanted: str) -> None:
    """Tab until the selector has the focus."""
    for _ in range(60):
        if page.evaluate("s => !!document.activeElement?.matches(s)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


def test_who_waits_is_taken_answered_given_a_demand_and_let_go_by_keyboard_alone(browser, live_server, desk):
    ana = Staff.objects.get(pk=desk.attendant("ana", 3, at=None).id)
    talk = desk.writes("a", "Preciso de uma vaga na creche", name="Maria", at=timezone.now()).conversation
    page = browser.new_page(locale="en-US")
    keys = page.keyboard
    enter(page, live_server.url, ana)
    keys.press("g")
    keys.press("t")
    page.wait_for_url("**/console/inbox/")
    keys.press("x")
    page.wait_for_url(f"**/console/inbox/{talk.pk}/")
    keys.press("r")
    keys.type("Bom dia, Maria!")
    keys.press("Enter")
    page.wait_for_selector(".word-ours[data-number] >> text=Bom dia, Maria!")
    assert page.locator(".is-pending").count() == 0 and page.input_value("#id_text") == ""
    keys.press("Escape")
    keys.press("n")
    page.wait_for_selector("#act textarea:focus")
    keys.type("Parece urgente")
    tab_to(page, "#act button[type=submit]")
    keys.press("Enter")
    page.wait_for_selector(".word-note >> text=Parece urgente")
    keys.press("o")
    page.wait_for_selector("input[name=q]:focus")
    keys.type("outros")
    keys.press("Enter")
    page.wait_for_url("**q=outros*")
    tab_to(page, "a[href*='service=']")
    keys.press("Enter")
    assert "Preciso de uma vaga na creche" in page.input_value("textarea[name=description]")
    tab_to(page, "[name=who_name]")
    assert page.input_value("[name=who_name]") == "Maria"
    keys.press("Enter")
    page.wait_for_url(f"**/console/inbox/{talk.pk}/")
    case = Case.objects.get()
    assert format_protocol(case.protocol) in page.inner_text("#talk-thread") and case.reporter.name == "Maria"
    keys.press("e")
    page.wait_for_selector("#act textarea:focus")
    tab_to(page, "#act button[type=submit]")
    keys.press("Enter")
    page.wait_for_url("**/console/inbox/")
    assert Conversation.objects.get().state == "closed"


def test_two_attendants_see_each_other_and_only_one_of_them_speaks(browser, live_server, desk):
    ana, rui = (Staff.objects.get(pk=desk.attendant(tag, 3, at=None).id) for tag in ("ana", "rui"))
    Staff.objects.filter(pk=ana.pk).update(name="Ana Lima")
    Staff.objects.filter(pk=rui.pk).update(name="Rui Costa")
    talk = desk.writes("a", "Olá", name="Maria", at=timezone.now()).conversation
    address = f"{live_server.url}/console/inbox/{talk.pk}/"
    one, two = browser.new_context(locale="en-US").new_page(), browser.new_context(locale="en-US").new_page()
    for page, staff in ((one, ana), (two, rui)):
        enter(page, live_server.url, staff)
    with one.expect_response("**/console/inbox/beat/"):
        one.goto(address)
    two.goto(address)
    two.wait_for_selector("text=Ana Lima also has this open")
    with one.expect_response("**/console/inbox/beat/"):
        one.keyboard.press("t")
        one.wait_for_selector("#id_text")
    one.wait_for_selector("text=Rui Costa also has this open")
    two.keyboard.press("t")
    two.wait_for_selector("text=A colleague is talking with this person")
    assert two.locator("#reply").count() == 0
    one.fill("#id_text", "Eu respondo")
    one.keyboard.press("Enter")
    one.wait_for_selector(".word-ours[data-number]")
    assert [m.author.name for m in talk.messages.filter(author_kind="staff")] == ["Ana Lima"]
