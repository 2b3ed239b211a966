"""Between the desk and the citizen: questions, additions, and "it was not solved"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.clocks.actions import may_pause, pause_deadline, resume_deadline
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.events import emit
from balcao.platform.models import StoredFile

from ..events import CaseReopened, CitizenAsked, CitizenHeard
from ..models import Attachment, Case, Remark
from ..moving import locked, move
from ..promises import start_answer_clock
from ..states import State
from ..words import remark

REOPEN_DAYS = 30  # calendar days after the answer in which a person may say that it was not solved


@action
def ask_citizen(
    *, actor: Actor, case: Case, question: str, version: int | None = None, now: datetime | None = None
) -> Remark:
    """Ask the person for what is missing. The clock pauses where its rule allows, with the question as its reason;
    where the law knows no pause it runs on."""
    actor.at(case.area_id).require("case.triage")
    now = now or timezone.now()
    case = move(locked(case, actor=actor, version=version), "ask")
    asked = remark(case, "question", question, actor=actor, now=now, public=True, field="question")
    paused = may_pause(case.deadline, now)
    if paused:
        pause_deadline(actor=actor, deadline=case.deadline, reason=_("We asked the person for information"), now=now)
    fact = CitizenAsked(remark_id=asked.pk, paused=paused)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return asked


@action
def add_information(
    *,
    actor: Actor,
    case: Case,
    text: str,
    files: Iterable[StoredFile] = (),
    now: datetime | None = None,
) -> Remark:
    """The citizen adds words and files. When we waited for them, the clock runs again and the case goes back to
    whoever asked. A case whose answer has been sent takes no additions: nobody would read them. It is reopened."""
    now = now or timezone.now()
    case = locked(case, actor=actor)
    if case.state == State.CLOSED:
        raise Refusal(_("This demand has its answer. If it was not solved, say so on its page and we reopen it."))
    if case.state == State.ANSWERING:
        raise Refusal(_("Your answer is on its way. If it does not solve it, say so on its page and we reopen it."))
    files = list(files)
    text = text if text.strip() else (_("File sent") if files else "")
    said = remark(case, "addition", text, actor=actor, now=now, public=True)
    Attachment.objects.bulk_create(
        Attachment(case=case, remark=said, file=f, by_citizen=not actor.for_agency) for f in files
    )
    resumed = case.state == State.WAITING
    if resumed:
        case = move(case, "hear")
        if case.deadline.state == "paused":
            resume_deadline(actor=actor, deadline=case.deadline, now=now)
    fact = CitizenHeard(remark_id=said.pk, resumed=resumed, files=len(files))
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return said


@action
def reopen_case(*, actor: Actor, case: Case, reason: str, now: datetime | None = None) -> Case:
    """The person says that it was not solved, within 30 days of the answer: a new round with a new deadline."""
    now = now or timezone.now()
    case = locked(case, actor=actor)
    if case.closed_at and (now - case.closed_at).days >= REOPEN_DAYS:
        raise Refusal(_("More than 30 days have passed since the answer. Please open a new demand."))
    service = case.service
    deadline = start_answer_clock(actor=actor, service=service, case_id=case.pk, now=now)
    times = case.reopened + 1
    case = move(case, "reopen", deadline=deadline, reopened=times, closed_at=None, outcome="", area=None, primary=None)
    said = remark(case, "addition", reason, actor=actor, now=now, public=True, field="reason")
    fact = CaseReopened(remark_id=said.pk, times=times)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now, subject=case)
    return case
