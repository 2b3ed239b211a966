"""Somebody's words may stand in no column that nobody thought of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from .free_text import CLEARED, NOBODYS, SHORT, WITH_THE_PERSON


def columns_of_words() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        if model.__module__.startswith("balcao."):
            yield from ((model._meta.label, f.name) for f in model._meta.local_concrete_fields if holds_words(f))


def holds_words(field: Any) -> bool:
    if field.choices or isinstance(field, models.SlugField | models.GeneratedField | models.ForeignKey):
        return False
    if isinstance(field, models.TextField | models.JSONField):
        return True
    return isinstance(field, models.CharField) and (field.max_length or SHORT) >= SHORT


def test_every_column_of_free_text_is_declared_and_every_declared_one_exists():
    declared = [
        (label, name)
        for known in (CLEARED, WITH_THE_PERSON, NOBODYS)
        for label, names in known.items()
        for name in names
    ]
    assert len(declared) == len(set(declared)), "each column stands in one list"
    assert set(columns_of_words()) - set(declared) == set(), "say in free_text.py what becomes of it"
    assert set(declared) - set(columns_of_words()) == set(), "these are gone"


@pytest.mark.parametrize("field, words", [
    (models.TextField(), True), (models.CharField(max_length=200), True), (models.CharField(max_length=20), False),
    (models.CharField(max_length=90, choices=[("a", "A")]), False), (models.JSONField(), True),
    (models.SlugField(max_length=100), False),
])  # fmt: skip
def test_what_counts_as_words(field, words):
    assert holds_words(field) == words
