"""What a person has begun to ask and not yet sent."""

from __future__ import annotations

import uuid

from django.db import models

from balcao.platform.crypto import EncryptedTextField


class Draft(models.Model):
    """A half-finished interview, kept on the server for seven days so that nothing is lost and no account is needed.

    Whoever holds the cookie with its `uuid` goes on with it. When it is sent, the answers and files leave it at once;
    the empty row stays one more day, so that a second send, or a reload, shows the same confirmation."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="+")
    service = models.ForeignKey("catalog.Service", models.CASCADE, related_name="+")
    version = models.ForeignKey("catalog.ServiceVersion", models.CASCADE, related_name="+")
    locale = models.CharField(max_length=5)
    interview = EncryptedTextField(blank=True, default="", help_text="dialogue.save() as JSON")
    access_code = EncryptedTextField()
    joining = models.ForeignKey("cases.Case", models.SET_NULL, null=True, related_name="+")
    looked_around = models.CharField(max_length=40, blank=True, help_text="the pin whose neighbours were shown")
    case = models.ForeignKey("cases.Case", models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="draft_expiry")]  # the clean-up job

    def __str__(self) -> str:
        return f"draft {self.uuid}"


class DraftFile(models.Model):
    """A file that waits with its draft; without this row the sweep of unused files would take it."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="files")
    file = models.ForeignKey("platform.StoredFile", models.CASCADE, related_name="+")
    question = models.CharField(max_length=60)

    class Meta:
        ordering = ["id"]
