"""How much one person may send us: beyond it their messages are set aside, and everybody else's come in as before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from balcao.platform import faults, limits
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash

from .conversations.models import Account, Conversation
from .conversations.moving import contact_hash
from .conversations.speaking import say
from .conversations.states import State

KIND = "flood"  # of its faults


def allow(
    *, way: str, sender: str, agency_id: int, name: str, beside: Sequence[tuple[str, str, int, int]] = ()
) -> None:
    """Count one message of `sender` on one way in (an account, a mailbox), before anything of it is kept and outside
    transactions. `platform.limits.TooMany` when it is more than we take: it stands on the operator's page then, once
    for each sender; `name` says there which way it is. `beside`: other windows that count it, too."""
    mark, (a_minute, an_hour) = mark_of(way, sender), settings.PER_SENDER
    theirs = [("sender-minute", mark, a_minute, 60), ("sender-hour", mark, an_hour, 3600)]
    try:
        limits.hit_all([*beside, *theirs])
    except limits.TooMany as full:
        if full.scope in {window[0] for window in beside}:
            raise
        reason = f"Somebody writes more to {name} than is taken from one person."
        faults.record(KIND, mark, reason, agency_id=agency_id, data={"name": name})
        raise


def mark_of(way: str, sender: str) -> str:
    """The name of a sender in counters and faults: it says nothing about who it is."""
    return keyed_hash(f"{way}\0{sender}", "inbox.flood").hex()[:32]


def way_of(account: Account) -> str:
    """What `allow` knows an account of the inbox by."""
    return f"account:{account.pk}"


def say_enough(account: Account, contact: str, now: datetime | None = None) -> None:
    """One kind word an hour to whoever is beyond it, where their conversation is open."""
    now = now or timezone.now()
    mine = Conversation.objects.filter(account=account, contact_hash=contact_hash(account.channel, contact))
    talk = mine.exclude(state=State.CLOSED).first()
    if talk is None:
        return
    with translation.override(talk.language):
        words = _("That was a lot in a short time. We have what you sent first, and keep the rest aside until "
                  "somebody can look at it. There is no need to send it again.")  # fmt: skip
    say(
        actor=Actor.system(account.agency_id), conversation=talk, client_id=f"flood:{now:%Y%m%d%H}", text=words, now=now
    )
