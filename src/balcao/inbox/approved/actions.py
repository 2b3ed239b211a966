"""Keeping what a provider approved, choosing what letters leave by, and saying one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.organization.editing import allow
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed, Refusal

from ..conversations.models import Account, Conversation
from ..conversations.speaking import say
from ..models import Message
from ..outbound import NotSent
from ..replies.wording import VARIABLES, check_variables
from .models import ApprovedTemplate
from .outside import FETCHERS, Told
from .wording import LETTER_VARIABLES, as_data, preview

LONGEST = 1000  # characters of one variable


def synchronise(*, actor: Actor, account: Account, now: datetime | None = None) -> int:
    """Ask the provider and keep what it says; how many there are. Asks the outside: call it outside transactions.
    Refusal when the provider does not tell."""
    if actor.kind != "system":
        allow(actor, account.agency_id)
    try:
        told = FETCHERS[account.channel](account)
    except NotSent as error:
        raise Refusal(_("WhatsApp did not tell us its templates: try again in a while."), log=str(error)) from error
    keep(actor=actor, account=account, told=told, now=now)
    return len(told)


@action
def keep(*, actor: Actor, account: Account, told: Sequence[Told], now: datetime | None = None) -> None:
    """Make our table say what the provider says. What it names no more is marked, and kept for what was said by it."""
    actor.same_agency(account.agency_id)
    now = now or timezone.now()
    known = {(one.name, one.language): one for one in ApprovedTemplate.objects.filter(account=account)}
    for one in told:
        fields = asdict(one) | {"variables": list(one.variables), "seen_at": now}
        row = known.pop((one.name, one.language), None) or ApprovedTemplate(account=account)
        changed = row.variables != fields["variables"]
        for field, value in fields.items():
            setattr(row, field, value)
        if changed:
            row.for_letters, row.fillings = False, []  # what was to stand for its variables fits no more
        row.save()
    gone = [one.pk for one in known.values()]
    ApprovedTemplate.objects.filter(pk__in=gone).update(status="DELETED", for_letters=False)


@action
def set_for_letters(*, actor: Actor, template: ApprovedTemplate, fillings: Sequence[str]) -> ApprovedTemplate:
    """Letters of this account leave by this template when the window is closed. `fillings`: what stands for each of
    its variables, in order, with the variables of ready-made replies and `{link}` and `{answer}` of a letter."""
    allow(actor, template.account.agency_id)
    if not template.may_be_sent:
        raise Invalid(_("Choose a template that is approved, and that we can fill in."), field="template")
    fillings = [one.strip() for one in fillings]
    if len(fillings) != len(template.variables) or not all(fillings):
        raise Invalid(_("Say what stands for each variable."), field="fillings")
    for one in fillings:
        check_variables(one, "fillings", known=[*VARIABLES, *LETTER_VARIABLES])
    ApprovedTemplate.objects.filter(account=template.account, for_letters=True).exclude(pk=template.pk).update(
        for_letters=False
    )
    template.for_letters, template.fillings = True, fillings
    return history.keep(actor=actor, obj=template)


@action
def unset_for_letters(*, actor: Actor, template: ApprovedTemplate) -> ApprovedTemplate:
    """No letter leaves by it any more."""
    allow(actor, template.account.agency_id)
    template.for_letters = False
    return history.keep(actor=actor, obj=template)


@action
def say_template(
    *,
    actor: Actor,
    conversation: Conversation,
    template: ApprovedTemplate,
    values: Sequence[str],
    client_id: str,
    now: datetime | None = None,
) -> Message:
    """Say an approved template, with `values` for its variables in order: also outside of the window. The conversation
    shows its words as the person reads them."""
    if template.account_id != conversation.account_id:
        raise NotAllowed(log=f"template {template.pk} is not of conversation {conversation.pk}")
    if not template.may_be_sent:
        raise Refusal(_("This template may not be sent now. Choose another one."))
    values = [" ".join(one.split())[:LONGEST] for one in values]
    for place, name in enumerate(template.variables):
        if place >= len(values) or not values[place]:
            raise Invalid(_("Fill in each variable."), field=f"value-{place}", log=f"variable {name}")
    details = {"template": as_data(template, values)}
    text = preview(template, values)
    return say(actor=actor, conversation=conversation, client_id=client_id, text=text, details=details, now=now)
