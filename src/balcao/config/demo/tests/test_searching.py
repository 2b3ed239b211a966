"""What citizens type finds what they mean, on the catalogue of the demonstration."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from balcao.catalog.queries import search_services
from balcao.config.demo.making import make_agency

SAID = [
    ("tem um buraco enorme na minha rua", "buraco-na-rua", 1),
    ("burako na rua", "buraco-na-rua", 1),
    ("asfalto afundou", "buraco-na-rua", 1),
    ("calçada quebrada cadeira de rodas", "calcada-danificada", 1),
    ("calsada quebrada", "calcada-danificada", 1),
    ("poste apagado", "iluminacao-publica", 1),
    ("lampada queimada", "iluminacao-publica", 1),
    ("rua escura", "iluminacao-publica", 3),
    ("semaforo quebrado", "sinalizacao", 3),
    ("farol não funciona", "sinalizacao", 1),
    ("árvore caiu", "arvore", 1),
    ("arvre caindo", "arvore", 3),
    ("podar os galhos", "arvore", 1),
    ("quero plantar uma árvore", "plantio-de-arvore", 1),
    ("vizinho com som alto de madrugada", "barulho", 1),
    ("festa barulhenta", "barulho", 1),
    ("mato alto no terreno baldio", "entulho", 1),
    ("jogaram entulho na calçada", "entulho", 3),
    ("o lixeiro não passou", "coleta-de-lixo", 1),
    ("caminhão do lixo", "coleta-de-lixo", 1),
    ("jogar fora um sofá", "cata-treco", 3),
    ("geladeira velha", "cata-treco", 1),
    ("demora no posto de saúde", "atendimento-em-saude", 1),
    ("falta remédio", "atendimento-em-saude", 3),
    ("água parada na piscina do vizinho", "foco-de-mosquito", 1),
    ("denge", "foco-de-mosquito", 1),
    ("cachorro amarrado sem comida", "maus-tratos-a-animais", 1),
    ("gato ferido", "maus-tratos-a-animais", 1),
    ("creche pro meu bebê", "vaga-em-creche", 1),
    ("onibus da escola", "transporte-escolar", 1),
    ("boleto do iptu", "segunda-via-iptu", 1),
    ("iptu", "segunda-via-iptu", 1),
    ("loja não quer trocar produto com defeito", "reclamacao-de-consumo", 1),
    ("salário do prefeito", "pedido-de-informacao", 1),
    ("obrigado pelo atendimento", "elogio-ou-sugestao", 3),
    ("funcionário pediu propina", "conduta-de-servidor", 1),
]
NOBODY_DOES = ["rato", "ratos", "pato", "xyzzy", "asdfgh", "qwerty", "lua", "pizza", "blá blá blá", "zzz 123"]


@pytest.fixture
def agency(db):
    return make_agency("vila-serena").agency


def test_what_citizens_say_finds_what_they_mean(agency):
    missed = []
    for said, meant, within in SAID:
        found = [service.slug for service in search_services(agency.pk, said)]
        if meant not in found[:within]:
            missed.append(f"“{said}”: {meant} is not among the first {within} of {found}")
    assert not missed, "\n".join(missed)


def test_what_nobody_does_finds_nothing_and_says_what_to_do(agency):
    wrong = {said: [s.slug for s in search_services(agency.pk, said)] for said in NOBODY_DOES}
    assert not {said: found for said, found in wrong.items() if found}
    page = unescape(Client().get("/servicos/", {"q": "rato"}).content.decode())
    assert "Nada corresponde a “rato”" in page
    assert 'href="/pedir/outros-assuntos/"' in page
