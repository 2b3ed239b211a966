"""What letters are for, and what their fields mean, in words for who writes them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

PURPOSES = {
    "receipt": gettext_lazy("We received your demand"),
    "question": gettext_lazy("We need to know something"),
    "way_back": gettext_lazy("The access code is lost"),
    "answer": gettext_lazy("The answer"),
    "answer_cover": gettext_lazy("The e-mail around the answer"),
    "reopened": gettext_lazy("We are looking at it again"),
    "alarm_warned": gettext_lazy("To staff: a date is near"),
    "alarm_breached": gettext_lazy("To staff: a date has passed"),
    "alarm_escalated": gettext_lazy("To staff: nobody has moved"),
    "mention": gettext_lazy("To staff: somebody mentioned you"),
    "talk_mention": gettext_lazy("To staff: somebody mentioned you in a conversation"),
    "order_released": gettext_lazy("To staff: an order was handed back to the area"),
    "fault_given": gettext_lazy("To staff: something to mend was given to you"),
    "digest": gettext_lazy("To staff: what waits today"),
    "invitation": gettext_lazy("To staff: an invitation to work here"),
}
MEANINGS = {
    "person": gettext_lazy("first name of who asked"),
    "protocol": gettext_lazy("protocol number"),
    "service": gettext_lazy("name of the service"),
    "kind": gettext_lazy("kind of demand"),
    "agency": gettext_lazy("name of the agency"),
    "due": gettext_lazy("the promised date"),
    "link": gettext_lazy("address of the page"),
    "access_code": gettext_lazy("access code (only in the receipt)"),
    "area": gettext_lazy("the area that acts"),
    "report": gettext_lazy("what the area wrote"),
    "because": gettext_lazy("why it is not possible"),
    "subject": gettext_lazy("the subject of the answer"),
    "body": gettext_lazy("the answer, question or list itself"),
    "outcome": gettext_lazy("outcome, in a word"),
    "opened": gettext_lazy("day it was opened"),
    "days": gettext_lazy("number of days"),
    "hours": gettext_lazy("number of hours"),
    "staff": gettext_lazy("name of the colleague"),
    "by": gettext_lazy("name of the colleague who did it"),
}
