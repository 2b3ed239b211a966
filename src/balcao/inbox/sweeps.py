"""Letters that stand still: not written, not queued, not tried."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from balcao.cases import sweeps as cases
from balcao.cases.actions import delivery_attempted
from balcao.cases.events import AnswerSent
from balcao.cases.letters import case_letter
from balcao.cases.models import Case, Remark
from balcao.cases.states import State
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import Happened
from balcao.platform.stuck import Check

from . import letters
from .conversations import sweeps as talks
from .jobs import deliver_soon
from .models import Delivery, Message
from .sending import queue_letter
from .states import DeliveryState

SLOW = timedelta(hours=1)


def untried(now: datetime) -> QuerySet[Delivery]:
    """Due an hour ago, and nobody has tried since. Served by the index `delivery_waiting`."""
    return Delivery.objects.filter(state=DeliveryState.QUEUED, next_try_at__lt=now - SLOW)


def defer_again(delivery_id: int, actor: Actor) -> None:
    """Free an old claim and queue it at once."""
    delivery = Delivery.objects.get(pk=delivery_id)
    Delivery.objects.filter(pk=delivery_id, state=DeliveryState.QUEUED).update(
        claimed_at=None, next_try_at=timezone.now()
    )
    deliver_soon(delivery.pk, delivery.channel)


def unsent_answers(now: datetime) -> QuerySet[Case]:
    """Answers that left our hands an hour ago, with no delivery on its way."""
    moving = Delivery.objects.filter(
        message__case_id=OuterRef("pk"), message__purpose="answer", state=DeliveryState.QUEUED
    )
    return cases.leaving(now).filter(~Exists(moving))


@action
def send_answer_again(case_id: int, actor: Actor) -> None:
    """Queue the delivery that is missing, or close what has already been handed over."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    answer = case.answers_given.get(number=case.reopened + 1)
    if Delivery.objects.filter(
        message__answer=answer, state__in=[DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ]
    ).exists():
        delivery_attempted(actor=Actor.system(case.agency_id), answer=answer)
        return
    letters.send_answer(
        Happened(
            fact=AnswerSent(answer_id=answer.pk, outcome=answer.outcome),
            actor=Actor.system(case.agency_id),
            agency_id=case.agency_id,
            case_id=case.pk,
            at=timezone.now(),
            event_id=0,
        )
    )


def unasked(now: datetime) -> QuerySet[Remark]:
    """Questions whose letter was never written (the reaction was lost), while we wait for their reply."""
    written = Message.objects.filter(key=Concat(Value("question:"), Cast(OuterRef("pk"), CharField())))
    later = Remark.objects.filter(case_id=OuterRef("case_id"), kind=Remark.Kind.QUESTION, pk__gt=OuterRef("pk"))
    asked = Remark.objects.filter(~Q(case__contact=None), kind=Remark.Kind.QUESTION, at__lt=now - SLOW)
    return asked.filter(~Exists(written), ~Exists(later), case__state=State.WAITING)


@action
def ask_again(remark_id: int, actor: Actor) -> None:
    """Write the letter that the reaction should have written; its key makes sure that there is one."""
    asked = Remark.objects.get(pk=remark_id)
    wanted = ("agency", "service", "deadline", "reporter", "contact", "area")
    case = Case.objects.select_related(*wanted).get(pk=asked.case_id)
    letter = case_letter(case, "question", body=asked.text)
    queue_letter(case=case, letter=letter, purpose="question", key=f"question:{asked.pk}", now=timezone.now())


CHECKS = [
    Check(
        "delivery",
        "A message was due more than an hour ago and has not been tried.",
        untried,
        agency="message__agency_id",
        case="message__case_id",
        mend=defer_again,
    ),
    Check("answering", "An answer does not leave.", unsent_answers, case="pk", mend=send_answer_again),
    Check(
        "question",
        "The letter with a question to the person was never written.",
        unasked,
        agency="case__agency_id",
        case="case_id",
        mend=ask_again,
    ),
    *talks.CHECKS,
]
