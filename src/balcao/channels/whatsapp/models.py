"""Apps at Meta, the numbers that speak through them, whom they speak with, and what came in and is not taken in yet."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from balcao.platform.crypto import EncryptedTextField

from .graph import Line

CHANNEL = "whatsapp"
GRAPH = "https://graph.facebook.com/v23.0"


class MetaApp(models.Model):
    """An app in Meta's developer console. It signs what it delivers; several agencies' numbers may speak through it."""

    hook = models.UUIDField(default=uuid.uuid4, unique=True, help_text="the last part of its webhook's address")
    name = models.CharField(_("name"), max_length=80, unique=True)
    secret = EncryptedTextField(help_text="the app secret: signs each webhook")
    verify_token = EncryptedTextField(help_text="what Meta repeats when the webhook is set up")
    graph = models.CharField(max_length=200, default=GRAPH, help_text="the Graph API's address with its version")

    def __str__(self) -> str:
        return self.name


class WhatsAppNumber(models.Model):
    """What an account of the inbox needs to be a WhatsApp number; the account's `key` is Meta's phone number id."""

    account = models.OneToOneField("inbox.Account", models.PROTECT, related_name="whatsapp")
    app = models.ForeignKey(MetaApp, models.PROTECT, related_name="numbers")
    business_id = models.CharField(max_length=40, blank=True, help_text="the WhatsApp Business account: its templates")
    shown = models.CharField(_("number"), max_length=30, help_text="as people dial it")
    token = EncryptedTextField(help_text="a system user's access token")

    def __str__(self) -> str:
        return self.shown

    @property
    def line(self) -> Line:
        """How the API is asked on behalf of this number."""
        return Line(self.app.graph, self.account.key, self.token)


class Contact(models.Model):
    """One person on WhatsApp, as one agency's inbox knows them by `uuid`: by Meta's business-scoped id, by the number
    in either way of writing it, or by both. Only keyed hashes: who it is stands in the conversations."""

    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="+")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    user_hash = models.BinaryField(max_length=32, null=True)
    phone_hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "user_hash"], name="whatsapp_contact_user"),
            models.UniqueConstraint(fields=["agency", "phone_hash"], name="whatsapp_contact_phone"),
        ]


class SentPart(models.Model):
    """A part of a message that was too long for one, and has left: a try that goes on does not say it again."""

    uid = models.UUIDField(help_text="the delivery's")
    number = models.PositiveSmallIntegerField()
    provider_id = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uid", "number"], name="whatsapp_part_once")]


class ComingFile(models.Model):
    """A file of a message that is here already: fetched from Meta by a job, within the seven days that it is kept."""

    message = models.ForeignKey("inbox.Message", models.CASCADE, related_name="+")
    number = models.ForeignKey(WhatsAppNumber, models.CASCADE, related_name="+")
    media_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, help_text="empty: given up")

    class Meta:
        indexes = [
            # the sweep: what is still to be fetched
            models.Index(
                fields=["next_try_at"], name="whatsapp_file_due", condition=models.Q(next_try_at__isnull=False)
            )
        ]


class Arrival(models.Model):
    """One item of a webhook: durable before Meta hears 200, gone once it was taken in, kept with its reason when it
    cannot be. `next_try_at` is empty when it is set aside for a person to look at."""

    app = models.ForeignKey(MetaApp, models.CASCADE, related_name="arrivals")
    phone_number_id = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=10)  # shapes.MESSAGE …
    key = models.BinaryField(max_length=32, help_text="the same at every redelivery")
    packed = EncryptedTextField()
    arrived_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "key"], name="whatsapp_arrival_once")]
        indexes = [
            # the job and its sweep: what is to be taken in, oldest first
            models.Index(
                fields=["next_try_at", "id"],
                name="whatsapp_arrival_due",
                condition=models.Q(next_try_at__isnull=False),
            )
        ]
