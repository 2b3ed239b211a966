"""A service's own questions: written without knowing their data, tried as a draft, pinned to who has begun."""

from django.urls import reverse

from balcao.catalog.models import ServiceVersion
from balcao.catalog.scripts import script_for


def url(name, *args):
    return reverse(f"console:settings_{name}", args=args)


def add(admin, service, **data):
    form = {"prompt": "Qual o tamanho?", "type": "singlevaluelist", "options": "Pequena\nGrande", "required": "on"}
    return admin.post(url("question_new", service.pk), form | data)


def use(admin, service):
    admin.post(url("questions_change", service.pk), {"do": "use"})
    service.refresh_from_db()
    return service.current.script["questions"]


def test_a_question_is_written_tried_and_put_into_use(world, admin):
    case, service = world.open(), world.service
    assert add(admin, service).status_code == 302
    assert ServiceVersion.objects.filter(service=service).count() == 1  # a draft is nobody's question yet
    page = admin.get(url("questions", service.pk)).content.decode()
    assert "draft" in page and 'name="preview_qual_o_tamanho"' in page
    questions = use(admin, service)
    assert [o["value"] for o in questions[0]["options"]] == ["pequena", "grande"]
    case.refresh_from_db()
    assert case.service_version.number == 1 and service.current.number == 2
    assert "qual_o_tamanho" in script_for(service.current).by_code


def test_a_condition_hangs_on_an_earlier_question_and_holds_the_order(world, admin):
    service = world.service
    add(admin, service)
    choices = admin.get(url("question_new", service.pk)).context["form"].fields["when"].choices
    large = next(value for value, words in choices if "Grande" in words)
    add(admin, service, prompt="Perto de fios?", type="boolean", options="", when=large)
    page = admin.post(url("questions_change", service.pk), {"do": "up:1"}, follow=True).content.decode()
    assert "asked later or here" in page
    page = admin.post(url("questions_change", service.pk), {"do": "remove:0"}, follow=True).content.decode()
    assert "is no question of this script" in page
    questions = use(admin, service)
    assert questions[1]["when"] == {"eq": ["qual_o_tamanho", "grande"]} and questions[1]["code"] == "perto_de_fios"


def test_a_changed_label_keeps_its_value_and_a_changed_prompt_its_code(world, admin):
    service = world.service
    add(admin, service)
    use(admin, service)
    form = {"prompt": "De que tamanho é?", "type": "singlevaluelist", "options": "Grande\nPequena\nEnorme"}
    assert admin.post(url("question", service.pk, 0), form).status_code == 302
    question = use(admin, service)[0]
    assert question["code"] == "qual_o_tamanho" and question["prompt"] == "De que tamanho é?"
    assert [o["value"] for o in question["options"]] == ["grande", "pequena", "enorme"] and "required" not in question


def test_a_question_that_cannot_be_asked_keeps_what_was_typed(world, admin):
    response = add(admin, world.service, options="Só uma")
    assert "options" in response.context["form"].errors and "Só uma" in response.content.decode()
    assert "prompt" in add(admin, world.service, prompt="").context["form"].errors
    twice = add(admin, world.service, options="Sim\nsim\nNão")
    assert "stands twice" in twice.content.decode()


def test_a_draft_can_be_discarded_reordered_and_emptied(world, admin):
    service = world.service
    add(admin, service)
    add(admin, service, prompt="Desde quando?", type="date", options="")
    admin.post(url("questions_change", service.pk), {"do": "down:0"})
    assert [q["type"] for q in use(admin, service)] == ["date", "singlevaluelist"]
    admin.post(url("questions_change", service.pk), {"do": "remove:1"})
    admin.post(url("questions_change", service.pk), {"do": "discard"})
    assert len(use(admin, service)) == 2


def test_the_codes_of_every_demands_questions_are_never_taken(world, admin):
    add(admin, world.service, prompt="Location", type="string", options="")
    assert use(admin, world.service)[0]["code"] == "location_2"
