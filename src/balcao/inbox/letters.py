"""What the person who asked is told when something happens to their case."""

from __future__ import annotations

from balcao.cases.actions import delivery_attempted
from balcao.cases.letters import answer_letter, case_letter
from balcao.cases.models import Answer, Case, Remark
from balcao.platform.events import Happened

from .sending import queue_letter


def _case(happened: Happened) -> Case:
    return Case.objects.select_related("agency", "service", "deadline", "reporter", "contact", "area").get(
        pk=happened.case_id or 0
    )


def send_answer(happened: Happened) -> None:
    """AnswerSent, in the same transaction: the answer has its delivery when it commits. Without a contact point it
    stands on the case's page, and that is its delivery."""
    answer = happened.subject or Answer.objects.select_related("case").get(pk=happened.fact.answer_id)
    case = answer.case
    letter = answer_letter(case, outcome=answer.outcome, subject=answer.subject, body=answer.body)
    delivery = queue_letter(
        case=case, letter=letter, purpose="answer", key=f"answer:{answer.pk}", answer=answer, now=happened.at
    )
    if delivery is None:
        delivery_attempted(actor=happened.actor, answer=answer, now=happened.at)


def send_question(happened: Happened) -> None:
    """CitizenAsked: what we need, and how to tell us."""
    case = _case(happened)
    asked = Remark.objects.get(pk=happened.fact.remark_id)
    queue_letter(
        case=case,
        letter=case_letter(case, "question", body=asked.text),
        purpose="question",
        key=f"question:{asked.pk}",
        now=happened.at,
    )


def send_reopened(happened: Happened) -> None:
    """CaseReopened: "we are looking again", with the new date."""
    case = _case(happened)
    queue_letter(
        case=case,
        letter=case_letter(case, "reopened"),
        purpose="reopened",
        key=f"reopened:{case.pk}:{happened.fact.times}",
        now=happened.at,
    )
