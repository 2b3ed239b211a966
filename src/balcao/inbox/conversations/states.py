"""A conversation's life: (state, verb) -> state. Nobody who writes is without an interview, a line or an owner."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from balcao.platform.errors import IllegalMove


class State(models.TextChoices):
    INTERVIEW = "interview", _("Being asked")
    WAITING = "waiting", _("Waiting in line")
    HELD = "held", _("With an attendant")
    SNOOZED = "snoozed", _("Put off")
    CLOSED = "closed", _("Closed")


class Kind(models.TextChoices):
    """What a message is. What a channel brings and we do not know is kept and shown as such."""

    TEXT = "text", _("Text")
    REPLY = "reply", _("A button that was pressed")
    FILES = "files", _("Files")
    VOICE = "voice", _("Voice message")
    LOCATION = "location", _("Location")
    CONTACTS = "contacts", _("Contacts")
    REACTION = "reaction", _("Reaction")
    UNSUPPORTED = "unsupported", _("Something that cannot be shown here")


class Direction(models.TextChoices):
    IN = "in", _("Received")
    OUT = "out", _("Sent")


class Ending(models.TextChoices):
    """Why it was closed."""

    DONE = "done", _("Dealt with")
    QUIET = "quiet", _("The person did not write any more")
    LEFT = "left", _("The person left")
    PASSED = "passed", _("Another agency goes on with it")


MOVES: dict[tuple[str, str], str] = {
    (State.INTERVIEW, "hand_over"): State.WAITING,
    (State.WAITING, "take"): State.HELD,
    (State.HELD, "take"): State.HELD,  # a colleague takes it over
    (State.SNOOZED, "take"): State.HELD,
    (State.INTERVIEW, "take"): State.HELD,  # somebody steps in before the interview ends
    (State.HELD, "return"): State.WAITING,
    (State.SNOOZED, "return"): State.WAITING,
    (State.INTERVIEW, "transfer"): State.WAITING,
    (State.WAITING, "transfer"): State.WAITING,
    (State.HELD, "transfer"): State.WAITING,
    (State.SNOOZED, "transfer"): State.WAITING,
    (State.HELD, "snooze"): State.SNOOZED,
    (State.SNOOZED, "wake"): State.HELD,
    (State.INTERVIEW, "close"): State.CLOSED,
    (State.WAITING, "close"): State.CLOSED,
    (State.HELD, "close"): State.CLOSED,
    (State.SNOOZED, "close"): State.CLOSED,
    (State.CLOSED, "reopen"): State.WAITING,
    (State.CLOSED, "resume"): State.INTERVIEW,  # the interview goes on where they fell silent
    (State.CLOSED, "take"): State.HELD,  # an attendant writes to somebody again
}


def after(state: str, verb: str) -> str:
    """Where `verb` leads from `state`. IllegalMove when it leads nowhere."""
    try:
        return MOVES[State(state), verb]
    except KeyError:
        raise IllegalMove(log=f"a conversation that is {state} cannot {verb}") from None
