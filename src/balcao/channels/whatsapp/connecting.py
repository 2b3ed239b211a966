"""Connecting an agency's number, changing its token, and taking in what waited for it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.inbox.conversations.models import Account, Line
from balcao.organization.editing import allow, check
from balcao.platform import faults, history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed

from .jobs import take_in_soon
from .models import CHANNEL, Arrival, MetaApp, WhatsAppNumber


@action
def keep_app(*, actor: Actor, app: MetaApp) -> MetaApp:
    """Save an app, new or changed: the operator's matter, because several agencies may speak through it."""
    if actor.kind != "system" or actor.agency_id is not None:
        raise NotAllowed(log=f"{actor.kind} {actor.id} touched an app at Meta")
    check(app)
    return history.keep(actor=actor, obj=app)


@action
def connect_number(
    *,
    actor: Actor,
    app: MetaApp,
    line: Line,
    phone_number_id: str,
    name: str,
    shown: str,
    token: str,
    business_id: str = "",
) -> WhatsAppNumber:
    """The number of the agency that `line` is of; once more with the same id changes it. Invalid when another agency
    has it. What had arrived for it before is taken in now."""
    allow(actor, line.agency_id)
    if not (phone_number_id.isascii() and phone_number_id.isdigit()):
        raise Invalid(_("Meta's phone number id has only digits. It is not the phone number."), field="phone_number_id")
    account = Account.objects.filter(channel=CHANNEL, key=phone_number_id).first()
    if account is not None and account.agency_id != line.agency_id:
        raise Invalid(_("Another agency has connected this number."), field="phone_number_id")
    account = account or Account(agency_id=line.agency_id, channel=CHANNEL, key=phone_number_id)
    account.name, account.line, account.is_active = name, line, True
    check(account)
    history.keep(actor=actor, obj=account)
    number = WhatsAppNumber.objects.filter(account=account).first() or WhatsAppNumber(account=account)
    number.app, number.shown, number.token, number.business_id = app, shown, token, business_id
    check(number)
    history.keep(actor=actor, obj=number)
    waiting = Arrival.objects.filter(app=app, phone_number_id=phone_number_id, next_try_at=None)
    if waiting.update(next_try_at=timezone.now(), attempts=0):
        take_in_soon()
    faults.mended("whatsapp", f"unknown:{phone_number_id}")
    return number
