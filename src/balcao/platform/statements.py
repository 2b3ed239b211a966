"""One INSERT for rows of several tables, made once for each shape and prepared by the driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import models
from django.db.models.expressions import DatabaseDefault
from psycopg.pq import TransactionStatus

from .columns import Column, Columns

Shape = tuple[tuple[Columns, tuple[tuple[bool, ...], ...]], ...]  # for each table its rows, for each row what is given


def together(
    groups: Mapping[Columns, Sequence[models.Model]],
    others: Sequence[tuple[str, Sequence[str | None]]],
    jobs: Sequence[tuple[str, str, str]],
) -> tuple[str, list[str | None]]:
    """The statement, and its values as PostgreSQL's text."""
    values: list[str | None] = []
    shape: list[tuple[Columns, tuple[tuple[bool, ...], ...]]] = []
    for columns, rows in groups.items():
        given: list[tuple[bool, ...]] = []
        for row in rows:
            found = columns.row(row)
            if DatabaseDefault in found:
                given.append(tuple(value is not DatabaseDefault for value in found))
                found = [value for value in found if value is not DatabaseDefault]
            else:
                given.append(columns.given)
            values += found  # type: ignore[arg-type]  # what the database gives by itself is out
        shape.append((columns, tuple(given)))
    for _sql_of_it, its_values in others:
        values += its_values
    for job in jobs:
        values += job
    return _sql(tuple(shape), tuple(sql for sql, _ in others), len(jobs)), values


@lru_cache(maxsize=1024)
def _sql(shape: Shape, others: tuple[str, ...], jobs: int) -> str:
    inserts = [*(_insert(columns, rows) for columns, rows in shape), *others]
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


def update(columns: Columns, row: models.Model, fields: frozenset[str]) -> tuple[str, list[str | None]]:
    """The UPDATE of these fields (by name or attname) of one row, and its values."""
    chosen = [c for c in columns.all if c.field.name in fields or c.attname in fields]
    key = next(c for c in columns.all if c.field.primary_key)
    sql = _update(columns, tuple(chosen), key)
    return sql, [c.value(row) for c in (*chosen, key)]


@lru_cache(maxsize=256)
def _update(columns: Columns, chosen: tuple[Column, ...], key: Column) -> str:
    changes = ", ".join(f"{c.name} = %s::{c.cast}" for c in chosen)
    return f"UPDATE {columns.table} SET {changes} WHERE {key.name} = %s::{key.cast}"  # noqa: S608


def execute(
    link: psycopg.Connection[Any], sql: str, values: Sequence[str | None], *, alone: bool = False
) -> list[tuple[Any, ...]]:
    """Run one statement on the driver's connection; its rows. `alone`: begin no transaction for it. One that has begun
    goes on.

    Every value is text that PostgreSQL reads by the type named beside it, so that one shape is one prepared plan."""
    if alone and link.info.transaction_status == TransactionStatus.IDLE:
        link.autocommit = True
        try:
            return execute(link, sql, values)
        finally:
            if not link.closed:
                link.autocommit = False
    with psycopg.RawCursor(link) as cursor:
        cursor.execute(_numbered(sql), values or None)
        told = cursor.pgresult is not None and cursor.pgresult.nfields  # `description` would describe each column
        return cursor.fetchall() if told else []


@lru_cache(maxsize=2048)
def _numbered(sql: str) -> bytes:
    """The placeholders as PostgreSQL numbers them: the driver would look for them in each long statement anew."""
    first, *rest = sql.split("%s")
    return (first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))).encode()
