"""Questions that are asked again and again with other values: compiled by the ORM once, prepared by the driver.

The ORM builds and compiles each question anew, and PostgreSQL plans it anew: for one row with five relations that is
ten times the cost of the row. A standing question is written as a queryset like any other; from its second asking on
only its values are sent.

    @standing
    def case_by_protocol(actor: Actor, *, protocol: str) -> QuerySet[Case]:
        return Case.objects.visible_to(actor).select_related("service").filter(protocol=protocol)

    case_by_protocol.one(actor, protocol=number)

What is given by position shapes the question (one plan for each); what is given by name is a value and changes each
time: whole numbers, texts, octets, UUIDs, never None. The function sees a mark in its place, so it may compare a value
with a column and do nothing else with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.expressions import Expression
from django.db.models.query import QuerySet, get_related_populators
from django.db.transaction import TransactionManagementError

from . import rows, statements
from .columns import columns_of

M = TypeVar("M", bound=models.Model)
SHAPES = 128  # of one question, in one process; the largest, a search, keeps 48 kB of each


class Standing(Generic[M]):
    """A question that stands. Its rows are whole instances with what they are related to."""

    def __init__(self, ask: Callable[..., QuerySet[M]]) -> None:
        self.ask, self.__doc__ = ask, ask.__doc__
        self._known = lru_cache(maxsize=SHAPES)(self._compile)

    def one(self, *shape: Hashable, **values: Any) -> M | None:
        """The first row; None when there is none.

        A row that changes while its lock is waited for may no longer fit what it was joined to: it is asked again."""
        found = self.all(*shape, **values)
        if not found and self._known(shape, tuple(values)).locks:
            found = self.all(*shape, **values)
        return next(iter(found), None)

    def get(self, *shape: Hashable, **values: Any) -> M:
        """The row that must be there: its model's DoesNotExist when it is not."""
        found = self.one(*shape, **values)
        if found is None:
            raise self._known(shape, tuple(values)).model.DoesNotExist
        return found

    def all(self, *shape: Hashable, **values: Any) -> list[M]:
        return list(self._known(shape, tuple(values)).rows(values))

    def beside(self, new: models.Model, *shape: Hashable, **values: Any) -> list[M]:
        """As `all`, in one round trip with the insertion of `new`, whose id nobody asks for."""
        return list(self._known(shape, tuple(values)).rows(values, new))

    def _compile(self, shape: tuple[Hashable, ...], names: tuple[str, ...]) -> _Compiled:
        return _Compiled(self.ask(*shape, **{name: _Mark(name) for name in names}), names)


def standing(ask: Callable[..., QuerySet[M]]) -> Standing[M]:
    """Make a function that returns a queryset a standing question."""
    return Standing(ask)


class _Mark(Expression):
    """Where a value goes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class _Compiled:
    """One shape: its statement, where its values go, and how its rows become instances."""

    def __init__(self, asked: QuerySet[Any], names: tuple[str, ...]) -> None:
        self.model = asked.model
        self.locks = asked.query.select_for_update
        compiler = asked.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, given = compiler.as_sql()
        except EmptyResultSet:  # whoever asks may see nothing at all
            self.sql = ""
            return
        if "%%" in sql:
            raise ValueError("a standing question holds no text with a per cent sign")
        self.places = [value.name if isinstance(value, _Mark) else None for value in given]
        self.constants = [None if name else _text(value) for name, value in zip(self.places, given, strict=True)]
        if lost := set(names).difference(self.places):
            raise ValueError(f"this question does not compare {', '.join(sorted(lost))} with a column")
        self.sql = sql
        nested = sql.count("SELECT ") > 1  # what it reads is not told by its joins alone
        joined = [alias for alias, uses in asked.query.alias_refcount.items() if uses]
        self.tables = None if nested else frozenset(asked.query.alias_map[alias].table_name for alias in joined)
        chosen = compiler.klass_info["select_fields"]  # type: ignore[index]
        select = compiler.select or []
        self.start, self.end = chosen[0], chosen[-1] + 1
        self.names = [expression[0].target.attname for expression in select[self.start : self.end]]  # type: ignore[attr-defined]
        self.related = get_related_populators(compiler.klass_info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
        self.annotated = list((compiler.annotation_col_map or {}).items())
        self.compiler = compiler
        self.converters = compiler.get_converters([expression[0] for expression in select])

    def rows(self, values: dict[str, Any], new: models.Model | None = None) -> Iterator[Any]:
        if not self.sql:
            if new is not None:
                rows.put(new)
            return
        if self.locks and not connection.in_atomic_block:
            raise TransactionManagementError("a question that locks its rows is asked in a transaction")
        sent = [
            _text(values[name]) if name else constant
            for name, constant in zip(self.places, self.constants, strict=True)
        ]
        sql = self.sql
        if new is not None:
            insert, given = statements.together({columns_of(type(new)): [new]}, (), ())
            sql, sent = f"WITH beside AS ({insert}) {sql}", [*given, *sent]
        found: Sequence[Any] = rows.ask(sql, sent, of=self.tables)
        told = self.compiler.apply_converters(found, self.converters) if self.converters and found else found
        for row in told:
            one = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.start : self.end])
            for relation in self.related:
                relation.populate(row, one)
            for name, place in self.annotated:
                setattr(one, name, row[place])
            yield one


def _text(value: Any) -> str:
    """As PostgreSQL reads it beside its column."""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str):
        return str(value)
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"a standing question holds no {type(value).__name__}")
