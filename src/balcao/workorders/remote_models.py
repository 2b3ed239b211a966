"""Orders that other people's systems carry out: which system an area has, and what became of each order there."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from balcao.platform.crypto import EncryptedTextField


class RemoteSystem(models.Model):
    """The system of one area: its new orders are forwarded there and their status is read back."""

    class Connector(models.TextChoices):
        OPEN311 = "open311", _("Open311 (GeoReport v2)")
        SIGNED_HTTP = "signed_http", _("Signed HTTP")

    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="remote_systems")
    area = models.OneToOneField("organization.Area", models.CASCADE, related_name="remote_system")
    connector = models.CharField(_("how it is spoken to"), max_length=12, choices=Connector.choices)
    url = models.URLField(_("address"), max_length=500)
    jurisdiction = models.CharField(_("jurisdiction_id"), max_length=100, blank=True)
    service_code = models.CharField(_("its code for any service"), max_length=100, blank=True)
    codes = models.JSONField(default=dict, blank=True, help_text="our service's slug -> its code")
    secret = EncryptedTextField(_("key"), blank=True, default="")
    repeats_safely = models.BooleanField(_("knows a repeat by its Idempotency-Key"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    def __str__(self) -> str:
        return f"{self.get_connector_display()} {self.area}"

    def code_of(self, slug: str) -> str:
        """Its code for our service; the same slug when nobody said another."""
        return self.codes.get(slug) or self.service_code or slug


class RemoteOrder(models.Model):
    """One order over there. The row is the intent, committed before the first call: whatever happens, a second demand
    is never made of it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("To be forwarded")
        SENDING = "sending", _("Being forwarded")
        UNKNOWN = "unknown", _("Perhaps forwarded")
        SENT = "sent", _("Forwarded")
        REFUSED = "refused", _("Not taken")
        ENDED = "ended", _("Ended there")
        CALLING = "calling", _("To be called off")
        OFF = "off", _("Called off")

    order = models.OneToOneField("workorders.WorkOrder", models.CASCADE, related_name="remote")
    system = models.ForeignKey(RemoteSystem, models.CASCADE, related_name="orders")
    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text="the Idempotency-Key of every try")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reference = models.CharField(max_length=120, blank=True, help_text="its number there")
    status = models.CharField(max_length=40, blank=True, help_text="the last one read there, in their word")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state__in=["sent", "ended"]) | ~models.Q(reference=""),
                name="remote_sent_has_reference",
            )
        ]
        indexes = [
            # the sweep: what is to be sent or looked for
            models.Index(fields=["next_try_at"], name="remote_due", condition=models.Q(next_try_at__isnull=False)),
            # reading back: what a system still works on
            models.Index(fields=["system", "id"], name="remote_open", condition=models.Q(state="sent")),
        ]


class RemoteUpdate(models.Model):
    """An update that was read there, so that it is told once."""

    remote = models.ForeignKey(RemoteOrder, models.CASCADE, related_name="updates")
    update_id = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["remote", "update_id"], name="remote_update_once")]
