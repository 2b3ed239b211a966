"""The states of a case and the only moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from balcao.platform.errors import IllegalMove


class State(models.TextChoices):
    TRIAGE = "triage", _("In triage")
    WORKING = "working", _("With the area")
    WAITING = "waiting", _("Waiting for the citizen")
    REVIEW = "review", _("Report under review")
    DRAFTING = "drafting", _("Answer being written")
    ANSWERING = "answering", _("Answer on its way")
    FOLLOWING = "following", _("Joined to another demand")
    GATHERED = "gathered", _("Part of a known problem")
    CLOSED = "closed", _("Answered")


class NextActor(models.TextChoices):
    """Who must act next. A closed case has none; an open one has exactly one."""

    TRIAGE = "triage", _("Triage")
    AREA = "area", _("Area")
    CITIZEN = "citizen", _("Citizen")
    REVIEWER = "reviewer", _("Reviewer")
    SYSTEM = "system", _("Delivery")


S = State
RESUME = "resume"  # back to where the case stood before the question

# (state, verb) -> state. Who may do it is asked by each action.
TRANSITIONS: dict[tuple[str, str], str] = {
    (S.TRIAGE, "classify"): S.TRIAGE,
    (S.WORKING, "classify"): S.TRIAGE,
    (S.TRIAGE, "dispatch"): S.WORKING,
    (S.WORKING, "transfer"): S.WORKING,
    (S.WORKING, "give_back"): S.TRIAGE,
    (S.TRIAGE, "ask"): S.WAITING,
    (S.WORKING, "ask"): S.WAITING,
    (S.REVIEW, "ask"): S.WAITING,
    (S.WAITING, "hear"): RESUME,
    (S.TRIAGE, "refuse"): S.ANSWERING,
    (S.WORKING, "refuse"): S.ANSWERING,
    (S.WAITING, "refuse"): S.ANSWERING,
    (S.TRIAGE, "draft"): S.DRAFTING,
    (S.WORKING, "report"): S.REVIEW,
    (S.REVIEW, "send_back"): S.WORKING,
    (S.REVIEW, "accept"): S.DRAFTING,  # only with its order: a draft beside the report would leave that open for ever
    (S.DRAFTING, "draft"): S.DRAFTING,
    (S.DRAFTING, "send"): S.ANSWERING,
    (S.FOLLOWING, "send_along"): S.ANSWERING,  # its primary was answered
    (S.TRIAGE, "merge"): S.FOLLOWING,
    (S.WORKING, "merge"): S.FOLLOWING,
    (S.FOLLOWING, "part"): S.TRIAGE,
    (S.TRIAGE, "gather"): S.GATHERED,
    (S.WORKING, "gather"): S.GATHERED,
    (S.WAITING, "gather"): S.GATHERED,
    (S.GATHERED, "release"): S.TRIAGE,
    (S.GATHERED, "settle"): S.ANSWERING,  # its incident was answered
    (S.ANSWERING, "undelivered"): S.ANSWERING,
    (S.ANSWERING, "retry"): S.ANSWERING,
    (S.ANSWERING, "answered"): S.CLOSED,
    (S.CLOSED, "bounced"): S.ANSWERING,  # the mail server took the answer, and then it came back
    (S.CLOSED, "reopen"): S.TRIAGE,
}

NEXT_ACTOR: dict[str, str] = {
    S.TRIAGE: NextActor.TRIAGE,
    S.WORKING: NextActor.AREA,
    S.WAITING: NextActor.CITIZEN,
    S.GATHERED: NextActor.AREA,
    S.REVIEW: NextActor.REVIEWER,
    S.DRAFTING: NextActor.REVIEWER,
    S.ANSWERING: NextActor.SYSTEM,
    S.CLOSED: "",
}


def after(state: str, verb: str, *, resume_state: str = "") -> str:
    """The state that `verb` leads to from `state`. IllegalMove when there is no such move."""
    try:
        new = TRANSITIONS[state, verb]
    except KeyError:
        raise IllegalMove(log=f"no move {verb} from {state}") from None
    return resume_state if new == RESUME else new


def moves_from(state: str) -> frozenset[str]:
    """The verbs that a page may offer for a case in `state`."""
    return frozenset(verb for (from_state, verb) in TRANSITIONS if from_state == state)
