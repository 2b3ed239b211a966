"""Settling ready-made replies."""

from __future__ import annotations

from django.utils.translation import gettext as _

from balcao.organization.editing import allow, check, same_agency, take_out
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from .models import Afterwards, CannedReply
from .wording import check_variables


@action
def change_reply(*, actor: Actor, reply: CannedReply) -> CannedReply:
    """Save a ready-made reply, new or changed. Invalid for a variable that does not exist, and for a step that lacks
    where or how long."""
    allow(actor, reply.agency_id)
    same_agency(reply, line=reply.line, to_line=reply.to_line)
    check_variables(reply.body, "body")
    check_variables(reply.note, "note")
    if reply.then == Afterwards.LINE and reply.to_line is None:
        raise Invalid(_("Choose the line that it goes to."), field="to_line")
    if reply.then == Afterwards.SNOOZE and not reply.hours:
        raise Invalid(_("Say for how many hours."), field="hours")
    reply.to_line = reply.to_line if reply.then == Afterwards.LINE else None
    reply.hours = reply.hours if reply.then == Afterwards.SNOOZE else None
    check(reply)
    return history.keep(actor=actor, obj=reply)


@action
def remove_reply(*, actor: Actor, reply: CannedReply) -> None:
    allow(actor, reply.agency_id)
    take_out(actor, reply)
