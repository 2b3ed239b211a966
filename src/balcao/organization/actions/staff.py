"""Members of staff, and the roles they hold in their areas."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal

from ..editing import allow, check, same_agency
from ..models import Agency, Area, Membership, Role, Staff

NEEDED = ["settings.edit", "staff.edit"]


def keep_an_administrator(agency_id: int) -> None:
    """Refuse (and so undo) a change after which nobody active could edit settings and staff of the whole agency.

    Called after the change, and locks the agency's row first: of two administrators who demote each other at once the
    second waits, sees what the first one did, and is refused. (No key: opening cases goes on meanwhile.)"""
    Agency.objects.select_for_update(no_key=True).get(pk=agency_id)
    administrators = Membership.objects.filter(
        staff__agency_id=agency_id, staff__is_active=True, area=None, role__permissions__contains=NEEDED
    )
    if not administrators.exists():
        raise Refusal(
            _("The agency would be left without an administrator. Give somebody else that role first."),
            log=f"agency {agency_id} would lose its last administrator",
        )


def no_higher(actor: Actor, staff: Staff) -> None:
    """Raise NotAllowed unless `actor` holds every permission of `staff`: whoever may change a colleague's address, send
    them a new link or forget their second factor could otherwise sign in as somebody who may do more."""
    if actor.kind == "staff" and actor.id == staff.pk:
        return
    for membership in staff.memberships.select_related("role"):
        _hold(actor, membership.role, membership.area_id)


def _hold(actor: Actor, role: Role, area_id: int | None) -> None:
    here = actor.at(area_id)
    for permission in role.permissions:
        here.require(permission)


@action
def add_staff(*, actor: Actor, agency: Agency, name: str, email: str, locale: str = "") -> Staff:
    """A new colleague without a password: `inbox.inviting` sends the link by which they set one."""
    allow(actor, agency.pk, "staff.edit")
    staff = Staff(agency=agency, name=name.strip(), email=email.strip().lower(), locale=locale or agency.locale)
    staff.set_unusable_password()
    if Staff.objects.filter(email__iexact=staff.email).exists():
        raise Invalid(_("Somebody signs in with this e-mail already."), field="email")
    check(staff)
    return history.keep(actor=actor, obj=staff)


@action
def change_staff(*, actor: Actor, staff: Staff) -> Staff:
    """Save a changed name, e-mail, language, or whether they may sign in at all."""
    allow(actor, staff.agency_id, "staff.edit")
    no_higher(actor, staff)
    staff.email = staff.email.strip().lower()
    if Staff.objects.filter(email__iexact=staff.email).exclude(pk=staff.pk).exists():
        raise Invalid(_("Somebody signs in with this e-mail already."), field="email")
    check(staff)
    history.keep(actor=actor, obj=staff)
    keep_an_administrator(staff.agency_id)
    return staff


@action
def give_role(
    *, actor: Actor, staff: Staff, role: Role, area: Area | None = None, everywhere: bool = False
) -> Membership:
    """Give a role in one area or, said in so many words, `everywhere` in the agency. Twice is once.

    Invalid when neither is said (a forgotten area would open every case to an area's agent), when both are, or when a
    role that changes settings or staff is given in one area, where it would change nothing."""
    allow(actor, staff.agency_id, "staff.edit")
    if (area is None) == (not everywhere):
        raise Invalid(_("Choose the area in which the role holds, or the whole agency."), field="area")
    if area is not None and set(NEEDED).intersection(role.permissions):
        raise Invalid(
            _("This role changes the settings or the staff, which belong to the whole agency. Give it there."),
            field="area",
        )
    _hold(actor, role, area.pk if area else None)
    found = Membership.objects.filter(staff=staff, role=role, area=area).first()
    if found is not None:
        return found
    membership = Membership(staff=staff, role=role, area=area)
    same_agency(membership, role=role, area=area)
    return history.keep(actor=actor, obj=membership)


@action
def take_role(*, actor: Actor, membership: Membership) -> None:
    """Take a role away. A Refusal when it was the last administrator's."""
    agency_id = membership.agency_id
    allow(actor, agency_id, "staff.edit")
    no_higher(actor, membership.staff)
    history.remove(actor=actor, obj=membership)
    keep_an_administrator(agency_id)


@action
def reset_second_factor(*, actor: Actor, staff: Staff) -> int:
    """Forget a colleague's second factors (a lost phone): they set up a new one when they next sign in. How many."""
    allow(actor, staff.agency_id, "staff.edit")
    no_higher(actor, staff)
    found = Authenticator.objects.filter(user=staff)
    count = found.count()
    found.delete()
    if count:
        history.note(actor=actor, obj=staff, changes={"second_factor": [True, False]})
    return count
