"""The tables of this room."""

from .webhooks.models import Attempt, Outgoing, Reading, Subscription

__all__ = ["Attempt", "Outgoing", "Reading", "Subscription"]
