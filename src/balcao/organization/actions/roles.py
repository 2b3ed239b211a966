"""Roles: named sets of permissions."""

from __future__ import annotations

from django.utils.translation import gettext as _

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from ..editing import allow, check, new_slug, take_out
from ..models import Role
from ..permissions import PERMISSIONS
from .staff import keep_an_administrator


@action
def change_role(*, actor: Actor, role: Role) -> Role:
    """Save a new or changed role. A Refusal when nobody could administer the agency any more."""
    allow(actor, role.agency_id, "staff.edit")
    role.slug = role.slug or new_slug(Role, role.agency_id, role.name, 40)
    if unknown := set(role.permissions) - set(PERMISSIONS):
        raise Invalid(_("Unknown permission: %(name)s") % {"name": ", ".join(sorted(unknown))}, field="permissions")
    role.permissions = sorted(role.permissions)
    # Nobody hands out more than they hold, or "staff.edit" alone would be every permission.
    before = set(Role.objects.filter(pk=role.pk).values_list("permissions", flat=True)[0]) if role.pk else set()
    for permission in set(role.permissions) - before:
        actor.at(None).require(permission)
    check(role)
    history.keep(actor=actor, obj=role)
    keep_an_administrator(role.agency_id)
    return role


@action
def remove_role(*, actor: Actor, role: Role) -> None:
    """Delete a role that nobody holds."""
    allow(actor, role.agency_id, "staff.edit")
    take_out(actor, role)
