"""How an instance comes to be, of the models of which an action makes or reads many.

Django asks each field of each new instance for its default, and sets each value of each loaded one, through
descriptors and two signals. An opening makes thirteen instances of 140 fields; here what is always the same is copied
at once. What comes of it is what Django would have made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState


class Row(models.Model):
    """A model whose instances are made quickly. Nobody hears `pre_init` or `post_init` of it, and a row that is loaded
    passes by `__init__`."""

    class Meta:
        abstract = True

    def __init__(self, *values: Any, **named: Any) -> None:
        form = _form(type(self))
        if values or not form.knows(named):
            super().__init__(*values, **named)
        else:
            form.fill(self, named)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any) -> Self:
        form = _form(cls)
        if more or len(values) != len(form.attnames):  # some columns are left for later
            return super().from_db(db, field_names, values, **more)
        row = cls.__new__(cls)
        row.__dict__.update(zip(form.attnames, values, strict=True))
        row._state = state = ModelState()
        state.adding, state.db = False, db
        return row


class _Form:
    """What the instances of one model have in common."""

    def __init__(self, model: type[models.Model]) -> None:
        fields: list[Any] = [field for field in model._meta.concrete_fields if not field.generated]
        anew = {field.attname: field.default for field in fields if _is_made_anew(field)}
        self.anew: Sequence[tuple[str, Callable[[], Any]]] = tuple(anew.items())
        self.always = {field.attname: field.get_default() for field in fields if field.attname not in anew}
        self.relations = {field.name: field for field in fields if field.is_relation and field.target_field.primary_key}
        self.names = self.always.keys() | anew.keys() | self.relations.keys()
        self.attnames = tuple(field.attname for field in model._meta.concrete_fields)

    def knows(self, named: dict[str, Any]) -> bool:
        return self.names >= named.keys()

    def fill(self, row: models.Model, named: dict[str, Any]) -> None:
        """Give `row` these values, by the names of its fields, and the defaults of the others."""
        values = row.__dict__
        values["_state"] = state = ModelState()
        values.update(self.always)
        for name, default in self.anew:
            if name not in named:
                values[name] = default()
        for name, value in named.items():
            field = self.relations.get(name)
            if field is None:
                values[name] = value
            elif value is None or not isinstance(value, field.related_model):
                setattr(row, name, value)  # Django refuses it, where it is not what belongs there
            else:
                values[field.attname] = value.pk
                state.fields_cache[name] = value
                if not field.remote_field.multiple:
                    field.remote_field.set_cached_value(value, row)


def _is_made_anew(field: models.Field[Any, Any]) -> bool:
    return field.has_default() and callable(field.default)


@cache
def _form(model: type[models.Model]) -> _Form:
    """Once for each model and process."""
    return _Form(model)
