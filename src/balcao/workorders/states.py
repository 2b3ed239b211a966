"""The states of a work order and the only moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from balcao.platform.errors import IllegalMove


class OrderState(models.TextChoices):
    ISSUED = "issued", _("New")
    ACCEPTED = "accepted", _("Accepted")
    PLANNED = "planned", _("Planned")
    REPORTED = "reported", _("Report filed")
    DONE = "done", _("Done")
    GIVEN_BACK = "given_back", _("Given back")
    CANCELLED = "cancelled", _("Cancelled")


O = OrderState  # noqa: E741 - a table reads best with one letter
OPEN = [O.ISSUED, O.ACCEPTED, O.PLANNED, O.REPORTED]
AT_WORK = [O.ISSUED, O.ACCEPTED, O.PLANNED]
UNWANTED = [O.GIVEN_BACK, O.CANCELLED]  # ended without being done

TRANSITIONS: dict[tuple[str, str], str] = {
    (O.ISSUED, "accept"): O.ACCEPTED,
    **{(state, "plan"): O.PLANNED for state in (O.ISSUED, O.ACCEPTED, O.PLANNED)},
    **{(state, "give_back"): O.GIVEN_BACK for state in AT_WORK},
    **{(state, "report"): O.REPORTED for state in AT_WORK},
    (O.REPORTED, "send_back"): O.ACCEPTED,
    (O.REPORTED, "finish"): O.DONE,
    **{(state, "cancel"): O.CANCELLED for state in OPEN},
}


def after(state: str, verb: str) -> str:
    """The state that `verb` leads to from `state`. IllegalMove when there is no such move."""
    try:
        return TRANSITIONS[state, verb]
    except KeyError:
        raise IllegalMove(log=f"no order move {verb} from {state}") from None


def moves_from(state: str) -> frozenset[str]:
    return frozenset(verb for (from_state, verb) in TRANSITIONS if from_state == state)
