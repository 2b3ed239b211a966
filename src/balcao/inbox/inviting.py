"""A colleague is invited: an account without a password, and a letter with the link by which they set one."""

from __future__ import annotations

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from balcao.catalog.templates import render
from balcao.organization.actions import add_staff, give_role
from balcao.organization.actions.staff import no_higher
from balcao.organization.editing import allow
from balcao.organization.models import Agency, Area, Role, Staff
from balcao.platform.action import action
from balcao.platform.actors import Actor

from .sending import queue_staff_letter


@action
def invite_staff(
    *,
    actor: Actor,
    agency: Agency,
    name: str,
    email: str,
    role: Role,
    area: Area | None = None,
    everywhere: bool = False,
    locale: str = "",
    now: datetime | None = None,
) -> Staff:
    """Add a colleague with a role, in one area or said `everywhere`, and send the invitation."""
    staff = add_staff(actor=actor, agency=agency, name=name, email=email, locale=locale)
    give_role(actor=actor, staff=staff, role=role, area=area, everywhere=everywhere)
    send_invitation(actor=actor, staff=staff, now=now)
    return staff


@action
def send_invitation(*, actor: Actor, staff: Staff, now: datetime | None = None) -> None:
    """Send the link by which `staff` sets a password (again). An older link dies when a password is set."""
    allow(actor, staff.agency_id, "staff.edit")
    no_higher(actor, staff)
    now = now or timezone.now()
    letter = render(
        {
            "staff": staff.name,
            "agency": staff.agency.name,
            "link": invitation_link(staff),
            "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
        },
        agency_id=staff.agency_id,
        service_id=None,
        purpose="invitation",
        locale=staff.locale,
    )
    queue_staff_letter(
        staff=staff, letter=letter, purpose="invitation", key=f"invitation:{staff.pk}:{now.isoformat()}", case_id=None,
        now=now,
    )  # fmt: skip


def invitation_link(staff: Staff) -> str:
    """The address at which `staff` sets a password; it dies when one is set. Whoever holds it signs in as them."""
    known, token = user_pk_to_url_str(staff), default_token_generator.make_token(staff)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": known, "key": token})
    return settings.BASE_URL.rstrip("/") + path
