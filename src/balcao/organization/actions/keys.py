"""Keys for other systems: made, changed, revoked; each with its history, the secret itself shown once."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed

from ..editing import allow, check
from ..keys import PREFIX, SCOPES, new_secret, secret_hash
from ..models import ApiKey, Area
from ..permissions import PERMISSIONS


@action
def make_key(*, actor: Actor, key: ApiKey) -> tuple[ApiKey, str]:
    """Save a new key; returns it and its secret, which nobody can be shown again. What a key makes is its own part:
    it ends with its maker, and makes none itself."""
    raw = new_secret()
    key.made_by_id = actor.id if actor.kind == "key" else None
    key.prefix, key.secret_hash = raw[:PREFIX], secret_hash(raw)
    return _keep(actor, key), raw


@action
def change_key(*, actor: Actor, key: ApiKey) -> ApiKey:
    """Save another name, scopes, areas, quotas or date. It holds from the key's next call on."""
    return _keep(actor, key)


@action
def revoke_key(*, actor: Actor, key: ApiKey, now: datetime | None = None) -> ApiKey:
    """The key opens nothing from now on, for good. Twice is once."""
    allow(actor, key.agency_id, "staff.edit")
    fresh = ApiKey.objects.select_for_update().get(pk=key.pk)
    _no_higher(actor, fresh)
    fresh.revoked_at = fresh.revoked_at or now or timezone.now()
    return history.keep(actor=actor, obj=fresh)


def _keep(actor: Actor, key: ApiKey) -> ApiKey:
    allow(actor, key.agency_id, "staff.edit")
    key.scopes, key.area_ids = sorted(set(key.scopes)), sorted(set(key.area_ids))
    if not key.scopes or set(key.scopes) - SCOPES.keys():
        raise Invalid(_("Choose what the key may do."), field="scopes")
    if Area.objects.filter(pk__in=key.area_ids, agency_id=key.agency_id).count() != len(key.area_ids):
        raise Invalid(_("Choose something of your own agency."), field="area_ids", log="area of another agency")
    # Nobody hands out more than they hold, or "staff.edit" alone would be every permission.
    before = ApiKey.objects.filter(pk=key.pk).first() if key.pk else None
    for one in filter(None, (before, key)):
        _no_higher(actor, one)
    if key.made_by is not None and set(key.scopes) - set(key.made_by.scopes):
        raise Invalid(_("Another key made this one, and may not do that itself."), field="scopes")
    wider = before is None or (bool(before.area_ids) and set(key.area_ids) != set(before.area_ids))
    for scope in set(key.scopes) - (set() if wider or before is None else set(before.scopes)):
        if scope in PERMISSIONS:
            places: list[int | None] = [*key.area_ids] or [None]
            for area in places:
                actor.at(area).require(scope)
    check(key, exclude={"secret_hash", "made_by"})
    return history.keep(actor=actor, obj=key)


def _no_higher(actor: Actor, key: ApiKey) -> None:
    """A key gives none, itself neither, more than it has, and does not touch one that has more: scopes, quotas, time.
    (Areas: only a key of the whole agency comes here.) One that a key made keeps none at all."""
    if actor.kind != "key":
        return
    own = ApiKey.objects.get(pk=actor.id or 0)
    ends = own.expires_at if key.made_by_id != own.pk else None  # its own parts end with it anyway
    longer = ends is not None and (key.expires_at is None or key.expires_at > ends)
    more = key.per_minute > own.per_minute or key.per_day > own.per_day or longer
    if own.made_by_id is not None or more or not actor.permissions.issuperset(key.scopes):
        raise NotAllowed(
            _("A key gives no more than it has itself, and makes no key that makes others."),
            log=f"key {actor.id} tried to keep key {key.pk}",
        )
