"""An import in bulk writes what the actions write: every row of every table, but for ids, numbers and secrets."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from balcao.cases.models import Case
from balcao.citizens.models import Person, PriorityGroup
from balcao.clocks.models import Alarm
from balcao.config.bringing.mapping import read_mapping
from balcao.config.bringing.running import bring
from balcao.config.replay.tests.written import written
from balcao.organization.models import Place
from tests.world import make_world

pytestmark = pytest.mark.django_db
OLD = Path(__file__).parent / "fixtures" / "ouvidoria.yaml"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADER = (
    "Protocolo", "Aberta em", "Encerrada em", "Situação", "Assunto", "Tipo", "Canal", "Relato", "Bairro", "Secretaria",
    "Resposta", "Nome", "E-mail", "Telefone", "CPF", "Lat", "Lon",
)  # fmt: skip
POINTS = "  lat: Lat\n  lon: Lon\ndates:"
TREE, OTHER, DONE = "Poda de árvore", "Outros assuntos", "Concluída"
# As any file may have them: words with what COPY and templates mark, people of every kind, all endings.
LINES = "Feito.\n\nVeja \\ e % e {{ link }}:\t100\\n%s\n“ok”"
MARIA = {"Nome": "Maria \\ das Dores", "E-mail": "Maria@Example.org", "Telefone": "(11) 98765-4321"}
ROWS: list[dict[str, str]] = [
    {"Resposta": "Poda feita.", "Secretaria": "Arborização"},
    {"Resposta": LINES, "Secretaria": "Vias", "Relato": "Um\n\n\n\\tlinha %s dois", "Lat": "-23,5", "Lon": "-46.6"},
    {"Secretaria": "Obras", "Canal": "Balcão"},
    {"Encerrada em": "20/12/2019"},  # no words, late
    {"Assunto": OTHER},  # nobody's: answered from triage
    {"Assunto": OTHER, "Resposta": "Respondido.", "Nome": "Bia"},
    {"Assunto": OTHER, "Secretaria": "Vias", "Resposta": LINES},
    {"Assunto": OTHER, "Secretaria": "Vias"},
    {"Assunto": OTHER, "Situação": "Indeferida"},
    {"Assunto": "Buraco na rua", "Secretaria": "Vias", "Situação": "partly"},
    {"Situação": "impossible", "Resposta": "Rede elétrica. " * 400, "Secretaria": "Vias"},
    {"Situação": "impossible"},
    {"Situação": "not_found", **MARIA},
    {"Situação": "informed", "Resposta": "Aos poucos. " * 700, **MARIA},
    {"Situação": "Indeferida", "Resposta": "Não é da cidade. " * 300, "Nome": "Ana"},
    {"Situação": "Indeferida", "Encerrada em": "01/12/2019", "Secretaria": "Vias", "Nome": "x" * 60},
    {"Nome": "Maria das Dores", "CPF": "529.982.247-25", "E-mail": "maria@example.org"},
    {"Nome": "Outra Maria", "CPF": "529.982.247-25", "Telefone": "(11) 98765-4321"},
    {"Nome": "MARIA das Dores", "CPF": "529.982.247-25", "Situação": "Em andamento", "E-mail": "maria@example.org"},
    {"CPF": "529.982.247-25", "Tipo": "denuncia", "Assunto": OTHER, "Resposta": "Apurado."},
    {"Nome": "Mãe \\ da Maria", "CPF": "529.982.247-25"},
    {"Nome": "Padaria Central", "CPF": "11.222.333/0001-81"},
    {"Nome": "Padaria", "CPF": "11.222.333/0001-81"},
    {"Tipo": "denuncia", "Assunto": OTHER, "Nome": "Rui", "Secretaria": "Vias"},
    {"Tipo": "denuncia", "Assunto": OTHER, "Nome": "Rui", "Resposta": "Apurado.", "Secretaria": "Vias"},
    {"Tipo": "denuncia", "Assunto": OTHER},
    {"Situação": "Em andamento"},
    {"Situação": "Em andamento", "Secretaria": "Vias", **MARIA},
    {"Situação": "Em andamento", "Assunto": OTHER, "Telefone": "(11) 98765-4321"},
    {"Situação": "Em andamento", "Assunto": OTHER, "Secretaria": "Vias", "Aberta em": "20/11/2026 09:00"},
    {"Situação": "Em andamento", "Aberta em": "05/11/2026 09:00"},  # its order is late, itself it is not
    {"Secretaria": "Fechada"},  # switched off: no way for anyone
]  # fmt: skip


@pytest.fixture
def world():
    world = make_world()
    corners = [[-46.7, -23.6], [-46.5, -23.6], [-46.5, -23.4], [-46.7, -23.4], [-46.7, -23.6]]
    Place.objects.filter(pk=world.district.pk).update(boundary={"type": "Polygon", "coordinates": [corners]})
    group = PriorityGroup.objects.create(jurisdiction="BR", slug="80", name="80+", law="Lei", rank=1)
    maria, _contact = world.person()
    Person.objects.filter(pk=maria.pk).update(priority=group)
    world.open(reporter=maria)
    world.agency.areas.create(slug="fechada", name="Fechada", is_active=False)
    return world


@pytest.fixture
def city(tmp_path):
    mapping, file = tmp_path / "old.yaml", tmp_path / "old.csv"
    text = OLD.read_text(encoding="utf-8").replace("iso-8859-1", "utf-8").replace("[Endereço, Bairro]", "Bairro")
    mapping.write_text(text.replace("dates:", POINTS), encoding="utf-8")
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, HEADER, delimiter=";")
        writer.writeheader()
        usual = {"Aberta em": "15/03/2019 14:30", "Encerrada em": "20/03/2019", "Situação": DONE, "Assunto": TREE}
        for number, row in enumerate(ROWS):
            row = usual | {"Protocolo": str(number), "Bairro": "Centro", "Canal": "Telefone"} | row
            writer.writerow(row | ({"Encerrada em": ""} if row["Situação"] == "Em andamento" else {}))
    return mapping, file


def run(world, mapping, file, **options):
    return bring(world.agency, read_mapping(mapping), file, now=NOW, **options)


def test_every_row_is_the_one_that_the_actions_write(world, city):
    run(world, *city, limit=1)  # makes what the file needs
    in_bulk = written(lambda: run(world, *city))
    by_actions = written(lambda: run(world, *city, bulk=False))
    assert {t: len(rows) for t, rows in in_bulk.items()} == {t: len(rows) for t, rows in by_actions.items()}
    assert len(in_bulk["Case"]) == len(ROWS) - 2, "but for the first one and the one that nobody takes"
    assert {"Remark", "Alarm", "AreaReport", "Message", "Person", "ContactPoint"} <= set(in_bulk)
    for table, rows in by_actions.items():
        for ours, theirs in zip(in_bulk[table], rows, strict=True):
            assert dict(ours) == dict(theirs), table


def test_only_what_is_unusual_goes_through_the_actions(world, city, monkeypatch):
    lived = []

    def live(ground, past, now):
        lived.append(past.key)
        return False, False

    monkeypatch.setattr("balcao.config.bringing.running.live", live)
    run(world, *city)
    assert lived == ["ouvidoria:15", "ouvidoria:17", "ouvidoria:22"], (
        "a name that no subject holds, a new contact point of somebody known, and somebody who is just coming in"
    )
    brought = Case.objects.filter(external_id__isnull=False)
    assert brought.count() == len(ROWS) - 4 and Person.objects.filter(document_hash__isnull=False).count() == 2
    assert Alarm.objects.filter(deadline__stopped_at=None).exists()
