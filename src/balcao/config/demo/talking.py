"""Conversations of the demonstration: lines, a web chat, who attends, the interview that comes first, ready replies.

Made by the actions from conversations.yaml, once: whoever changed or removed them in the console keeps their own."""

from __future__ import annotations

from typing import Any

from balcao.inbox.conversations.presence import set_up_attendant
from balcao.inbox.conversations.settings import change_account, change_line
from balcao.inbox.interviews.actions import publish, save_draft
from balcao.inbox.models import Account, CannedReply, Interview, Line
from balcao.inbox.replies.actions import change_reply
from balcao.organization.models import Agency, Staff
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.models import Revision

from .making import read


@action
def settle(agency: Agency) -> bool:
    """False when somebody settled conversations here before, or there is nothing to settle."""
    Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    before = Revision.objects.filter(agency_id=agency.pk, model__in=("inbox.line", "inbox.interview"))
    if before.exists() or Line.objects.filter(agency=agency).exists():
        return False
    plan: dict[str, Any] = read(agency.slug, "conversations.yaml")
    actor = Actor.system(agency.pk)
    lines = {
        one["slug"]: change_line(actor=actor, line=Line(agency=agency, **{**one, "interview": ""}))
        for one in plan["lines"]
    }
    for definition in plan["interviews"]:
        kept: Interview = save_draft(actor=actor, agency_id=agency.pk, slug=definition["slug"], definition=definition)
        publish(actor=actor, interview=kept)
    for one in plan["lines"]:
        lines[one["slug"]].interview = one.get("interview", "")
        change_line(actor=actor, line=lines[one["slug"]])
    for one in plan["accounts"]:
        if not Account.objects.filter(channel=one["channel"], key=one["key"]).exists():
            account = Account(agency=agency, **{**one, "line": lines[one["line"]]})
            change_account(actor=actor, account=account)
    for one in plan["attendants"]:
        staff = Staff.objects.filter(agency=agency, email=f"{one['email']}@{agency.slug}.example").first()
        if staff is not None:
            served = [lines[slug] for slug in one["lines"]]
            set_up_attendant(actor=actor, staff=staff, capacity=one["capacity"], lines=served)
    for one in plan["replies"]:
        change_reply(actor=actor, reply=CannedReply(agency=agency, **one))
    return True
