"""Settings with a memory: every change of a catalogue, an area, a calendar or a rule keeps its before and after."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Max

from .action import action
from .actors import Actor
from .crypto import EncryptedTextField, keyed_hash
from .errors import Stale
from .models import Revision
from .settled import forget_view

M = TypeVar("M", bound=models.Model)


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


# Never kept: a password is no setting, and what the database derives or stamps by itself is no change of anybody's.
_LEFT_OUT = {"password", "last_login", "created_at"}


def _state(obj: models.Model) -> dict[str, Any]:
    kept = (f for f in obj._meta.concrete_fields if not f.generated and f.attname not in _LEFT_OUT)
    # Bytes are hashes of secrets: nobody could read them in a history, and nobody should.
    return {f.attname: _kept(f, getattr(obj, f.attname)) for f in kept if not isinstance(f, models.BinaryField)}


def _kept(field: Any, value: Any) -> Any:
    """A secret shows that it changed, and nothing of itself."""
    if isinstance(field, EncryptedTextField) and value:
        return f"({keyed_hash(value, 'history')[:3].hex()})"
    return _plain(value)


def _write(actor: Actor, obj: models.Model, verb: str, changes: dict[str, Any]) -> None:
    forget_view()
    agency_id = getattr(obj, "agency_id", None)
    if obj._meta.model_name == "agency":
        agency_id = obj.pk
    Revision.objects.create(
        agency_id=agency_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        model=obj._meta.label_lower,
        object_id=obj.pk,
        verb=verb,
        changes=changes,
    )


@action
def keep(*, actor: Actor, obj: M) -> M:
    """Save `obj` (new or changed) and record what changed. Nothing is written when nothing changed."""
    before: dict[str, Any] = {}
    if obj.pk is not None:
        old = type(obj)._base_manager.select_for_update().filter(pk=obj.pk).first()
        before = _state(old) if old else {}
    obj.save()
    after = _state(obj)
    changes = {k: [before.get(k), v] for k, v in after.items() if not before or before.get(k) != v}
    if changes:
        _write(actor, obj, "change" if before else "create", changes)
    return obj


@action
def remove(*, actor: Actor, obj: models.Model) -> None:
    """Delete `obj` and record what it was."""
    _write(actor, obj, "delete", {k: [v, None] for k, v in _state(obj).items()})
    obj.delete()


@action
def note(*, actor: Actor, obj: models.Model, changes: dict[str, Any]) -> None:
    """Record a change that no column of `obj` shows, as {what: [before, after]}: an order of rows, a second factor."""
    _write(actor, obj, "change", changes)


def last_changes(model: type[models.Model], pks: Iterable[int]) -> dict[int, int]:
    """The number of each object's newest change; nothing for one without any. One query."""
    found = Revision.objects.filter(model=model._meta.label_lower, object_id__in=list(pks)).values_list("object_id")
    return dict(found.annotate(newest=Max("pk")))


def last_change(obj: models.Model) -> int:
    """The number of an object's newest change; 0 without any. A form or a system gives it back with its own change, so
    that nobody undoes a colleague's."""
    return last_changes(type(obj), [obj.pk]).get(obj.pk, 0)


def unchanged_since(obj: models.Model, version: int | None) -> None:
    """Raise Stale when `obj` was changed after its change number `version`; None asks nothing. Hold its row."""
    if version is not None and (newest := last_change(obj)) != version:
        raise Stale(log=f"{obj._meta.label} {obj.pk} is at change {newest}, not {version}")
