"""A delivery status only moves forward: a late "delivered" never undoes "read"."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("On its way")
    GIVEN_UP = "given_up", _("Given up")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")


RANK = {state: rank for rank, state in enumerate(DeliveryState.values)}


def forward(current: str, reported: str) -> str:
    """The later of the two states."""
    return reported if RANK[reported] > RANK[current] else current


def came_back(current: str) -> bool:
    """Whether a letter in this state may come back: a mail server takes it first and says later that it could not bring
    it. The one way back, to GIVEN_UP; whoever knows more than "sent" has had it."""
    return current == DeliveryState.SENT
