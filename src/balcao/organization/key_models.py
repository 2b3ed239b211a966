"""Keys by which other systems speak for an agency."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ApiKey(models.Model):
    """One system's way in: what it may do (scopes), where (areas; none: the whole agency) and how often.

    Of the secret only its keyed hash is kept; `prefix` names the key in lists and logs. A key that another key made is
    a part of that one: it works no longer, opens no more and counts against its quotas too."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="api_keys")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("begins with"), max_length=16)
    secret_hash = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("what it may do"), default=list)
    area_ids = ArrayField(models.BigIntegerField(), verbose_name=_("only in these areas"), default=list, blank=True)
    per_minute = models.PositiveIntegerField(
        _("calls a minute"), default=120, validators=[MinValueValidator(1), MaxValueValidator(60_000)]
    )
    per_day = models.PositiveIntegerField(
        _("calls a day"), default=20_000, validators=[MinValueValidator(1), MaxValueValidator(50_000_000)]
    )
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, help_text="to the hour")
    created_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="made", help_text="the key that made it"
    )

    def __str__(self) -> str:
        return self.name

    def works(self, now: datetime | None = None) -> bool:
        """Whether it opens anything: neither revoked nor past its date, and its maker neither."""
        now = now or timezone.now()
        good = self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
        return good and (self.made_by is None or self.made_by.works(now))
