"""A dead tree with a photo; the code is lost; the demand's own mailbox opens it again. Without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import look, snap
from tests.journeys.steps import Citizen, Receipt, at, follow, mailbox, photo, press, say

pytestmark = pytest.mark.browser
STREET = "Rua dos Jequitibás"
REVIEWED = "Árvore seca na calçada, perto da escola."


def review_and_answer(page: Any, receipt: Receipt) -> None:
    """The supervisor lets neighbours see a text and the photo, then says why it is not the city's."""
    page.goto(f"/console/cases/?q={receipt.digits}")
    if "?" in page.url:
        page.locator("main").get_by_role("link", name=re.compile(re.escape(receipt.protocol))).first.click()
    at(page, r"/console/cases/\d+/")
    case = re.sub(r"\?.*", "", page.url)
    page.goto(f"{case}publish/")
    assert "lurdes@" not in page.input_value("main [name=text]"), "the suggestion leaves addresses out"
    page.fill("main [name=text]", REVIEWED)
    photo_box = page.locator("main [name^=photo_]")
    page.locator(f"main label[for='{photo_box.get_attribute('id')}']").first.click(force=True)
    assert photo_box.is_checked()
    look(page, "review-for-neighbours")
    press(page, "Show this to others")
    page.goto(f"{case}refuse/")
    page.fill("main [name=reason]", "A árvore fica em terreno da escola estadual: avisamos a diretoria de ensino.")
    page.locator("main form[action*='/refuse/'] [type=submit]").first.click()
    page.wait_for_load_state()
    page.goto(case)
    assert (
        say("Answered") in page.locator(".case-head").inner_text() or page.get_by_text(say("Answer on its way")).count()
    )


def see_it_as_a_neighbour(page: Any) -> None:
    """Somebody else on the same street sees the reviewed text and the photo before they ask."""
    me = Citizen(page, mailbox("tereza"))
    page.goto("/pedir/arvore/")
    me.tree("Tem uma árvore seca aqui na frente.")
    page.fill("main [name='location.address']", STREET)
    page.fill("main [name='location.number']", "20")
    me.go_on()
    at(page, "/perto/")
    look(page, "citizen-near-reviewed")
    assert page.get_by_text(REVIEWED).count()
    picture = page.locator("img[src*='/perto/foto/']").first.get_attribute("src")
    assert page.request.get(picture).headers["content-type"] == "image/webp"


def test_the_code_is_lost_and_the_mailbox_opens_the_demand(visit, house, tmp_path):
    email = mailbox("lurdes")
    me = Citizen(visit("phone"), email)
    me.page.goto("/pedir/arvore/")
    me.tree("A árvore secou. Escrevam para lurdes@example.org se precisar.")
    me.where(STREET, "12")
    me.files(photo(tmp_path, "arvore.jpg"))
    me.who("Lurdes Moreira")
    receipt = me.send()

    page = visit("phone", java_script_enabled=False)
    page.goto("/acompanhar/")
    press(page, "I lost the code")
    at(page, "/acompanhar/codigo-perdido/")
    snap(page, "citizen-code-lost")  # axe needs the scripts that this phone does not run
    page.fill("main [name=protocol]", receipt.protocol)
    page.fill("main [name=email]", email.upper())
    press(page, "Send me the link")
    page.get_by_text(
        say("If this number and this e-mail belong together, a message with a link is on its way.")
    ).wait_for()
    snap(page, "citizen-code-lost-asked")
    # The page promises "a few minutes": on a busy machine the sweep sends what the worker did not send at once.
    letter = house.letter(email, "/acompanhar/voltar/", patience=40)
    link = re.search(r"/acompanhar/voltar/\S+/", letter)
    assert link, letter
    page.goto(link[0])
    snap(page, "citizen-come-back")
    press(page, "Open my demand")
    at(page, rf"/acompanhar/{receipt.digits}/")
    snap(page, "citizen-came-back")
    press(page, "Make a new access code")
    new = Receipt(receipt.protocol, page.locator("[data-access-code]").inner_text().strip(), "")
    snap(page, "citizen-new-code")
    assert new.code != receipt.code
    me.page.goto(f"/acompanhar/{receipt.digits}/")
    assert STREET not in me.page.content(), "the old code opens nothing any more"

    supervisor = visit("desktop", "supervisor")
    neighbour = visit("phone")
    review_and_answer(supervisor, receipt)
    house.letter(email, "diretoria de ensino")

    press(page, "See my demand")
    page.goto(f"/acompanhar/{receipt.digits}/")
    assert "diretoria de ensino" in page.locator("#answer").locator("xpath=..").inner_text()
    snap(page, "citizen-answer-read")
    page.locator("main [name=score][value='8']").check(force=True)
    press(page, "Send the grade")
    at(page, rf"/acompanhar/{receipt.digits}/")
    page.locator("#reopen summary").click()
    page.fill("main [name=reason]", "A escola disse que a árvore é da prefeitura.")
    press(page, "Reopen my demand")
    page.get_by_text(say("Thank you for telling us. We are looking at it again, with a new date.")).wait_for()
    snap(page, "citizen-reopened-after-return")
    see_it_as_a_neighbour(neighbour)

    other = visit("phone")
    follow(other, new)
    assert STREET in other.content()
