"""The words that we ship say the same in every language: the same letters, with the same fields."""

import pytest
from django.conf import settings

from balcao.catalog.templates import FIELD, FIELDS, fill, shipped


def letters(words, path=""):
    if "body" in words:
        return {path: words}
    return {k: v for name, part in words.items() for k, v in letters(part, f"{path}/{name}").items()}


@pytest.mark.parametrize("locale", [code for code, _name in settings.LANGUAGES])
def test_each_language_has_the_same_letters_with_the_same_fields(locale):
    first, other = letters(shipped("pt-br")), letters(shipped(locale))
    assert first.keys() == other.keys()
    for path, letter in first.items():
        for part in ("subject", "body"):
            fields = sorted(FIELD.findall(letter[part]))
            assert fields == sorted(FIELD.findall(other[path][part])), (locale, path, part)
            assert set(fields) <= set(FIELDS), path


def test_each_language_is_its_own():
    texts = [shipped(code)["receipt"]["body"] for code, _name in settings.LANGUAGES]
    assert len(set(texts)) == len(texts)


def test_european_portuguese_is_not_brazilian():
    said = " ".join(f"{w['subject']} {w['body']}" for w in letters(shipped("pt-pt")).values()).lower()
    for word in ("você", "equipe", "senha", "foto ", "celular", "arquivo", "conosco"):
        assert word not in said, word


def test_an_empty_field_leaves_no_empty_line():
    assert fill("Olá, {{ person }}!\n\n{{ because }}\n{{ report }}", {"person": "Ana", "report": "Feito."}) == (
        "Olá, Ana!\n\nFeito."
    )
