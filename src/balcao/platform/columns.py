"""A model's columns as an INSERT takes them: which, in which type, and each value as PostgreSQL's own text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.expressions import DatabaseDefault

Text = Callable[[Any], str]


def _number(value: Any) -> str:
    return str(int(value))


def _moment(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _octets(value: Any) -> str:
    return "\\x" + bytes(value).hex()


_json = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


_TEXTS: dict[str, Text] = {
    "bigint": _number,
    "integer": _number,
    "smallint": _number,
    "boolean": lambda value: "t" if value else "f",
    "timestamp with time zone": _moment,
    "date": _moment,
    "double precision": repr,
    "bytea": _octets,
    "jsonb": _json,
    "uuid": lambda value: value.hex if isinstance(value, UUID) else str(value),
    "text": str,
}


def array(values: Iterable[object]) -> str:
    """An array as PostgreSQL reads it; of numbers and hexadecimals."""
    return "{" + ",".join(map(str, values)) + "}"


class Column:
    """One column: how its value leaves an instance."""

    __slots__ = ("attname", "cast", "field", "has_default", "is_key", "name", "plain", "text")

    def __init__(self, field: models.Field[Any, Any]) -> None:
        self.field, self.attname = field, field.attname
        self.name = connection.ops.quote_name(str(field.column))
        self.cast = (field.rel_db_type(connection) if field.is_relation else field.db_type(connection)) or "text"
        self.has_default, self.is_key = field.has_db_default(), field.primary_key
        bare = self.cast.split("(")[0]
        self.text: Text = _TEXTS.get(bare, str)
        stamps = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        itself = type(field).pre_save in _ITSELF and not stamps
        self.plain = itself and (type(field).get_prep_value in _PLAIN or isinstance(field, models.JSONField))

    def value(self, row: models.Model) -> str | None:
        """As PostgreSQL reads it; KeyError when the database is to fill it in."""
        value = getattr(row, self.attname)
        if not self.plain:
            value = self.field.pre_save(row, True)
            if not isinstance(self.field, models.JSONField):
                value = self.field.get_prep_value(value)
        return None if value is None else self.text(value)


# How the value that an instance has becomes the column's: as it is.
_ITSELF = {models.Field.pre_save, models.DateField.pre_save, models.DateTimeField.pre_save}
_PLAIN = {
    models.BigAutoField.get_prep_value,
    models.Field.get_prep_value,
    models.BooleanField.get_prep_value,
    models.BinaryField.get_prep_value,
    models.CharField.get_prep_value,
    models.TextField.get_prep_value,
    models.DateTimeField.get_prep_value,
    models.IntegerField.get_prep_value,
    models.FloatField.get_prep_value,
    models.ForeignKey.get_prep_value,
    models.UUIDField.get_prep_value,
}


class Columns:
    """The columns of one model."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.table = connection.ops.quote_name(model._meta.db_table)
        self.all = tuple(Column(f) for f in model._meta.local_concrete_fields if not f.generated)
        self.defaults = tuple(c.attname for c in self.all if c.has_default)
        self.computed = tuple(f.attname for f in model._meta.local_concrete_fields if f.generated)
        self.names = ", ".join(column.name for column in self.all)
        self.given = (True,) * len(self.all)
        self._plan = [(c.attname, c.text if c.plain else None, c) for c in self.all]
        self.read = [(n, c.field.from_db_value) for n, c in enumerate(self.all) if hasattr(c.field, "from_db_value")]
        key = model._meta.pk
        assert key is not None
        self.sequence = f"{model._meta.db_table}_{key.column}_seq"

    def row(self, row: models.Model) -> list[str | type[DatabaseDefault] | None]:
        """The values in the order of the columns; DatabaseDefault where the database fills it in."""
        values: list[Any] = []
        given = row.__dict__
        for attname, text, column in self._plan:
            value = given.get(attname)
            if value.__class__ is DatabaseDefault or (value is None and column.is_key):
                values.append(DatabaseDefault)
            elif text is not None:
                values.append(None if value is None else text(value))
            else:
                values.append(column.value(row))
        return values

    def instance(self, values: Sequence[Any]) -> Any:
        """The row that these values are; what the database computes is read when somebody asks."""
        found = list(values)
        for place, read in self.read:
            found[place] = read(found[place], None, connection)
        return self.model.from_db(DEFAULT_DB_ALIAS, [column.attname for column in self.all], found)

    def written(self, row: models.Model) -> None:
        """`row` stands in the database now. What that filled in is forgotten, and read again when somebody asks."""
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        for attname in self.defaults:
            if isinstance(row.__dict__.get(attname), DatabaseDefault):
                del row.__dict__[attname]
        for attname in self.computed:
            row.__dict__.pop(attname, None)


@cache
def columns_of(model: type[models.Model]) -> Columns:
    """Once for each model and process."""
    return Columns(model)
