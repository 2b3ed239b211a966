"""What every channel does with a demand: open the case and acknowledge it, in one transaction."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from balcao.cases.actions import Opened, follow_case, gather_case, merge_case, open_case
from balcao.cases.letters import case_letter
from balcao.cases.models import Case, Incident
from balcao.platform.access_codes import format_code
from balcao.platform.action import action

from .conversations.models import Conversation
from .conversations.moving import locked
from .conversations.papers import tie
from .sending import queue_letter


@action
def open_and_acknowledge(
    *,
    joining: Case | None = None,
    under: Incident | None = None,
    conversation: Conversation | None = None,
    **demand: Any,
) -> Opened:
    """`open_case` with the same arguments, then "me too" (`joining` another case, or `under` a known incident), then
    the receipt: number, date and access code, queued to the person's contact point, or into the `conversation` that it
    comes from (the external id is `conversations.papers.external_id`). A repeat of the same external id
    queues nothing."""
    opened = open_case(**demand)
    if opened.repeat:
        return opened
    case = opened.case
    if conversation is not None:
        origin = locked(conversation, actor=demand["actor"])
        tie(origin, case, actor=demand["actor"], origin=True, now=demand.get("now") or timezone.now())
    if joining is not None:
        # Staff join what they see; a citizen only what is shown to the public.
        join = merge_case if demand["actor"].for_agency else follow_case
        case = join(actor=demand["actor"], case=case, primary=joining, now=demand.get("now"))
    if under is not None:
        case = gather_case(actor=demand["actor"], case=case, incident=under, now=demand.get("now"))
    now = demand.get("now") or timezone.now()
    letter = case_letter(case, "receipt", access_code=format_code(opened.access_code))
    queue_letter(case=case, letter=letter, purpose="receipt", key=f"receipt:{case.pk}", now=now)
    return Opened(case, opened.access_code)
