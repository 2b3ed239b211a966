"""Whatever an administrator switches on or off, a service can be asked for."""

from itertools import product

import pytest

from balcao.catalog.models import Kind
from balcao.catalog.scripts import STANDARD, own_questions, script_for
from balcao.dialogue import ScriptError
from tests.world import make_world

pytestmark = pytest.mark.django_db
OWN = [{"code": "danger", "type": "boolean", "prompt": "Perigo?"}]


@pytest.fixture
def service(db):
    return make_world().service


def script_of(service, questions=(), **changes):
    for name, value in changes.items():
        setattr(service, name, value)
    service.current.script = {"questions": list(questions)}
    service.current.service = service
    return script_for(service.current, priorities=[("idosos", "60 anos ou mais")])


def test_every_combination_of_switches_loads(service):
    kinds = [["denuncia"], ["elogio"], ["denuncia", "reclamacao"], Kind.values]
    for asked, anonymous, where in product(kinds, (True, False), ("none", "optional", "required")):
        script = script_of(service, OWN, kinds=asked, allows_anonymous=anonymous, location=where)
        codes = set(script.by_code)
        assert ("kind" in codes) == (len(asked) > 1)
        assert ("who" in codes) == anonymous
        assert ("location" in codes) == (where != "none")
        assert ("seal" in codes) == ("denuncia" in asked)
        assert own_questions(script) == ["danger"] and codes <= STANDARD | {"danger"}


def test_a_question_may_not_take_a_standard_code(service):
    with pytest.raises(ScriptError):
        script_of(service, [{"code": "description", "type": "string", "prompt": "?"}])


def test_the_texts_are_said_in_every_language(service, settings):
    prompt = script_of(service).by_code["description"].prompt
    assert {language for language, _words in prompt.versions} == {code for code, _name in settings.LANGUAGES}
    assert prompt.say("pt-br") != prompt.say("en")
