"""Everything that changes where conversations wait and where they come in: lines and accounts."""

from __future__ import annotations

from django.utils.translation import gettext as _

from balcao.catalog.models import Service
from balcao.inbox.interviews.models import Interview
from balcao.inbox.interviews.queries import SERVICE
from balcao.organization.editing import allow, check, new_slug, same_agency, take_out
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal

from .models import Account, Conversation, Line
from .states import State

OPENED_HERE = ("webchat",)  # channels whose accounts need no secret; the others are connected by their own command
LONGEST_QUIET = 24 * 30  # hours


@action
def change_line(*, actor: Actor, line: Line) -> Line:
    """Save a new or changed waiting line. Invalid when its interview is none of the agency's; a Refusal when it is
    switched off while accounts lead to it, or people wait in it."""
    allow(actor, line.agency_id)
    line.slug = line.slug or new_slug(Line, line.agency_id, line.name, 40)
    if not 1 <= line.quiet_hours <= LONGEST_QUIET:
        raise Invalid(_("Choose from 1 to 720 hours."), field="quiet_hours")
    check(line)
    same_agency(line, calendar=line.calendar)
    if line.interview and not _is_asked(line):
        sentence = _("There is no interview “%(slug)s” here.") % {"slug": line.interview}
        raise Invalid(sentence, field="interview")
    if line.pk and not line.is_active and Account.objects.filter(line=line, is_active=True).exists():
        raise Refusal(_("People still come in here: first lead this line's accounts to another one, or close them."))
    if line.pk and not line.is_active and Conversation.objects.filter(line=line, state=State.WAITING).exists():
        raise Refusal(_("People wait in this line: first take them, or pass them on to another one."))
    return history.keep(actor=actor, obj=line)


def _is_asked(line: Line) -> bool:
    if line.interview.startswith(SERVICE):
        slug = line.interview.removeprefix(SERVICE)
        return Service.objects.filter(agency_id=line.agency_id, slug=slug).exists()
    return Interview.objects.filter(agency_id=line.agency_id, slug=line.interview).exists()


@action
def remove_line(*, actor: Actor, line: Line) -> None:
    """Delete a line in which nobody ever waited; a Refusal otherwise: switch it off."""
    allow(actor, line.agency_id)
    take_out(actor, line)


@action
def remove_account(*, actor: Actor, account: Account) -> None:
    """Delete a way in by which nobody ever came; a Refusal otherwise: close it."""
    allow(actor, account.agency_id)
    take_out(actor, account)


@action
def change_account(*, actor: Actor, account: Account) -> Account:
    """Save where people write to, and the line that they come to. A new one is a web chat; the others are connected by
    their channel's command, which knows their secrets. Its channel and key stay as they are."""
    allow(actor, account.agency_id)
    before = Account.objects.select_for_update(of=("self",)).filter(pk=account.pk).first() if account.pk else None
    if before is None and account.channel not in OPENED_HERE:
        raise Invalid(_("A number or a mailbox is connected on the command line."), field="channel")
    if before is not None:
        account.channel, account.key = before.channel, before.key
    taken = Account.objects.filter(channel=account.channel, key=account.key).exclude(pk=account.pk)
    if taken.exists():
        raise Invalid(_("This address is taken. Choose another one."), field="key")
    check(account)
    same_agency(account, line=account.line)
    if account.is_active and not account.line.is_active:
        raise Invalid(_("This line is not open. Choose another one."), field="line")
    return history.keep(actor=actor, obj=account)
