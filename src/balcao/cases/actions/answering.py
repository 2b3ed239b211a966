"""The answer: drafted, sent, delivered; only then is a case closed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from balcao.catalog.models import Outcome
from balcao.clocks.actions import stop_deadline
from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.events import emit
from balcao.platform.standing import standing

from ..events import AnswerDrafted, AnswerRetried, AnswerSent, AnswerUndelivered, CaseClosed
from ..letters import readdressed
from ..models import Answer, Case
from ..moving import locked, move
from ..states import NextActor, State
from ..words import MAX_ANSWER, required


@action
def draft_answer(
    *,
    actor: Actor,
    case: Case,
    outcome: str,
    body: str,
    subject: str = "",
    accepting: bool = False,
    version: int | None = None,
    now: datetime | None = None,
) -> Answer:
    """Write or rewrite the draft. Whoever may review or triage edits it until it is sent.

    `accepting`: said by the order whose report was accepted; nobody else drafts beside a report under review."""
    here = actor.at(case.area_id)
    if not (here.can("report.review") or here.can("case.triage")):
        here.require("report.review")
    if outcome not in Outcome.values:
        raise Invalid("outcome", field="outcome")
    now = now or timezone.now()
    case = move(locked(case, actor=actor, version=version), "accept" if accepting else "draft")
    body = required(body, field="body", most=MAX_ANSWER)
    answer = put_answer(case, outcome=outcome, body=body, subject=subject, actor=actor, now=now)
    fact = AnswerDrafted(answer_id=answer.pk, outcome=outcome)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return answer


@action
def send_answer(*, actor: Actor, case: Case, version: int | None = None, now: datetime | None = None) -> Answer:
    """Send the draft to the person who asked, and to everybody whose demand was joined to it."""
    here = actor.at(case.area_id)
    if not (here.can("report.review") or here.can("case.triage")):
        here.require("report.review")
    now = now or timezone.now()
    case = locked(case, actor=actor, version=version)
    answer = _to_send.one(case=case.pk, number=case.reopened + 1)  # before anything waits to be written
    case = move(case, "send")
    if answer is None:
        raise Answer.DoesNotExist
    release(case, answer, actor=actor, now=now, alone=not answer.joined)  # type: ignore[attr-defined]  # annotated
    return answer


def put_answer(
    case: Case,
    *,
    outcome: str,
    body: str,
    subject: str,
    actor: Actor,
    now: datetime,
    author_id: int | None = None,
) -> Answer:
    """The answer of this round of the case (one more after each reopening), as a draft. The caller holds the case's
    row. `author_id`: whose words these are, when a job sends them."""
    said = {
        "outcome": outcome,
        "body": body,
        "subject": subject,
        "author_id": author_id or actor.staff_id,
        "drafted_at": now,
    }
    number = case.reopened + 1
    answer = _of_round.one(case=case.pk, number=number)
    if answer is None:
        return rows.write(Answer(case=case, number=number, **said))
    for field, value in said.items():
        setattr(answer, field, value)
    return rows.change(answer, list(said))


@standing
def _of_round(*, case: int, number: int) -> QuerySet[Answer]:
    return Answer.objects.filter(case_id=case, number=number).order_by()


@standing
def _to_send(*, case: int, number: int) -> QuerySet[Answer]:
    """With `joined`: whether other demands get it too. Nobody joins a case whose row is locked."""
    others = Case.objects.filter(primary_id=OuterRef("case_id"), state=State.FOLLOWING)
    return Answer.objects.filter(case_id=case, number=number).annotate(joined=Exists(others)).order_by()


@standing
def _followers(*, primary: int) -> QuerySet[Case]:
    joined = Case.objects.select_for_update(of=("self",)).filter(primary_id=primary, state=State.FOLLOWING)
    return joined.select_related("agency", "service", "area", "deadline", "reporter").order_by("pk")


def release(case: Case, answer: Answer, *, actor: Actor, now: datetime, alone: bool = False) -> None:
    """Let a draft go: the reaction to AnswerSent makes its delivery in this same transaction. `alone`: it is known that
    nobody joined the case.

    Those who joined the case get the same words, each by their own name, under their own protocol and on their own
    channel."""
    answer.case, answer.sent_at = case, now
    rows.change(answer, ["sent_at"])
    fact = AnswerSent(answer_id=answer.pk, outcome=answer.outcome)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now, subject=answer)
    for follower in () if alone else _followers.all(primary=case.pk):
        words = readdressed(answer.body, of=case, to=follower)
        copy = put_answer(follower, outcome=answer.outcome, body=words, subject=answer.subject, actor=actor, now=now)
        move(follower, "send_along")
        release(follower, copy, actor=actor, now=now)


@action
def delivery_attempted(*, actor: Actor, answer: Answer, now: datetime | None = None) -> Case:
    """The answer was handed to its channel, or stands on the case's page where there is no contact point: closed.

    Idempotent: deliveries are reported at least once."""
    now = now or timezone.now()
    case = locked(answer.case, actor=actor)
    if case.state != State.ANSWERING or answer.number != case.reopened + 1:
        return case
    if answer.attempted_at is None:
        answer.attempted_at = now
        rows.change(answer, ["attempted_at"])
    deadline = stop_deadline(actor=actor, deadline=case.deadline, now=now)
    case = move(case, "answered", closed_at=now, outcome=answer.outcome)
    fact = CaseClosed(answer_id=answer.pk, outcome=answer.outcome, within_deadline=bool(deadline.met))
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case


@action
def answer_undelivered(*, actor: Actor, answer: Answer, now: datetime | None = None) -> Case:
    """Every try failed. The case stays open and triage must find another way to the person."""
    case = locked(answer.case, actor=actor)
    if case.state != State.ANSWERING or case.next_actor == NextActor.TRIAGE:
        return case
    case = move(case, "undelivered", next_actor=NextActor.TRIAGE)
    emit(AnswerUndelivered(answer_id=answer.pk), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case


@action
def answer_retried(*, actor: Actor, answer: Answer, now: datetime | None = None) -> Case:
    """An answer that had not arrived is on its way again: nobody but its delivery must act."""
    case = locked(answer.case, actor=actor)
    if not case.undelivered or answer.number != case.reopened + 1:
        return case
    case = move(case, "retry")
    emit(AnswerRetried(answer_id=answer.pk), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return case
