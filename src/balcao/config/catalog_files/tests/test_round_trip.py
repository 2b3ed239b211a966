"""The catalogue as files: what is exported is imported without a difference, and what is edited shows as it is."""

import json

import pytest
from click.testing import CliRunner

from balcao.catalog.actions import change_questions, change_template
from balcao.catalog.models import Service, Template
from balcao.config.catalog_files import catalog
from balcao.organization.models import Area, Holiday, Place
from balcao.platform.actors import Actor
from balcao.platform.models import Revision
from balcao.workorders.models import ResponsibilityRule
from tests.world import make_world

pytestmark = pytest.mark.django_db
QUESTIONS = [
    {
        "code": "size", "type": "singlevaluelist", "prompt": {"pt-br": "Qual o tamanho?", "en": "How large?"},
        "options": [{"value": "small", "label": "Pequena"}, {"value": "large", "label": "Grande: mais de 3 m"}],
    },
    {"code": "since", "type": "date", "prompt": "Desde quando?", "max": "today", "when": {"eq": ["size", "large"]}},
]  # fmt: skip
SQUARE = {"type": "Polygon", "coordinates": [[[-48.6, -22.1], [-48.5, -22.1], [-48.5, -22.0], [-48.6, -22.1]]]}


def run(*arguments, ok=True):
    result = CliRunner().invoke(catalog, [str(a) for a in arguments])
    if ok:
        assert result.exception is None, (result.output, result.exception)
    return result


@pytest.fixture
def world():
    made = make_world()
    system = Actor.system(made.agency.pk)
    change_questions(actor=system, service=made.service, questions=QUESTIONS)
    Service.objects.filter(pk=made.service.pk).update(
        steps="1. Você mostra.\r\n2. A equipe vai.  \r\n\r\n3. Você lê.", what_is_needed="yes", amount=10,
        unit="calendar_days",
    )  # fmt: skip
    Place.objects.filter(pk=made.district.pk).update(boundary=SQUARE)
    calendar = made.agency.calendars.get()
    Holiday.objects.create(calendar=calendar, date="2026-06-04", name="Corpus Christi", with_easter=True)
    Holiday.objects.create(calendar=calendar, date="2026-08-22", name="Aniversário: 150 anos", yearly=True)
    Holiday.objects.create(
        calendar=calendar, date="2026-12-19", name="Mutirão", kind="extra", hours=[["08:00", "12:00"]]
    )
    template = Template(
        agency=made.agency, purpose="answer", outcome="solved", subject="Feito", body="Olá {{ person }}"
    )
    change_template(actor=system, template=template)
    for n, area in enumerate([made.roads, made.trees], 2):
        ResponsibilityRule.objects.create(agency=made.agency, position=n, place=made.district, area=area)
    return made


def test_an_export_is_imported_without_a_difference_and_written_again_without_one(world, tmp_path):
    run("export", tmp_path / "a")
    assert "Nothing to change" in run("import", tmp_path / "a", "--apply").output
    run("export", tmp_path / "b")
    for first in sorted(p for p in (tmp_path / "a").rglob("*") if p.is_file()):
        second = tmp_path / "b" / first.relative_to(tmp_path / "a")
        assert first.read_bytes() == second.read_bytes(), first.name
    assert json.loads((tmp_path / "a" / "boundaries.geojson").read_text())["features"][0]["geometry"] == SQUARE


def test_the_files_make_the_same_agency_elsewhere_with_its_services_unpublished(world, tmp_path):
    run("export", tmp_path, "--agency", "vila-serena")
    other = make_world("espelho", default=False)
    ResponsibilityRule.objects.filter(agency=other.agency).delete()
    shown = run("import", tmp_path, "--agency", "espelho")
    assert (
        "Nothing was changed yet" in shown.output
        and ResponsibilityRule.objects.filter(agency=other.agency).count() == 0
    )
    run("import", tmp_path, "--agency", "espelho", "--apply")
    assert [r.area.slug for r in ResponsibilityRule.objects.filter(agency=other.agency)] == [
        "arborizacao", "vias", "arborizacao",
    ]  # fmt: skip
    assert "Nothing to change" in run("import", tmp_path, "--agency", "espelho").output
    service = Service.objects.get(agency=other.agency, slug="poda")
    assert service.current.script["questions"] == QUESTIONS and service.amount == 10
    assert Revision.objects.filter(agency_id=other.agency.pk, actor_kind="system").exists()


def test_a_new_service_comes_in_unpublished_and_says_so(world, tmp_path):
    run("export", tmp_path)
    text = (tmp_path / "services" / "poda.yaml").read_text()
    (tmp_path / "services" / "muda.yaml").write_text(text.replace("slug: poda", "slug: muda"))
    result = run("import", tmp_path, "--apply")
    assert "+ services muda" in result.output and "publish it in the console" in result.output
    assert not Service.objects.get(slug="muda").is_published
    assert "Nothing to change" in run("import", tmp_path).output


