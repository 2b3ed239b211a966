"""Rows on their way into a table by COPY: the columns that differ are given, all others stand as the model has them."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

import psycopg
from django.db import models
from django.db.models.expressions import DatabaseDefault

from balcao.platform.columns import columns_of

Rows = Mapping[str, bytes]
"""Lines by table, ready to be sent, in an order in which each foreign key finds its row."""
NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def text(value: str) -> str:
    """Any words as COPY's text format takes them."""
    # What `translate` would change is not printable, but for the backslash; most words have neither.
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


class Table:
    """Lines for one table. A row is a tuple in the order in which the columns were named: numbers, and text that is
    safe as it is or has gone through `text`."""

    def __init__(self, model: type[models.Model], *given: str, **always: Any) -> None:
        columns = columns_of(model)
        values = columns.row(model(**always))
        unknown = set(given) - {c.attname for c in columns.all}
        if unknown:
            raise ValueError(f"{model.__name__} has no column {unknown}")
        chosen = [
            (column, value)
            for column, value in zip(columns.all, values, strict=True)
            if column.attname in given or (value is not DatabaseDefault and not column.field.primary_key)
        ]
        self.name = columns.table
        self.columns = ", ".join(column.name for column, _value in chosen)
        self._line = "\t".join("%s" if c.attname in given else _constant(value) for c, value in chosen) + "\n"
        self._order = itemgetter(*(given.index(c.attname) for c, _value in chosen if c.attname in given))

    def line(self, *row: Any) -> str:
        return self._line % self._order(row)

    def copy(self, cursor: psycopg.Cursor[Any], lines: bytes) -> None:
        with cursor.copy(f"COPY {self.name} ({self.columns}) FROM STDIN") as copy:
            copy.write(lines)


def _constant(value: Any) -> str:
    return NULL if value is None else text(value).replace("%", "%%")
