"""A service's own script on the portal's pages: money, a scale, "I do not know", what is computed, an end."""

import re

import pytest

from balcao.cases.models import Case
from balcao.catalog.actions import change_questions

from .driver import Walker

pytestmark = pytest.mark.django_db

QUESTIONS = [
    {"code": "income", "type": "money", "prompt": "Renda da família", "required": True, "unsure": ["unknown"]},
    {"code": "people", "type": "number", "prompt": "Quantos são?", "required": True, "min": 1},
    {"code": "double", "type": "computed", "prompt": "O dobro", "compute": {"product": ["people", 2]}},
    {"code": "urgency", "type": "scale", "prompt": "Qual a urgência?"},
    {"code": "small", "type": "scale", "prompt": "De 1 a 3?", "min": 1, "max": 3},
    {"code": "lives_here", "type": "boolean", "prompt": "Você mora aqui?", "required": True},
    {
        "code": "elsewhere",
        "type": "end",
        "prompt": "Só atendemos quem mora aqui.",
        "next_step": "Procure a prefeitura da sua cidade.",
        "url": "https://example.org/prefeituras",
        "when": {"eq": ["lives_here", False]},
    },
]
GOOD = {"income": "R$ 1.412,50", "people": "3", "urgency": "7", "small": "", "lives_here": "yes"}


@pytest.fixture
def walker(world):
    world.service.current = world.service.versions.create(number=2, script={"questions": QUESTIONS})
    world.service.save()
    return Walker(world.service)


def page(walker, word):
    return walker.client.get(walker.url(word)).content.decode()


def test_every_type_has_its_field_and_its_answer_reaches_the_case(walker):
    shown = page(walker, "o-que")
    assert "R$" in shown and 'name="income.unknown"' in shown and '<option value="10">' in shown
    assert 'type="radio" id="id_small_0"' in shown and "O dobro" not in shown
    assert walker.what(**GOOD)["Location"].endswith("/onde/")
    walker.where(), walker.files(), walker.who()
    review = page(walker, "revisar")
    assert "R$1,412.50" in review
    walker.send()
    answers = Case.objects.get().answers
    assert answers == {"income": 1412.5, "people": 3, "double": 6, "urgency": 7, "lives_here": True}


def test_i_do_not_know_is_an_answer_where_the_script_allows_it(walker):
    refused = walker.what(**{**GOOD, "income": ""})
    assert refused.status_code == 422
    assert walker.what(**{**GOOD, "income": "", "income.unknown": "on"})["Location"].endswith("/onde/")
    assert re.search(r'name="income.unknown"[^>]* checked', page(walker, "o-que"))


def test_an_answer_that_ends_the_request_says_what_to_do_and_offers_no_sending(walker):
    response = walker.what(**{**GOOD, "lives_here": "no"})
    assert response["Location"].endswith("/revisar/")
    review = page(walker, "revisar")
    assert "Procure a prefeitura da sua cidade." in review and "https://example.org/prefeituras" in review
    assert walker.url("enviar") not in review
    forced = walker.send()
    assert forced.status_code == 422 and not Case.objects.exists()
    assert walker.what(**GOOD)["Location"].endswith("/o-que/"), "a slip can be corrected: what stands behind is asked"
    assert walker.what(**GOOD)["Location"].endswith("/onde/")


@pytest.mark.parametrize("running", ["finish", "move"])
def test_a_new_version_says_whether_whoever_has_begun_goes_on_with_it(world, walker, running):
    walker.what(**GOOD)
    new = {"code": "tree", "type": "string", "prompt": "Que árvore?", "required": True}
    actor = world.actor("administrator")
    change_questions(actor=actor, service=world.service, questions=[*QUESTIONS, new], running=running)
    here = walker.client.get(f"/pedir/{walker.service.slug}/")["Location"]
    assert here.endswith("/onde/" if running == "finish" else "/o-que/"), "a question of the new version is open"
    if running == "move":
        assert 'value="1412.5"' in page(walker, "o-que"), "what was answered is there"
        assert walker.what(**GOOD, tree="Ipê")["Location"].endswith("/onde/")
    walker.where(), walker.files(), walker.who(), walker.send()
    case = Case.objects.get()
    assert case.service_version.number == (2 if running == "finish" else 3)
    assert case.answers.get("tree") == (None if running == "finish" else "Ipê")
