"""What lets the load in: keys for programs, sessions for staff."""

from __future__ import annotations

from functools import cache

AGENCY = "vila-serena"


@cache
def api_key(*scopes: str) -> str:
    """A key of the demonstration's agency with these scopes and a quota that nobody reaches."""
    from balcao.organization.actions.keys import make_key
    from balcao.organization.models import Agency, ApiKey

    agency = Agency.objects.get(slug=AGENCY)
    key = ApiKey(agency=agency, name="bench", scopes=list(scopes), per_minute=60_000, per_day=50_000_000)
    return make_key(actor=_administrator(), key=key)[1]


def _administrator():
    from balcao.organization.queries import actor_of

    return actor_of(staff("staff.edit"))


@cache
def staff(permission: str):
    """Somebody of the demonstration's agency who may do this in all of it, and most else too."""
    from balcao.organization.models import Staff
    from balcao.organization.queries import actor_of

    found = [(who, actor_of(who)) for who in Staff.objects.filter(agency__slug=AGENCY, is_active=True).order_by("pk")]
    able = [(who, actor) for who, actor in found if actor and actor.can(permission) and not actor.area_ids]
    if not able:
        raise SystemExit(f"the demonstration has nobody who may {permission}")
    return max(able, key=lambda pair: len(pair[1].permissions))[0]


@cache
def session(permission: str) -> str:
    """The key of a session of `staff(permission)`, as a sign-in with the second factor leaves it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from balcao.platform.sessions import SessionStore

    who, kept = staff(permission), SessionStore()
    kept[SESSION_KEY] = str(who.pk)
    kept[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    kept[HASH_SESSION_KEY] = who.get_session_auth_hash()
    kept.save()
    return str(kept.session_key)
