"""An inbox in full swing: a web chat of the demonstration, the attendants who serve its line, their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .doors import AGENCY

CHAT = "bench"


@dataclass(frozen=True)
class Seat:
    """An attendant's place: who they are, and the key of their session."""

    staff: int
    session: str
    actor: Any


def seats(many: int, *, capacity: int = 50) -> list[Seat]:
    """So many attendants of the bench's line, present from now on; it has a web chat besides WhatsApp."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from balcao.inbox.conversations.models import Account, Line
    from balcao.inbox.conversations.presence import beat, set_up_attendant
    from balcao.organization.models import Agency, Membership, Role, Staff
    from balcao.organization.queries import actor_of
    from balcao.platform.actors import Actor
    from balcao.platform.sessions import SessionStore

    agency = Agency.objects.get(slug=AGENCY)
    line, _ = Line.objects.get_or_create(agency=agency, slug="bench", defaults={"name": "Bench"})
    Account.objects.get_or_create(
        channel="webchat", key=CHAT, defaults={"agency": agency, "name": "Bench", "line": line}
    )
    role, _ = Role.objects.get_or_create(
        agency=agency, slug="bench", defaults={"name": "Bench", "permissions": ["inbox.attend", "person.read"]}
    )
    found = []
    for number in range(many):
        staff, fresh = Staff.objects.get_or_create(
            email=f"bench{number}@{AGENCY}.example", defaults={"agency": agency, "name": f"Atendente {number}"}
        )
        if fresh:
            staff.set_unusable_password()
            staff.save()
            Membership.objects.create(staff=staff, role=role)
        set_up_attendant(actor=Actor.system(agency.pk), staff=staff, capacity=capacity, lines=[line])
        actor, kept = actor_of(staff), SessionStore()
        kept[SESSION_KEY] = str(staff.pk)
        kept[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        kept[HASH_SESSION_KEY] = staff.get_session_auth_hash()
        kept.save()
        assert actor is not None
        beat(actor=actor)
        found.append(Seat(staff.pk, str(kept.session_key), actor))
    return found


def give_out() -> None:
    """Whoever waits is given to whoever has room, as the worker would."""
    from balcao.inbox.conversations.lines import assign_waiting
    from balcao.organization.models import Agency
    from balcao.platform.actors import Actor

    agency = Agency.objects.get(slug=AGENCY)
    assign_waiting(actor=Actor.system(agency.pk), agency_id=agency.pk)