def test_a_single_file_changes_only_what_it_holds_and_shows_each_field(world, tmp_path):
    run("export", tmp_path)
    file = tmp_path / "services" / "poda.yaml"
    file.write_text(file.read_text().replace("amount: 10", "amount: 12").replace("Pequena", "Até 3 m"))
    result = run("import", file)
    assert "amount: 10 → 12" in result.output and "Até 3 m" in result.output
    assert "1 to change, 0 to remove" in result.output
    assert Service.objects.get(pk=world.service.pk).amount == 10
    run("import", file, "--yes")
    service = Service.objects.get(pk=world.service.pk)
    assert service.amount == 12 and service.current.number == 3
    assert Revision.objects.filter(model="catalog.service", object_id=service.pk, changes__amount=[10, 12]).exists()


def test_what_the_files_lack_goes_out_of_use(world, tmp_path):
    run("export", tmp_path)
    (tmp_path / "services" / "outros.yaml").unlink()
    areas = tmp_path / "areas.yaml"
    areas.write_text(areas.read_text().replace("active: true", ""))
    (tmp_path / "templates.yaml").write_text("[]\n")
    result = run("import", tmp_path, "--apply")
    assert (
        "- services outros  (unpublished, not deleted)" in result.output
        and "- templates answer/solved" in result.output
    )
    assert not Service.objects.get(slug="outros").is_published and not Template.objects.exists()
    assert "Nothing to change" in run("import", tmp_path).output


def test_the_order_of_the_rules_is_the_files(world, tmp_path):
    run("export", tmp_path)
    matrix = tmp_path / "matrix.yaml"
    rules = matrix.read_text().split("  - ")[1:]
    matrix.write_text("".join(f"  - {rule}" for rule in [rules[1], rules[2], rules[0]]))
    result = run("import", matrix, "--apply")
    assert "the order of the rules" in result.output
    assert ResponsibilityRule.objects.get(service=world.service).position == 3


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("areas.yaml", "name: Vias", "nome: Vias", "there is no key “nome”"),
        ("areas.yaml", "name: Vias", "name: [Vias", "this is not YAML"),
        ("areas.yaml", "slug: vias", "slug: arborizacao", "stands already at areas.yaml:1"),
        ("areas.yaml", "parent: servicos", "parent: nowhere", "there is no “nowhere” among the areas"),
        ("services/poda.yaml", "amount: 10", "amount: 31", "Choose a shorter one"),
        ("services/poda.yaml", "amount: 10", "amount: ten", "expects a whole number"),
        ("services/poda.yaml", "type: date", "type: data", "Question 2"),
        ("services/poda.yaml", "- large", "- huge", "is no option"),
        ("calendars.yaml", "08:00-12:00", "12:00-08:00", "do not overlap"),
        ("matrix.yaml", "area: vias", "area: ponte", "there is no “ponte”"),
        ("templates.yaml", "{{ person }}", "{{ nobody }}", "no field called nobody"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_nothing_changes(world, tmp_path, file, old, new, said):
    run("export", tmp_path)
    path = tmp_path / file
    text = path.read_text()
    assert old in text, text
    path.write_text(text.replace(old, new, 1))
    line = text[: text.index(old)].count("\n") + 1
    before = Revision.objects.count()
    result = run("import", tmp_path, "--apply", ok=False)
    assert said in result.output and result.exit_code == 1, result.output
    found = int(result.output.split(f"{file}:")[1].split(":")[0])
    assert -1 <= line - found <= 3, (result.output, line)  # a condition is named by the line of its `when`
    assert Revision.objects.count() == before and Area.objects.count() == 3


def test_an_agency_must_be_named_where_there_are_several(world, tmp_path):
    make_world("outra", default=False)
    result = run("export", tmp_path, ok=False)
    assert "Say which agency" in str(result.exception)
    assert "no agency 'x'" in str(run("export", tmp_path, "--agency", "x", ok=False).exception)


def test_when_deadlines_warn_is_part_of_the_files(world, tmp_path):
    run("export", tmp_path)
    file = tmp_path / "agency.yaml"
    assert "triage_days: 5" in file.read_text()
    file.write_text("- triage_days: 4\n  warnings: [0.9, 0.25]\n")
    run("import", tmp_path, "--apply")
    world.agency.refresh_from_db()
    assert (world.agency.triage_days, world.agency.warn_fractions) == (4, [0.25, 0.9])
    assert Revision.objects.get(model="organization.agency").changes["warn_fractions"] == [[0.5, 0.8], [0.25, 0.9]]
    file.write_text("- triage_days: 4\n  warnings: [0.5, 1.5]\n")
    refused = run("import", tmp_path, ok=False)
    assert refused.exit_code and "agency.yaml:1" in refused.output
    file.write_text("- triage_days: 4\n  warnings: half\n")
    assert "agency.yaml:2: “warnings” expects a list" in run("import", tmp_path, ok=False).output


def test_an_area_that_may_take_longer_than_the_promise_is_warned_of_with_its_line(world, tmp_path):
    run("export", tmp_path)
    file = tmp_path / "services" / f"{world.service.slug}.yaml"
    text = "".join(line for line in file.read_text().splitlines(True) if not line.startswith(("amount", "area_amount")))
    file.write_text(f"{text}amount: 3\narea_amount: 19\n")
    line = len(text.splitlines()) + 2
    assert f"services/{file.name}:{line}: warning: for a demand of these days" in run("import", tmp_path).output
    file.write_text(f"{text}amount: 20\narea_amount: 5\n")
    assert "warning" not in run("import", tmp_path, "--apply").output
