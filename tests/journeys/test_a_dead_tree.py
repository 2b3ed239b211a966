"""One demand from the first word to the reopening, by everybody whom it passes, in the order of the story."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import look
from tests.journeys.steps import (
    Citizen,
    Receipt,
    at,
    choose,
    follow,
    hidden_data,
    mailbox,
    pdf_words,
    photo,
    press,
    say,
)

pytestmark = pytest.mark.browser
QUESTION = "A árvore fica na calçada da escola ou na praça?"
REPLY = "Na calçada, bem em frente ao portão da escola."


@dataclass
class Story:
    """What one chapter leaves to the next."""

    email: str = field(default_factory=lambda: mailbox("lurdes"))
    given: Receipt | None = None
    chapters: list[str] = field(default_factory=list)

    @property
    def receipt(self) -> Receipt:
        assert self.given, "the story begins with its first chapter: run the whole file"
        return self.given

    def after(self, chapter: str) -> None:
        if chapter not in self.chapters:
            pytest.fail(f"the chapter {chapter!r} did not come to its end; the story stops here")


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


def open_order(page: Any, story: Story) -> None:
    """From the board to the order of this demand, as somebody who has its number before them."""
    page.goto("/console/orders/")
    page.locator(".order-card", has_text=story.receipt.protocol).locator("a").first.click()
    at(page, r"/console/orders/\d+/")


def test_a_citizen_on_a_phone_asks_with_a_photo_and_keeps_a_receipt(phone, house, story, tmp_path):
    page, me = phone, Citizen(phone, story.email, "citizen")
    page.goto("/")
    look(page, "citizen-home")
    page.locator("main").get_by_role("searchbox").fill("arvore seca")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Árvore seca, poda ou remoção").first.click()
    at(page, "/servicos/arvore/")
    assert page.get_by_text("engenheiro agrônomo").count()
    look(page, "citizen-charter")
    press(page, "Ask for this")
    me.tree("A árvore da esquina secou e os galhos caem na calçada quando venta.")
    me.where("Rua das Acácias", "45", pin=True)
    me.files(photo(tmp_path, "arvore.jpg"))
    me.who("Lurdes Moreira")
    at(page, "/revisar/")
    assert "arvore.jpg" in page.locator("main").inner_text()
    assert re.search("Rua das Acácias,? 45", page.locator("main").inner_text())
    page.get_by_role("link", name=re.compile(say("Correct"))).nth(1).click()
    page.fill("main [name='location.number']", "47")
    me.go_on()
    if page.url.endswith("/perto/"):
        press(page, "None of these: go on")
    for _ in range(3):  # what was answered already is passed with one press each
        if page.url.endswith("/revisar/"):
            break
        me.go_on()
    assert re.search("Rua das Acácias,? 47", page.locator("main").inner_text())
    story.given = me.send()
    assert re.fullmatch(r"20\d\d\.\d{4}\.\d{3}-\d\d", story.receipt.protocol)

    link = page.get_by_role("link", name=re.compile(re.escape(say("Save the receipt (PDF)")))).get_attribute("href")
    words = pdf_words(page.request.get(link).body())
    assert story.receipt.protocol in words and story.receipt.code in words
    letter = house.letter(story.email, story.receipt.protocol)
    assert story.receipt.code in letter and "Lurdes" in letter
    page.goto("/")
    page.reload()
    assert not page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:pedir'))")
    story.chapters.append("asked")


def test_her_photo_is_kept_without_the_place_where_it_was_taken(visit, story):
    story.after("asked")
    page = visit("phone")
    page.goto(f"/acompanhar/{story.receipt.digits}/")
    assert "/acompanhar/" in page.url and "Acácias" not in page.content(), "the number alone opens nothing"
    follow(page, story.receipt)
    look(page, "citizen-follow")
    picture = page.locator("img[src*='/arquivo/']").first.get_attribute("src")
    whole = re.sub(r"\?.*", "", picture)
    for address in (picture, whole):
        answer = page.request.get(address)
        assert answer.ok and answer.headers["content-type"].startswith("image/")
        assert hidden_data(answer.body()) == {}
    stranger = visit("phone")
    assert stranger.request.get(whole).status in (403, 404) or "/acompanhar/" in stranger.request.get(whole).url


def test_an_attendant_finds_it_notes_and_asks_with_the_keyboard_alone(visit, house, story):
    story.after("asked")
    page = visit("desktop", "attendant")
    page.goto("/console/")
    look(page, "attendant-home")
    page.keyboard.press("/")
    page.keyboard.type(story.receipt.protocol)
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    if "/console/cases/?" in page.url:
        page.keyboard.press("j")
        page.keyboard.press("Enter")
    at(page, r"/console/cases/\d+/")
    look(page, "attendant-case")
    page.keyboard.press("n")
    at(page, "/note/")
    page.locator("[name=text]:focus").wait_for()  # the note waits for words at once
    page.keyboard.type("Já houve duas quedas nesta rua. @helena.vasques pode olhar?")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    at(page, r"/console/cases/\d+/(\?|$)")
    assert "duas quedas" in page.locator("main").inner_text()
    page.keyboard.press("p")
    at(page, "/ask/")
    page.locator("[name=question]:focus").wait_for()
    page.keyboard.type(QUESTION)
    look(page, "attendant-ask")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    at(page, r"/console/cases/(\d+/)?(\?|$)")
    letter = house.letter(story.email, QUESTION)
    assert story.receipt.protocol in letter
    story.chapters.append("questioned")


def test_the_citizen_replies_on_the_page_of_her_demand(phone, story):
    story.after("questioned")
    follow(phone, story.receipt)
    assert QUESTION in phone.locator("main").inner_text()
    look(phone, "citizen-asked-back")
    phone.fill("main [name=text]", REPLY)
    phone.locator("#add").get_by_role("button", name=re.compile(say("Send"))).click()
    phone.get_by_text(REPLY).first.wait_for()
    story.chapters.append("replied")


def test_the_area_manager_accepts_plans_and_reports_with_photos_on_a_phone(visit, story, tmp_path):
    story.after("replied")
    page = visit("phone", "manager")
    page.goto("/console/")
    look(page, "manager-home")
    open_order(page, story)
    assert REPLY in page.locator("main").inner_text()
    look(page, "manager-order")
    press(page, "Accept the order")
    page.wait_for_load_state()
    page.locator("#do-plan summary").click()
    page.locator("#do-plan input[type=date]").fill(
        page.evaluate("new Date(Date.now()+864e5).toISOString().slice(0,10)")
    )
    press(page, "Set the day")
    page.wait_for_load_state()
    press(page, "File the report")
    at(page, "/report/")
    choose(page, "outcome", "solved")
    page.fill("main [name=text]", "Retiramos a árvore seca e deixamos a calçada limpa. Em março plantamos um ipê.")
    page.set_input_files("#id_before", photo(tmp_path, "antes.jpg"))
    page.set_input_files("#id_after", photo(tmp_path, "depois.jpg", "forestgreen"))
    look(page, "manager-report")
    press(page, "File the report")
    at(page, r"/console/orders/(\d+/)?$")
    look(page, "manager-reported")
    story.chapters.append("reported")


def test_the_supervisor_reviews_and_sends_the_answer(visit, house, story):
    story.after("reported")
    page = visit("desktop", "supervisor")
    page.goto("/console/orders/review/")
    look(page, "supervisor-queue")
    page.locator("main").get_by_text(story.receipt.protocol).first.wait_for()
    open_review(page, story)
    look(page, "supervisor-review")
    press(page, "Accept, and write the answer")
    at(page, "/answer/")
    draft = page.input_value("[name=body]")
    assert "calçada limpa" in draft or "ipê" in draft, "the area's words are in the draft"
    page.fill("main [name=body]", draft + "\nObrigada por cuidar da sua rua.")
    look(page, "supervisor-answer")
    press(page, "Send now")
    press(page, "Yes, go on")
    at(page, r"/console/orders/(review/|\d+/)?$")
    assert "Obrigada por cuidar da sua rua" in house.letter(story.email, "cuidar da sua rua")
    story.chapters.append("answered")


def open_review(page: Any, story: Story) -> None:
    row = page.locator("main tr, main li", has_text=story.receipt.protocol).first
    row.get_by_role("link").first.click()
    at(page, r"/console/orders/\d+/(review/)?")
    if "/review/" not in page.url:
        press(page, "Review the report")


def test_the_citizen_reads_grades_and_has_it_reopened_with_a_new_date(phone, house, story):
    story.after("answered")
    page = phone
    follow(page, story.receipt)
    assert "cuidar da sua rua" in page.locator("#answer").locator("xpath=..").inner_text()
    look(page, "citizen-answer")
    choose(page, "score", "9")
    page.fill("main [name=comment]", "Gente atenciosa.")
    press(page, "Send the grade")
    page.get_by_text("Gente atenciosa.").first.wait_for()
    page.locator("#reopen summary").click()
    page.fill("main [name=reason]", "O toco ficou na calçada e minha mãe tropeçou.")
    press(page, "Reopen my demand")
    page.locator("#history").locator("xpath=..").get_by_text("O toco ficou").wait_for()
    words = page.locator("main").inner_text()
    assert say("You get an answer by") in words, "a reopened demand has a date again"
    look(page, "citizen-reopened")
    assert story.receipt.protocol in house.letter(story.email, "reab")
