"""Who wants to be told what, each thing that is to be told, and each try to tell it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balcao.platform.crypto import EncryptedTextField


class Subscription(models.Model):
    """One address of another system, and the kinds of events that it wants to hear of."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="webhooks")
    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    kinds = ArrayField(models.CharField(max_length=60), verbose_name=_("what it is told"), default=list)
    is_active = models.BooleanField(_("active"), default=True)
    secret = EncryptedTextField(help_text="whsec_…: what its messages are signed with")
    old_secret = EncryptedTextField(blank=True, help_text="signs beside the new one, for a day after a change")
    old_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Outgoing(models.Model):
    """One event that one subscription is to be told: the very bytes, the same at each try and each replay."""

    class State(models.TextChoices):
        QUEUED = "queued", _("On its way")
        DONE = "done", pgettext_lazy("webhook", "Told")
        DEAD = "dead", _("Given up")

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="messages")
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    case_id = models.BigIntegerField(null=True)
    body = models.TextField(help_text="JSON; ids and codes only")
    state = models.CharField(max_length=6, choices=State.choices, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event_id"], name="webhook_once"),
        ]
        indexes = [
            # the sweep: what is due
            models.Index(fields=["next_try_at"], name="webhook_due", condition=models.Q(state="queued")),
            # the console's page: newest first
            models.Index(fields=["subscription", "-id"], name="webhook_newest"),
        ]

    @property
    def message_id(self) -> str:
        """The receiver's key against repeats (Standard Webhooks: `webhook-id`)."""
        return f"msg_{self.subscription_id}_{self.event_id}"


class Attempt(models.Model):
    """One try: what the other side said, or why it could not be asked. Never what it wrote: it might quote secrets."""

    message = models.ForeignKey(Outgoing, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, help_text="of HTTP")
    error = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]


class Reading(models.Model):
    """How far the event table has been read: one row. (tx, id) within an epoch, as the live stream's cursor."""

    epoch = models.BigIntegerField()
    tx = models.BigIntegerField()
    event_id = models.BigIntegerField()
