"""What we keep of a file: its facts in the database, its content in Django's default storage (a folder, or S3)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from balcao.platform.actors import Actor


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def visible_to(self, actor: Actor) -> StoredFileQuerySet:
        """The agency's files, for its staff and for the machine. A citizen's way to a file is its case, whose code
        they hold.
        """
        if actor.kind == "system" and actor.agency_id is None:
            return self
        return self.filter(agency_id=actor.agency_id) if actor.for_agency or actor.kind == "system" else self.none()


class StoredFile(models.Model):
    """One clean file. It belongs to whatever points at it; without anything that does, it is swept away."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agency_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, help_text="image, pdf, document, video, audio")
    mime = models.CharField(max_length=100)
    name = models.CharField(max_length=120, help_text="the sender's name for it, made safe")
    size = models.BigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, help_text="pixels")
    height = models.PositiveIntegerField(null=True, help_text="pixels")
    signed = models.BooleanField(db_default=False, help_text="its digital signature names its author")
    file = models.FileField(upload_to="files/%Y-%m-%d", max_length=200)
    thumbnail = models.FileField(upload_to="files/%Y-%m-%d", max_length=200, blank=True)
    uploaded_by_kind = models.CharField(max_length=10)
    uploaded_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    scanned_at = models.DateTimeField(null=True, help_text="when an antivirus found nothing in it; NULL: none looked")

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        app_label = "platform"
        indexes = [
            # the sweep of files that nothing points at, oldest first
            models.Index(fields=["created_at"], name="storedfile_created"),
        ]

    def __str__(self) -> str:
        return f"file {self.uuid}"
