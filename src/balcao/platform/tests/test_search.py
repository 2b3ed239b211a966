"""Words as people write them find what they mean: run on the real stemmer."""

import pytest
from django.apps.registry import Apps
from django.contrib.postgres.fields import ArrayField  # noqa: F401 - the app that brings the lookups
from django.db import connection, models
from django.db.models import F

from balcao.platform.search import SortKey, Vector, find, matching, words
from balcao.platform.text import sort_key


class Offer(models.Model):
    """A table of this test's own, made in its transaction."""

    name = models.TextField()
    keywords = models.TextField(null=True)
    search = models.GeneratedField(
        expression=Vector(name="A", keywords="B"),
        output_field=Vector(name="A").output_field,
        db_persist=True,
    )

    class Meta:
        apps = Apps()  # a registry of its own: no migration and no diagram knows this table
        app_label = "platform"
        managed = False
        db_table = "test_search_offer"


NAMES = {
    "Iluminação pública": "lâmpada poste luz apagada",
    "Tapa-buraco": "buracos asfalto rua pavimentação",
    "Poda de árvore": "árvores galhos caída",
    "Coleta de entulho": "lixo sofá móveis",
    "Benefício de Prestação Continuada": None,
}


@pytest.fixture
def offers(db):
    with connection.schema_editor() as editor:
        editor.create_model(Offer)
    Offer.objects.bulk_create(Offer(name=name, keywords=keywords) for name, keywords in NAMES.items())
    return Offer.objects


def best(offers, text):
    return list(find(offers.all(), text, vector="search", fuzzy=["name", "keywords"]).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("iluminação", "Iluminação pública"),
        ("ILUMINACAO", "Iluminação pública"),
        ("iluminacoes publicas", "Iluminação pública"),
        ("ilumin", "Iluminação pública"),
        ("lampadas", "Iluminação pública"),
        ("buracos na rua", "Tapa-buraco"),
        ("tem um buraco enorme na frente da minha casa", "Tapa-buraco"),
        ("burako", "Tapa-buraco"),
        ("arvre caida", "Poda de árvore"),
        ("árvores", "Poda de árvore"),
        ("prestacoes continuadas", "Benefício de Prestação Continuada"),
        ("beneficios", "Benefício de Prestação Continuada"),
        ("iluminasao", "Iluminação pública"),
    ],
)
def test_it_finds_what_was_meant_first(offers, typed, meant):
    assert best(offers, typed)[:1] == [meant]


@pytest.mark.parametrize("typed", ["", "!!! ???", "🌳", "xyzzyq", "';DROP TABLE x;--", "<->&|!():*", "\0\x07", '"" -'])
def test_nonsense_and_operators_find_nothing_and_break_nothing(offers, typed):
    assert best(offers, typed) == []
    assert list(offers.filter(search=matching(typed))) == []


def test_a_large_table_wants_every_word_the_last_perhaps_unfinished(offers):
    def names(text):
        return set(offers.filter(search=matching(text)).values_list("name", flat=True))

    assert names("poste apag") == {"Iluminação pública"}
    assert names("poste buraco") == set()
    assert names('"tapa buraco"') == {"Tapa-buraco"}
    assert names("poste or entulho") == {"Iluminação pública", "Coleta de entulho"}


def test_the_database_and_python_sort_by_the_same_key(offers):
    assert words("a_b  c-d") == ["a", "b", "c", "d"]
    for name in ["Água", "ZÉLIA", "São João", "coração", "Straße", "Œuvre", "1º andar"]:
        offers.all().delete()
        offers.create(name=name)
        assert offers.annotate(key=SortKey(F("name"))).get().key == sort_key(name)
