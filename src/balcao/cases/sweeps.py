"""Cases that were acknowledged and have not moved. `platform.stuck` runs these checks and keeps what they find."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value

from balcao.platform.actors import Actor
from balcao.platform.models import Event
from balcao.platform.stuck import Check

from .incident_batches import end_one
from .incident_models import Gathering, IncidentState
from .models import Case
from .states import NextActor, State

CITIZEN_DAYS = 20  # Decreto 9.492/2018, art. 18: the person has twenty days to complete the information
REVIEW_DAYS = 5  # the other half of those ten days
LEAVING = timedelta(hours=1)  # an answer is handed over within seconds; after an hour something is wrong

# A note, a warning or an added word moves nothing.
MOVES = (
    "CaseOpened", "CaseReopened", "CaseClassified", "CaseGivenBack", "CaseParted", "CaseDispatched", "CaseTransferred",
    "CitizenAsked", "CitizenHeard", "ReportReceived", "ReportSentBack", "AnswerDrafted", "AnswerSent", "CaseRefused",
    "CaseGathered", "CaseReleased",
)  # fmt: skip


def unmoved(cases: QuerySet[Case], since: Any, opened: Any = None) -> QuerySet[Case]:
    """Those in which nothing has moved after `since`, a moment or an expression of the case as an event sees it
    (`opened`: the same as the case sees it). Served by the index `event_of_case`."""
    moved = Event.objects.filter(case_id=OuterRef("pk"), kind__in=MOVES, at__gt=since)
    return cases.filter(~Exists(moved), opened_at__lte=opened or since)


def in_triage(now: datetime) -> QuerySet[Case]:
    """As long as the agency itself allows; each agency has its own patience."""
    since = ExpressionWrapper(Value(now) - F("agency__triage_days") * timedelta(days=1), output_field=DateTimeField())
    waiting = Case.objects.filter(state=State.TRIAGE).annotate(since=since)
    return unmoved(waiting, OuterRef("since"), F("since"))


def unanswered_questions(now: datetime) -> QuerySet[Case]:
    return unmoved(Case.objects.filter(state=State.WAITING), now - timedelta(days=CITIZEN_DAYS))


def under_review(now: datetime) -> QuerySet[Case]:
    states = [State.REVIEW, State.DRAFTING]
    return unmoved(Case.objects.filter(state__in=states), now - timedelta(days=REVIEW_DAYS))


def lost_followers(now: datetime) -> QuerySet[Case]:
    """Joined to a case that has its answer: these words should have gone to them too."""
    ended = Q(primary__state=State.CLOSED, primary__closed_at__lt=now - LEAVING) | Q(primary=None)
    return Case.objects.filter(ended, state=State.FOLLOWING)


def left_behind(now: datetime) -> QuerySet[Case]:
    """Gathered under an incident that ended more than an hour ago."""
    ended = Q(incident__state__in=[IncidentState.SOLVED, IncidentState.WITHDRAWN], incident__ended_at__lt=now - LEAVING)
    held = Gathering.objects.filter(ended, case_id=OuterRef("pk"), ended_at=None)
    return Case.objects.filter(Exists(held), state=State.GATHERED)


def end_with_incident(case_id: int, actor: Actor) -> None:
    for pk in Gathering.objects.filter(case_id=case_id, ended_at=None).values_list("pk", flat=True):
        end_one(pk)


def leaving(now: datetime) -> QuerySet[Case]:
    """Sent more than an hour ago, and still ours to deliver."""
    sent = Case.objects.filter(state=State.ANSWERING, next_actor=NextActor.SYSTEM)
    return unmoved(sent, now - LEAVING)


CHECKS = [
    Check("triage", "Too long in triage.", in_triage, case="pk", columns={"days": "agency__triage_days"}),
    Check("citizen", "The person has not replied.", unanswered_questions, case="pk", data={"days": CITIZEN_DAYS}),
    Check("review", "A report or a draft waits too long.", under_review, case="pk", data={"days": REVIEW_DAYS}),
    Check("gathered", "Part of a problem that has ended.", left_behind, case="pk", mend=end_with_incident),
    Check("following", "Joined to a case that has ended.", lost_followers, case="pk"),
]
