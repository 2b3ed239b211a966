"""Messages and their deliveries: what was said to whom, on which channel, and whether it arrived. A letter about a case
and a word in a conversation are the same thing here (docs/adr/0012)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from balcao.platform.access_codes import hide_codes
from balcao.platform.actors import Actor
from balcao.platform.crypto import EncryptedTextField
from balcao.platform.instances import Row

from .approved.models import ApprovedTemplate, HeldLetter
from .conversations.models import Account, Attendant, CaseLink, Conversation, EarlyStatus, Line, Wait
from .conversations.states import Direction, Kind
from .handing.models import Handover
from .interviews.models import Interview
from .replies.models import CannedReply
from .states import DeliveryState

__all__ = [
    "Account",
    "ApprovedTemplate",
    "Attendant",
    "CannedReply",
    "CaseLink",
    "Conversation",
    "Delivery",
    "DigestDay",
    "EarlyStatus",
    "Handover",
    "HeldLetter",
    "Interview",
    "Line",
    "Message",
    "MessageFile",
    "Wait",
]


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, actor: Actor) -> MessageQuerySet:
        """Letters of the actor's agency, for those who may see who asked; the words of conversations that they see."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        letters = Q(agency_id=actor.agency_id) & (Q(conversation=None) | Q(case__isnull=False))
        talks = Q(conversation__in=Conversation.objects.visible_to(actor))
        return self.filter(letters | talks if actor.can("person.read") else talks)


class Message(Row):
    """Words as they were sent or received: rendered once, kept with the version of the template that they came from.

    In a conversation each has the next `number`: one order, the same for both sides."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="messages", db_index=False)
    case = models.ForeignKey("cases.Case", models.CASCADE, null=True, related_name="messages", db_index=False)
    purpose = models.CharField(max_length=20)  # receipt, question, answer, alarm, digest …
    answer = models.ForeignKey("cases.Answer", models.CASCADE, null=True, related_name="messages")
    staff = models.ForeignKey("organization.Staff", models.CASCADE, null=True, related_name="messages", db_index=False)
    locale = models.CharField(max_length=5)
    subject = models.CharField(max_length=200)
    body = EncryptedTextField()
    template_version = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=80, unique=True, help_text="what it is about; a repeat makes no second message")
    created_at = models.DateTimeField()

    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="messages", db_index=False)
    number = models.PositiveIntegerField(null=True, help_text="its place in the conversation, from 1")
    direction = models.CharField(
        max_length=3, choices=Direction.choices, default=Direction.OUT, db_default=Direction.OUT
    )
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TEXT, db_default=Kind.TEXT)
    author_kind = models.CharField(
        max_length=10, default="system", db_default="system", help_text="citizen, staff, bot, system"
    )
    author = models.ForeignKey("organization.Staff", models.SET_NULL, null=True, related_name="+", db_index=False)
    details = EncryptedTextField(blank=True, default="", db_default="", help_text="what its kind needs, as JSON")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    provider_id = models.CharField(max_length=200, null=True, help_text="the provider's name for it")
    provider_at = models.DateTimeField(null=True, help_text="when, by the provider's clock")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "number"], name="message_number_once"),
            models.UniqueConstraint(
                fields=["account", "provider_id"], condition=Q(provider_id__isnull=False), name="message_provider_once"
            ),
            models.CheckConstraint(
                name="message_numbered",
                condition=Q(conversation=None, number=None) | Q(conversation__isnull=False, number__isnull=False),
            ),
        ]
        indexes = [
            # what was sent about a case, in order
            models.Index(fields=["case", "id"], name="message_of_case")
        ]

    @property
    def data(self) -> dict[str, Any]:
        """What its kind needs: a pin's lat and lon, the id of the button that was pressed."""
        return json.loads(self.details) if self.details else {}

    @property
    def for_staff(self) -> str:
        """The words as staff read them: a receipt without the code that opens the person's page."""
        return hide_codes(self.body) if self.purpose == "receipt" else self.body


class MessageFile(Row):
    """A file of a message; without this row the sweep of unused files would take it."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="files")
    file = models.ForeignKey("platform.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]


class Delivery(Row):
    """One message to one address on one channel. Its state only moves forward."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", db_index=False)
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
