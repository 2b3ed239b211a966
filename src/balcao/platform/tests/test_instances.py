"""A row comes to be as Django would have made it, only sooner."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models.expressions import DatabaseDefault
from django.db.models.signals import post_init, pre_init

from balcao.cases.models import Case
from balcao.catalog.models import Service
from balcao.clocks.models import Deadline
from balcao.inbox.models import Delivery
from balcao.organization.models import Agency
from balcao.platform.instances import Row

ROWS = [model for model in apps.get_models() if issubclass(model, Row)]
by_model = pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)


def by_django(model: type[models.Model], *values: Any, **named: Any) -> models.Model:
    row = model.__new__(model)
    models.Model.__init__(row, *values, **named)
    return row


def told(row: models.Model) -> dict[str, Any]:
    """What it holds; of what the database gives only that it does, of an identity made anew only its kind."""
    found = {name: value for name, value in row.__dict__.items() if name != "_state"}
    anew = {field.attname for field in row._meta.concrete_fields if field.get_internal_type() == "UUIDField"}
    alike = {n: type(v) for n, v in found.items() if isinstance(v, DatabaseDefault) or n in anew}
    return found | alike | {"state": (row._state.adding, row._state.db, dict(row._state.fields_cache))}


@by_model
def test_a_new_row_has_the_defaults_that_django_gives(model: type[Row]) -> None:
    assert told(model()) == told(by_django(model))
    key = model._meta.pk
    assert key is not None
    assert told(model(**{key.attname: 7})) == told(by_django(model, **{key.attname: 7}))


@by_model
def test_a_loaded_row_holds_what_stood_there(model: type[Row]) -> None:
    names = [field.attname for field in model._meta.concrete_fields]
    row = model.from_db("default", names, list(range(len(names))))
    assert told(row) == told(models.Model.from_db.__func__(model, "default", names, list(range(len(names)))))  # type: ignore[attr-defined]
    assert not row._state.adding
    assert row._state.db == "default"


@by_model
def test_nobody_hears_that_a_row_came_to_be(model: type[Row]) -> None:
    assert not pre_init.has_listeners(model)
    assert not post_init.has_listeners(model)


def test_a_row_left_in_part_loads_the_rest_when_asked() -> None:
    case = Case.from_db("default", ["id", "protocol"], [3, "2026"])
    assert case.protocol == "2026"
    assert "address" in case.get_deferred_fields()


def test_what_another_row_is_named_by_is_remembered_beside_its_key() -> None:
    deadline, service = Deadline(id=4), Service(id=9)
    case = Case(deadline=deadline, service=service, reporter=None, place_id=5)
    assert (case.deadline_id, case.service_id, case.reporter_id, case.place_id) == (4, 9, None, 5)
    assert case.deadline is deadline
    assert case.service is service
    assert case.reporter is None
    assert deadline.case is case


def test_what_is_made_anew_is_shared_by_nobody() -> None:
    assert Case().answers is not Case().answers
    assert Delivery().uid != Delivery().uid


def test_what_does_not_belong_there_is_refused() -> None:
    with pytest.raises(ValueError, match="must be a"):
        Case(service=Agency(id=1))  # type: ignore[misc]
    with pytest.raises(TypeError, match="unexpected keyword"):
        Case(colour="red")  # type: ignore[misc]
