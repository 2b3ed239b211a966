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
    it. The one way back, to GIVEN_UP. Also from "delivered" and "read": of a message that left in parts, the last one
    tells of the whole, and an earlier one may still come back. Whoever had all of it asks for nothing here."""
    return RANK[current] >= RANK[DeliveryState.SENT]  # type: ignore[index]
