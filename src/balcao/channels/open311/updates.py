"""FixMyStreet's extension `servicerequestupdates`: what happened since, and what a client's user adds."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.actions import add_information, reopen_case
from balcao.cases.models import Case
from balcao.cases.public import everybodys
from balcao.cases.shown import Change, changes_of_shown
from balcao.cases.states import State
from balcao.catalog.models import Outcome
from balcao.platform.action import action
from balcao.platform.actors import Actor

from .calls import Call
from .filing import media_urls
from .jobs import fetch_soon
from .models import Media, PostedUpdate
from .params import MOST, Params, w3c
from .reading import PAGES, span
from .wire import Problem

#: In the words of FixMyStreet's additional states; `external_status_code` carries ours.
STATUS = {
    "CaseDispatched": "investigating",
    "CaseTransferred": "internal_referral",
    "CaseMerged": "duplicate",
    "CaseReopened": "open",
    "CaseClosed": "closed",
}
ENDED = {
    Outcome.SOLVED: "fixed",
    Outcome.SCHEDULED: "action_scheduled",
    Outcome.IMPOSSIBLE: "no_further_action",
    Outcome.NOT_FOUND: "no_further_action",
    Outcome.REFUSED: "no_further_action",
}
LONGEST = 120  # characters of a client's own number for its update
SAID = {
    "open", "closed", "fixed", "in_progress", "planned", "action_scheduled", "investigating", "duplicate",
    "not_councils_responsibility", "no_further_action", "internal_referral", "reopen", "for_triage",
}  # fmt: skip


def listing(call: Call) -> tuple[str, Any]:
    """GET: the changes of public demands, the oldest first; by default of the last 90 days, 1,000 at most."""
    params = call.params
    start, end = span(params.moment("start_date"), params.moment("end_date"))
    size = params.number("page_size", MOST, MOST)
    first = (params.number("page", 1, PAGES) - 1) * size
    found = changes_of_shown(call.agency.pk, start=start, end=end, kinds=list(STATUS), first=first, size=size)
    return "service_request_updates", [_written(change) for change in found]


def _written(change: Change) -> dict[str, Any]:
    words = {
        "CaseDispatched": State.WORKING.label,
        "CaseTransferred": State.WORKING.label,
        "CaseMerged": State.FOLLOWING.label,
        "CaseReopened": _("Reopened"),
        "CaseClosed": State.CLOSED.label,
    }
    words_of_end = f"{words['CaseClosed']}: {dict(Outcome.choices).get(change.outcome, '')}".rstrip(": ")
    return {
        "update_id": str(change.event_id),
        "service_request_id": change.protocol,
        "status": ENDED.get(change.outcome, STATUS[change.kind])  # type: ignore[call-overload]
        if change.kind == "CaseClosed"
        else STATUS[change.kind],
        "external_status_code": change.outcome or None,
        "updated_datetime": w3c(change.at),
        "description": words_of_end if change.kind == "CaseClosed" else str(words[change.kind]),
        "media_url": "",
    }


def post(call: Call) -> tuple[str, Any]:
    """POST: words that the person adds, or "it was not solved" (status REOPEN, of a demand that came this way). The
    same `update_id` of the same client adds nothing twice."""
    actor, params = call.key(), call.params
    for name in ("service_request_id", "update_id", "description"):
        if not params.get(name):
            raise Problem(400, f"{name} was not provided.")
    if len(params.get("update_id")) > LONGEST:  # compared by its beginning, two would be one
        raise Problem(400, f"update_id has more than {LONGEST} characters.")
    params.moment("updated_datetime")  # read only to say that it is wrong: our own clock dates what is told
    status = params.get("status").lower()
    if status and status not in SAID:
        raise Problem(400, f"status: choose one of {', '.join(sorted(SAID))}.")
    shown = everybodys().filter(agency=call.agency, protocol=params.get("service_request_id")[:20])
    case = shown.select_related("service", "agency").first()
    if case is None:
        raise Problem(404, "service_request_id was not found.")
    urls = media_urls(params)
    known = _known(call, actor)
    if known is None:
        try:
            known = _add(call=call, actor=actor, case=case, params=params, reopen=status == "reopen", urls=urls)
        except IntegrityError:  # the same one arrived beside us, and was first
            known = _known(call, actor)
            if known is None:
                raise
    return "service_request_updates", [{"update_id": known.answer_id}]


def _known(call: Call, actor: Actor) -> PostedUpdate | None:
    wanted = {"agency": call.agency, "key_id": actor.id, "update_id": call.params.get("update_id")}
    return PostedUpdate.objects.filter(**wanted).first()


@action
def _add(*, call: Call, actor: Actor, case: Case, params: Params, reopen: bool, urls: list[str]) -> PostedUpdate:
    now = timezone.now()
    name = " ".join(part for part in (params.get("first_name"), params.get("last_name")) if part)
    text = f"{name}: {params.get('description')}" if name else params.get("description")
    with transaction.atomic():
        posted = PostedUpdate.objects.create(
            agency=call.agency, key_id=actor.id or 0, update_id=params.get("update_id"), case=case, answer_id=""
        )
    if reopen and case.state == State.CLOSED and case.channel == "open311":
        reopen_case(actor=actor, case=case, reason=text, now=now)
        posted.answer_id = f"r{posted.pk}"
    else:
        said = add_information(actor=actor, case=case, text=text, now=now)
        posted.answer_id = f"a{said.pk}"
    posted.save(update_fields=["answer_id"])
    if urls:
        waiting = [Media(case=case, url=url, next_try_at=now) for url in urls]
        fetch_soon([one.pk for one in Media.objects.bulk_create(waiting)])
    return posted
