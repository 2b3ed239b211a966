"""One INSERT for rows of several tables, made once for each shape and prepared by the driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import DatabaseDefault

from .columns import Columns

Shape = tuple[tuple[Columns, tuple[tuple[bool, ...], ...]], ...]  # for each table its rows, for each row what is given


def insert(
    groups: Mapping[Columns, Sequence[models.Model]], jobs: Sequence[tuple[str, str, str]]
) -> tuple[str, list[str | None]]:
    """The statement, and its values as PostgreSQL's text."""
    values: list[str | None] = []
    shape: list[tuple[Columns, tuple[tuple[bool, ...], ...]]] = []
    for columns, rows in groups.items():
        given: list[tuple[bool, ...]] = []
        for row in rows:
            found = columns.row(row)
            given.append(tuple(value is not DatabaseDefault for value in found))
            values += [value for value in found if value is not DatabaseDefault]  # type: ignore[misc]
        shape.append((columns, tuple(given)))
    for job in jobs:
        values += job
    return _sql(tuple(shape), len(jobs)), values


@lru_cache(maxsize=1024)
def _sql(shape: Shape, jobs: int) -> str:
    inserts = [_insert(columns, rows) for columns, rows in shape]
    if jobs:
        one = "ROW(%s, %s, 0, NULL, NULL, %s::jsonb, NULL)::procrastinate_job_to_defer_v1"
        last = f"SELECT procrastinate_defer_jobs_v1(ARRAY[{', '.join([one] * jobs)}])"
    else:
        last = inserts.pop()
    if not inserts:
        return last
    return "WITH " + ", ".join(f"w{n} AS ({one})" for n, one in enumerate(inserts)) + " " + last


def _insert(columns: Columns, rows: tuple[tuple[bool, ...], ...]) -> str:
    names = ", ".join(column.name for column in columns.all)
    lines = (
        ", ".join(f"%s::{c.cast}" if given else "DEFAULT" for c, given in zip(columns.all, row, strict=True))
        for row in rows
    )
    return f"INSERT INTO {columns.table} ({names}) VALUES " + ", ".join(f"({line})" for line in lines)  # noqa: S608


def execute(connection: BaseDatabaseWrapper, sql: str, values: Sequence[str | None]) -> tuple[Any, ...] | None:
    """Run one statement on Django's connection; its first row, None when it gives none.

    Every value is text that PostgreSQL reads by the type named beside it, so that one shape is one prepared plan."""
    assert connection.connection is not None
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, values or None)  # type: ignore[arg-type]
        return cursor.fetchone() if cursor.description else None
