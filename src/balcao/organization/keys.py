"""Who calls with a key, and how often it may. A key acts for its agency, never for a person: its actor is of kind
"key", and whatever it reads or does is logged under its number."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from balcao.platform import limits
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash
from balcao.platform.settled import one_view, perhaps, settled

from .models import ApiKey
from .permissions import AGENCY_ONLY, PERMISSIONS

# What a key may be given: all that people may do, and one thing more.
SCOPES = {**PERMISSIONS, "open311.write": _("File demands and updates through Open311")}
_SHAPE = re.compile(r"balcao_[A-Za-z0-9_-]{43}")
_PURPOSE = "api-key"
PREFIX = 13  # "balcao_" and six characters: enough to tell one's keys apart, nothing to guess from


def new_secret() -> str:
    """A fresh key: 256 random bits behind a prefix that scanners of leaked secrets can look for."""
    return f"balcao_{secrets.token_urlsafe(32)}"


def secret_hash(raw: str) -> bytes:
    return keyed_hash(raw, _PURPOSE)


class _Nobody(Exception):
    """No key has this secret. Not remembered: made-up ones are endless."""


def authenticate(raw: str, *, now: datetime | None = None) -> Actor | None:
    """The actor behind a key that works; None for any other text. Counts the call: TooMany past the key's quota.

    One statement for a key that this process remembers (one more for a key that a key made, one more once an hour).
    Call it outside transactions."""
    if not _SHAPE.fullmatch(raw):
        return None
    now = now or timezone.now()
    hashes = (secret_hash(raw), *(keyed_hash(raw, _PURPOSE, old) for old in settings.OLD_SECRET_KEYS))
    name = ("api key", hashes)
    with one_view():
        known: ApiKey | None = perhaps(name)  # counting its call tells whether it is still what we remember
        refused = _count(known) if known else None
        try:
            key = settled(name, lambda: _with_secret(hashes))
        except _Nobody:
            return None
        if known is None or _quotas(key) != _quotas(known):
            refused = _count(key) if key.works(now) else None
    if not key.works(now):
        return None
    if refused:
        raise refused
    hour = now.replace(minute=0, second=0, microsecond=0)
    if _noted.get(key.pk) != hour:
        older = Q(last_used_at=None) | Q(last_used_at__lt=hour)
        ApiKey.objects.filter(older, pk=key.pk).update(last_used_at=hour)
        _noted[key.pk] = hour
    return actor_of_key(key)


_noted: dict[int, datetime] = {}  # the hour in which this process last wrote that a key was used


def _with_secret(hashes: Sequence[bytes]) -> ApiKey:
    key = ApiKey.objects.select_related("made_by").filter(secret_hash__in=hashes).first()
    if key is None:
        raise _Nobody
    return key


Quota = tuple[str, str, int, int]  # as `limits.hit_all` has it


def _quotas(key: ApiKey) -> list[list[Quota]]:
    """Its own, then its maker's."""
    return [
        [("api-minute", str(one.pk), one.per_minute, 60), ("api-day", str(one.pk), one.per_day, 24 * 3600)]
        for one in (key, key.made_by)
        if one is not None
    ]


def _count(key: ApiKey) -> limits.TooMany | None:
    """Count a call; what it is refused with. One past the key's own quotas costs its maker nothing."""
    try:
        for quotas in _quotas(key):
            limits.hit_all(quotas)
    except limits.TooMany as refused:
        return refused
    return None


def actor_of_key(key: ApiKey) -> Actor:
    """What the key may do, and where; never more than the key that made it, as that one is now. Limited to areas it
    carries nothing that concerns the whole agency."""
    scopes = frozenset(key.scopes).intersection(SCOPES)
    areas = frozenset(key.area_ids)
    if key.made_by is not None:
        scopes &= frozenset(key.made_by.scopes)
        if theirs := frozenset(key.made_by.area_ids):
            areas = areas & theirs if areas else theirs
            scopes = scopes if areas else frozenset()  # no area in common is none, and not all of them
    if areas:
        scopes -= AGENCY_ONLY
    return Actor(
        kind="key",
        id=key.pk,
        agency_id=key.agency_id,
        permissions=scopes,
        area_ids=areas,
        local=frozenset((scope, area) for scope in scopes for area in areas),
    )


def names_of_keys(ids: Iterable[int | None]) -> dict[int, str]:
    """How a history names the keys that acted. No query when there is none."""
    wanted = {pk for pk in ids if pk}
    if not wanted:
        return {}
    found = ApiKey.objects.filter(pk__in=wanted).values_list("pk", "name")
    return {pk: gettext("“%(name)s”, by its key") % {"name": name} for pk, name in found}
