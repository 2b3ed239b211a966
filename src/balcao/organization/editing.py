"""What every change of a setting shares: who may, whether the values are good, and what still hangs on it."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from balcao.platform import history
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal

M = TypeVar("M", bound=models.Model)


def allow(actor: Actor, agency_id: int, permission: str = "settings.edit") -> None:
    """Raise NotAllowed unless `actor` may change this agency's settings."""
    actor.same_agency(agency_id)
    actor.at(None).require(permission)


def check(obj: models.Model, exclude: set[str] | None = None) -> None:
    """Raise Invalid with the first thing that is wrong, and the name of its field."""
    try:
        obj.full_clean(exclude=exclude)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        label = "" if field == "__all__" else f"{_label(obj, field)}: "
        raise Invalid(f"{label}{' '.join(messages)}", field=field) from None


def _label(obj: models.Model, field: str) -> str:
    found = next((f for f in obj._meta.get_fields() if f.name == field), None)
    return str(getattr(found, "verbose_name", field)).capitalize()


def same_agency(obj: models.Model, **others: models.Model | None) -> None:
    """Raise Invalid when something that `obj` points at belongs to another agency."""
    for field, other in others.items():
        if other is not None and other.agency_id != obj.agency_id:  # type: ignore[attr-defined]
            raise Invalid(_("Choose something of your own agency."), field=field, log=f"{field} of another agency")


def no_circle(obj: models.Model) -> None:
    """Raise Invalid when `obj` stands below itself."""
    seen, above = {obj.pk}, obj.parent  # type: ignore[attr-defined]
    while above is not None:
        if above.pk is not None and above.pk in seen:
            raise Invalid(_("Nothing can stand below itself. Choose another one above it."), field="parent")
        seen.add(above.pk)
        above = above.parent


def take_out(actor: Actor, obj: models.Model) -> None:
    """Delete `obj` with its history; a Refusal names what still uses it."""
    try:
        history.remove(actor=actor, obj=obj)
    except ProtectedError as error:
        users = {str(item._meta.verbose_name) for item in error.protected_objects}
        raise Refusal(
            _("“%(name)s” is still used, so it cannot be removed. Switch it off instead, or first change what uses it.")
            % {"name": obj},
            log=f"{obj._meta.label} {obj.pk} is used by {', '.join(sorted(users))}",
        ) from None


def new_slug(model: type[models.Model], agency_id: int, name: str, length: int = 80) -> str:
    """A short address for `name` that no other of the agency has."""
    base = slugify(name)[: length - 4] or "item"
    found = model._default_manager.filter(agency_id=agency_id, slug__startswith=base)
    taken = set(found.values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)
