"""An administrator adds an area, a service with a question, and its rule; tries it out; and finds it on the portal.

Buttons are found by their place in the form, not by their words: the story holds in every language."""

import re
from uuid import uuid4

import pytest

pytestmark = pytest.mark.browser

SUMMARY = "Peça para a Prefeitura limpar um bueiro entupido."
CHARTER = {
    "who_may_ask": "Qualquer pessoa.",
    "what_is_needed": "O endereço.",
    "steps": "1. Você pede. 2. A equipe limpa. 3. Você recebe a resposta.",
    "how_long": "Até 10 dias",
    "channels": "Por aqui, a qualquer hora",
    "cost": "Gratuito",
}


def send(page, field: str) -> None:
    """Press the first button of the form that holds `field`."""
    page.locator(f"main form:has([name={field}]) button[type=submit]").first.click()
    page.wait_for_load_state()


def problems(page) -> str:
    found = page.locator(".error-summary")
    return found.inner_text() if found.count() else ""


def test_from_a_new_area_to_the_portals_search(visit):
    page = visit("desktop", "administrator")
    tag = uuid4().hex[:4]  # the installation may have seen this story before
    area, service_name = f"Drenagem {tag}", f"Limpeza de bueiro {tag}"

    page.goto("/console/settings/")
    page.click("main a[href='/console/settings/areas/']")
    page.click("main a[href='/console/settings/areas/new/']")
    page.fill("[name=name]", area)
    send(page, "email")
    assert page.locator("main th a", has_text=area).is_visible()

    page.goto("/console/settings/services/new/")
    page.fill("[name=name]", service_name)
    page.select_option("[name=group]", index=1)
    page.fill("[name=keywords]", "boca de lobo enchente alagou água parada")
    page.fill("[name=summary]", SUMMARY)
    send(page, "keywords")
    assert page.url.endswith("/charter/"), problems(page)
    service = re.search(r"services/(\d+)/", page.url)[1]
    for name, words in CHARTER.items():
        page.fill(f"[name={name}]", words)
    send(page, "cost")
    assert page.url.endswith("/deadline/"), problems(page)
    page.fill("[name=amount]", "45")
    send(page, "amount")
    assert "Lei 13.460/2017" in problems(page)  # longer than the law: the sentence names it, and nothing is lost
    page.fill("[name=amount]", "10")
    send(page, "amount")
    assert page.url.endswith("/questions/"), problems(page)
    assert page.locator(".tone-warning").count()  # the area would have longer than these ten days
    page.goto(f"/console/settings/services/{service}/deadline/")
    page.click("details.card > summary")
    page.fill("[name=area_amount]", "5")
    send(page, "area_amount")

    page.click(f"main a[href='/console/settings/services/{service}/questions/new/']")
    page.fill("[name=prompt]", "O bueiro tem tampa?")
    page.check("[name=type][value=boolean]", force=True)
    send(page, "prompt")
    page.click("button[name=do][value=use]")
    assert page.locator("[name=preview_o_bueiro_tem_tampa]").count() == 2
    page.click(f"main a.btn[href='/console/settings/services/{service}/publish/']")
    page.check("[name=is_published]", force=True)
    send(page, "is_published")
    assert not problems(page)

    page.goto("/console/settings/matrix/")
    page.click(f"main a[href$='?service={service}']")
    page.select_option("[name=area]", label=area)
    send(page, "area")
    assert not problems(page)

    page.goto("/console/settings/matrix/try/")
    page.select_option("[name=service]", service)
    send(page, "service")
    assert area in page.inner_text("#result-title")

    citizen = visit("phone")
    citizen.goto("/servicos/?q=alagou+boca+de+lobo")
    citizen.click(f"main a:has-text('{service_name}')")
    assert "Até 10 dias" in citizen.inner_text("main")
    citizen.goto(f"/pedir/limpeza-de-bueiro-{tag}/")
    assert "O bueiro tem tampa?" in citizen.inner_text("main")
