"""Subscribing, changing, ending; and telling something once more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.organization.editing import allow, check, take_out
from balcao.platform import faults, history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.models import Fault

from .following import begin
from .kinds import KINDS
from .models import Outgoing, Subscription
from .signing import new_secret

OVERLAP = timedelta(days=1)  # after a change both secrets sign: the receiver changes over when it can


@action
def change_subscription(*, actor: Actor, subscription: Subscription) -> Subscription:
    """Save a new or changed subscription; a new one gets its secret. It is told what happens from now on."""
    allow(actor, subscription.agency_id)
    subscription.kinds = sorted(set(subscription.kinds))
    if not subscription.kinds or set(subscription.kinds) - set(KINDS):
        raise Invalid(_("Choose what it is told."), field="kinds")
    subscription.secret = subscription.secret or new_secret()
    check(subscription, exclude={"secret", "old_secret", "old_until"})
    if subscription.pk is None:
        begin()
    return history.keep(actor=actor, obj=subscription)


@action
def renew_secret(*, actor: Actor, subscription: Subscription, now: datetime | None = None) -> Subscription:
    """A new secret; for a day the old one signs too."""
    allow(actor, subscription.agency_id)
    fresh = Subscription.objects.select_for_update().get(pk=subscription.pk)
    fresh.old_secret, fresh.old_until = fresh.secret, (now or timezone.now()) + OVERLAP
    fresh.secret = new_secret()
    return history.keep(actor=actor, obj=fresh)


@action
def remove_subscription(*, actor: Actor, subscription: Subscription) -> None:
    """Forget it, with what it was told and what still waited."""
    allow(actor, subscription.agency_id)
    faults.mended("webhook", str(subscription.pk))
    take_out(actor, subscription)


@action
def replay(*, actor: Actor, message: Outgoing, now: datetime | None = None) -> Outgoing:
    """Tell it once more, at once, whatever became of it; the receiver sees the same `webhook-id`."""
    allow(actor, message.subscription.agency_id)
    if not message.subscription.is_active:
        raise Refusal(_("This webhook is switched off. Switch it on first."))
    again(Outgoing.objects.filter(pk=message.pk), now or timezone.now())
    message.refresh_from_db()
    return message


def again(messages: object, now: datetime) -> int:
    """Queue these anew, with all their tries."""
    fields = {"state": Outgoing.State.QUEUED, "tries": 0, "next_try_at": now, "claimed_at": None}
    return messages.update(**fields)  # type: ignore[attr-defined, no-any-return]


def retry_dead(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "webhook": everything that this subscription was not told sets out again."""
    subscription = Subscription.objects.filter(pk=fault.data.get("subscription")).first()
    if subscription is None:
        faults.mended(fault.kind, fault.key)
        return
    if not subscription.is_active:
        raise Refusal(_("This webhook is switched off. Switch it on first."))
    again(Outgoing.objects.filter(subscription=subscription, state=Outgoing.State.DEAD), timezone.now())
