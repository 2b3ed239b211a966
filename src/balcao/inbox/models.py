"""Messages out and their deliveries: what was said to whom, on which channel, and whether it arrived."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from balcao.platform.actors import Actor
from balcao.platform.crypto import EncryptedTextField

from .states import DeliveryState


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, actor: Actor) -> MessageQuerySet:
        """The messages of cases that the actor's agency holds, for those who may see who asked."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        return self.filter(agency_id=actor.agency_id) if actor.can("person.read") else self.none()


class Message(models.Model):
    """Words as they were sent: rendered once, kept with the version of the template that they came from."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="messages")
    case = models.ForeignKey("cases.Case", models.CASCADE, null=True, related_name="messages")
    purpose = models.CharField(max_length=20)  # receipt, question, answer, alarm, digest …
    answer = models.ForeignKey("cases.Answer", models.CASCADE, null=True, related_name="messages")
    staff = models.ForeignKey("organization.Staff", models.CASCADE, null=True, related_name="messages")
    locale = models.CharField(max_length=5)
    subject = models.CharField(max_length=200)
    body = EncryptedTextField()
    template_version = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=80, unique=True, help_text="what it is about; a repeat makes no second message")
    created_at = models.DateTimeField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            # what was sent about a case, in order
            models.Index(fields=["case", "id"], name="message_of_case")
        ]


class Delivery(models.Model):
    """One message to one address on one channel. Its state only moves forward."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=20)
    address = EncryptedTextField(blank=True, default="")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="the Message-ID's local part; a repeat keeps it")
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    next_try_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True, help_text="a worker has it since; an old claim is free again")
    unsure = models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="tries whose end nobody knows: each may have arrived, and was repeated"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "channel"], name="delivery_once")]
        indexes = [
            # the sweep: what waits to be sent
            models.Index(
                fields=["next_try_at"], name="delivery_waiting", condition=models.Q(state=DeliveryState.QUEUED)
            ),
            # the operator's page
            models.Index(fields=["id"], name="delivery_given_up", condition=models.Q(state=DeliveryState.GIVEN_UP)),
            # the metric of possible repeats
            models.Index(fields=["id"], name="delivery_unsure", condition=models.Q(unsure__gt=0)),
        ]


class DigestDay(models.Model):
    """The digests of one agency on one working day are done; without this row they are still to be sent."""

    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="+")
    day = models.DateField()
    letters = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "day"], name="digest_day_once")]
