"""Roles: named sets of permissions."""

from __future__ import annotations

from django.utils.translation import gettext as _

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed

from ..editing import allow, check, new_slug, take_out
from ..models import Role
from ..permissions import PERMISSIONS
from .staff import NEEDED, keep_an_administrator


@action
def change_role(*, actor: Actor, role: Role) -> Role:
    """Save a new or changed role. A Refusal when nobody could administer the agency any more. Only an administrator
    (who keeps settings and staff) ends a role's second factor: it guards more than whoever gives roles may do."""
    allow(actor, role.agency_id, "staff.edit")
    role.slug = role.slug or new_slug(Role, role.agency_id, role.name, 40)
    if unknown := set(role.permissions) - set(PERMISSIONS):
        raise Invalid(_("Unknown permission: %(name)s") % {"name": ", ".join(sorted(unknown))}, field="permissions")
    role.permissions = sorted(role.permissions)
    # Nobody hands out more than they hold, or "staff.edit" alone would be every permission.
    before = Role.objects.get(pk=role.pk) if role.pk else Role()
    for permission in set(role.permissions) - set(before.permissions):
        actor.at(None).require(permission)
    if before.mfa_required and not role.mfa_required and not all(actor.at(None).can(one) for one in NEEDED):
        raise NotAllowed(
            _("Only an administrator may end the second factor of a role."),
            log=f"{actor.kind} {actor.id} tried to end the second factor of role {role.pk}",
        )
    check(role)
    history.keep(actor=actor, obj=role)
    keep_an_administrator(role.agency_id)
    return role


@action
def remove_role(*, actor: Actor, role: Role) -> None:
    """Delete a role that nobody holds."""
    allow(actor, role.agency_id, "staff.edit")
    take_out(actor, role)
